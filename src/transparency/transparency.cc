#include "tollgate/transparency/transparency.h"

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "tollgate/base/give_way.h"
#include "transparency/log_tree.h"
#include "transparency/signer.h"
#include "transparency/waiting.h"
#include "transparency/witnesses.h"

namespace tollgate {
namespace transparency {
namespace {

// However many ask for receipts, signing and its sync happen at most this often.
constexpr int64_t pause_us = 50 * us_per_ms;

// A full disk, say. What is damaged, or not what was signed, does not get better.
bool may_pass(const Status& status) { return absl::IsUnavailable(status); }

// What everybody may see of a partition.
struct Published {
  proof::KeptCheckpoint newest;
  std::optional<proof::SignedCheckpoint> cosigned;
};

class Impl final : public Transparency {
 public:
  Impl(const TransparencyOptions& options, const EventLog& log, Signer signer, std::unique_ptr<TileStore> store)
      : options_(options), paths_{options.data_dir}, log_(log), signer_(std::move(signer)), store_(std::move(store)) {}
  ~Impl() override { stop(); }

  [[nodiscard]] Status check_log();
  [[nodiscard]] Status load_cosigned();
  [[nodiscard]] Status open_witnesses();

  void start() override;
  void stop() override;
  CacheStats cache() const override { return store_->block_cache(); }
  proof::LogStatus status() const override;
  StatusOr<proof::Receipt> receipt(PaymentId payment, uint32_t partition, std::span<const uint64_t> sequences) const override;
  void when_covered(uint32_t partition, uint64_t sequence, ResultSink& sink, ResultHandler handler) override;
  StatusOr<std::string> get(uint32_t partition, const proof::Resource& resource) const override;
  StatusOr<proof::VerifierKey> key(uint32_t partition) const override;

 private:
  void report(const std::string& what) const {
    if (options_.report) options_.report(what);
  }
  [[nodiscard]] Status check_partition(const proof::KeptCheckpoint& kept);
  LogTree& tree_of(uint32_t partition);
  void run();
  // After a failure: only what is on disk is believed, and it is held against the log as at the start.
  [[nodiscard]] Status begin_again();
  void note_failure(const Status& status);
  [[nodiscard]] bool is_stopped() const {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }
  // Follows the log, signs where there is something new, and tells who waited.
  [[nodiscard]] Status advance();
  void publish(std::span<const TreeHead> heads);
  void take_cosigned(std::vector<proof::KeptCheckpoint> cosigned);
  [[nodiscard]] std::optional<Published> published(uint32_t partition) const;
  [[nodiscard]] std::vector<proof::KeptCheckpoint> newest() const;
  [[nodiscard]] StatusOr<std::string> entries(uint32_t partition, const proof::TileId& bundle) const;

  const TransparencyOptions options_;
  const Paths paths_;
  const EventLog& log_;
  Signer signer_;  // of the thread, once it runs
  std::unique_ptr<TileStore> store_;
  std::map<uint32_t, LogTree> trees_;  // the same
  SystemClock clock_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<uint32_t, Published> published_;
  Waiting waiting_;
  std::string problem_;
  bool wanted_ = false, stopped_ = false;
  std::unique_ptr<Witnesses> witnesses_;
  std::thread thread_;
};

LogTree& Impl::tree_of(uint32_t partition) { return trees_.try_emplace(partition, log_, *store_, partition).first->second; }

// The log must still hold what was signed: as many records, and the same ones.
Status Impl::check_partition(const proof::KeptCheckpoint& kept) {
  const proof::Checkpoint& was = kept.checkpoint.checkpoint;
  TOLLGATE_ASSIGN_OR_RETURN(const Head head, log_.head(kept.partition));
  constexpr const char* what_to_do =
      "The node does not start, so that it never signs two logs that disagree. Restore a backup that holds these records; a restored node signs as the "
      "next generation of the log. `tollgate audit verify` says what is wrong with this one";
  if (head.sequence < was.size) {
    return failed_precondition("partition {} ends at record {}, but a checkpoint over {} records was signed: records are lost. {}", kept.partition, head.sequence,
                               was.size, what_to_do);
  }
  LogTree& tree = tree_of(kept.partition);
  const auto same_root = [&]() -> StatusOr<bool> {
    TOLLGATE_RETURN_IF_ERROR(tree.follow(was.size, [] { return true; }));
    const auto root = tree.root_at(was.size);
    return root.ok() && *root == was.root;
  };
  TOLLGATE_ASSIGN_OR_RETURN(bool same, same_root());
  if (!same) {
    // The tiles may be what is wrong.
    report(fmt::format("partition {}: making the Merkle tree of {} records again", kept.partition, was.size));
    TOLLGATE_RETURN_IF_ERROR(tree.begin_anew());
    TOLLGATE_ASSIGN_OR_RETURN(same, same_root());
  }
  if (same) return absl::OkStatus();
  return failed_precondition("partition {}: its first {} records are not those that a checkpoint was signed over: the log was changed or exchanged. {}",
                             kept.partition, was.size, what_to_do);
}

Status Impl::check_log() {
  TOLLGATE_ASSIGN_OR_RETURN(const std::vector<uint32_t> partitions, log_.partitions());
  for (const uint32_t partition : partitions) TOLLGATE_RETURN_IF_ERROR(tree_of(partition).resume());
  for (const auto& [partition, kept] : signer_.newest()) {
    TOLLGATE_RETURN_IF_ERROR(check_partition(kept));
    const std::lock_guard lock(mutex_);
    published_[partition].newest = kept;
  }
  return absl::OkStatus();
}

Status Impl::begin_again() {
  TOLLGATE_RETURN_IF_ERROR(store_->resume());
  TOLLGATE_ASSIGN_OR_RETURN(Signer signer, Signer::open(paths_, options_.origin));
  {
    const std::lock_guard lock(mutex_);
    signer_ = std::move(signer);
  }
  trees_.clear();
  return check_log();
}

// With the mutex.
void Impl::note_failure(const Status& status) {
  std::string problem(message_of(status));
  if (problem != problem_ && options_.complain)
    options_.complain(fmt::format("no checkpoint is signed {}: {}", may_pass(status) ? "for now" : "any more until the node is restarted", problem));
  problem_ = std::move(problem);
  waiting_.give_up();
}

// Nothing depends on it but receipts with cosignatures: a file that is damaged is begun anew.
Status Impl::load_cosigned() {
  const auto file = read_file(paths_.cosigned());
  if (!file.ok()) return absl::OkStatus();
  const auto all = proof::parse_kept(*file);
  if (!all.ok()) {
    report(fmt::format("{} is damaged and is begun anew: {}", paths_.cosigned(), message_of(all.status())));
    return absl::OkStatus();
  }
  for (const proof::KeptCheckpoint& kept : *all) {
    const auto found = published_.find(kept.partition);
    if (found == published_.end() || kept.generation != signer_.generation()) continue;
    const auto root = tree_of(kept.partition).root_at(kept.checkpoint.checkpoint.size);
    if (root.ok() && *root == kept.checkpoint.checkpoint.root) found->second.cosigned = kept.checkpoint;
  }
  return absl::OkStatus();
}

Status Impl::open_witnesses() {
  if (options_.witness_file.empty()) return absl::OkStatus();
  TOLLGATE_ASSIGN_OR_RETURN(const std::string text, read_file(options_.witness_file));
  const WitnessOptions how{options_.witness_interval_us, options_.witness_timeout_ms, options_.witness_ca_file};
  auto list = parse_witnesses(text, how);
  if (!list.ok()) return invalid_argument("{}: {}", options_.witness_file, message_of(list.status()));
  WitnessedLog log;
  log.newest = [this] { return newest(); };
  log.consistency = [this](uint32_t partition, uint64_t old_size, uint64_t size) -> StatusOr<proof::Path> {
    const PartitionTiles tiles(*store_, partition);
    return proof::consistency_proof(proof::TiledTree(tiles, size), old_size, size);
  };
  log.cosigned = [this](std::vector<proof::KeptCheckpoint> cosigned) { take_cosigned(std::move(cosigned)); };
  witnesses_ = std::make_unique<Witnesses>(*std::move(list), how, std::move(log), [this](const std::string& what) { report(what); });
  return absl::OkStatus();
}

void Impl::take_cosigned(std::vector<proof::KeptCheckpoint> cosigned) {
  std::vector<proof::KeptCheckpoint> all;
  {
    const std::lock_guard lock(mutex_);
    for (proof::KeptCheckpoint& kept : cosigned) published_[kept.partition].cosigned = std::move(kept.checkpoint);
    for (const auto& [partition, of] : published_)
      if (of.cosigned) all.push_back({partition, signer_.generation(), *of.cosigned});
  }
  if (const Status written = replace_file(paths_.cosigned(), proof::format_kept(all), 0600); !written.ok())
    report(fmt::format("cosignatures are not kept: {}", message_of(written)));
}

void Impl::start() {
  thread_ = std::thread([this] { run(); });
  if (witnesses_) witnesses_->start();
}

void Impl::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (witnesses_) witnesses_->stop();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  waiting_.give_up();
}

void Impl::run() {
  pthread_setname_np(pthread_self(), "transparency");
  become_background();
  bool failed = false;
  while (true) {
    const int64_t began_us = monotonic_us();
    // Read before, so that one round follows it.
    const bool stopping = is_stopped();
    Status status = failed ? begin_again() : absl::OkStatus();
    if (status.ok()) status = advance();
    failed = !status.ok();
    std::unique_lock lock(mutex_);
    if (failed) {
      note_failure(status);
      if (stopping || !may_pass(status)) return;
      wake_.wait_for(lock, std::chrono::microseconds(options_.retry_us), [this] { return stopped_; });
      continue;
    }
    if (!problem_.empty()) report("checkpoints are signed again");
    problem_.clear();
    if (stopping) break;
    const auto at = [](int64_t monotonic) { return std::chrono::steady_clock::now() + std::chrono::microseconds(std::max<int64_t>(monotonic - monotonic_us(), 0)); };
    wake_.wait_until(lock, at(began_us + pause_us), [this] { return stopped_; });
    const int64_t next_us = std::min(began_us + options_.checkpoint_interval_us, waiting_.next_expiry_us());
    wake_.wait_until(lock, at(next_us), [this] { return stopped_ || wanted_; });
    wanted_ = false;
    waiting_.expire(monotonic_us());
  }
}

Status Impl::advance() {
  TOLLGATE_ASSIGN_OR_RETURN(const std::vector<uint32_t> partitions, log_.partitions());
  std::vector<TreeHead> heads;
  for (const uint32_t partition : partitions) {
    // Only what is durable: the head moves when an append has been synced.
    TOLLGATE_ASSIGN_OR_RETURN(const Head head, log_.head(partition));
    LogTree& tree = tree_of(partition);
    TOLLGATE_RETURN_IF_ERROR(tree.follow(head.sequence, [this] {
      const std::lock_guard lock(mutex_);
      waiting_.expire(monotonic_us());
      return !stopped_;
    }));
    const auto before = signer_.newest().find(partition);
    if (tree.size() == head.sequence && (before == signer_.newest().end() || before->second.checkpoint.checkpoint.size < tree.size()))
      heads.push_back({partition, tree.size(), tree.root()});
  }
  TOLLGATE_RETURN_IF_ERROR(signer_.sign(heads, clock_.now_us()));
  publish(heads);
  return absl::OkStatus();
}

void Impl::publish(std::span<const TreeHead> heads) {
  const std::lock_guard lock(mutex_);
  for (const TreeHead& head : heads) {
    published_[head.partition].newest = signer_.newest().at(head.partition);
    waiting_.covered(head.partition, head.size);
  }
}

std::optional<Published> Impl::published(uint32_t partition) const {
  const std::lock_guard lock(mutex_);
  const auto found = published_.find(partition);
  if (found == published_.end()) return std::nullopt;
  return found->second;
}

proof::LogStatus Impl::status() const {
  proof::LogStatus status;
  if (witnesses_) status.witnesses = witnesses_->status();
  const std::lock_guard lock(mutex_);
  for (const auto& [partition, of] : published_) {
    const proof::Checkpoint& newest = of.newest.checkpoint.checkpoint;
    status.partitions.push_back({partition, newest.origin, newest.size, of.cosigned ? of.cosigned->checkpoint.size : 0});
  }
  status.problem = problem_;
  return status;
}

std::vector<proof::KeptCheckpoint> Impl::newest() const {
  const std::lock_guard lock(mutex_);
  std::vector<proof::KeptCheckpoint> all;
  for (const auto& [partition, of] : published_) all.push_back(of.newest);
  return all;
}

StatusOr<proof::VerifierKey> Impl::key(uint32_t partition) const {
  const auto of = published(partition);
  if (!of) return not_found("nothing of partition {} was signed yet", partition);
  // Not from the signer, which belongs to its thread.
  TOLLGATE_ASSIGN_OR_RETURN(const std::string text, read_file(paths_.verifier_key(partition, of->newest.generation)));
  return proof::VerifierKey::parse(text);
}

void Impl::when_covered(uint32_t partition, uint64_t sequence, ResultSink& sink, ResultHandler handler) {
  const std::lock_guard lock(mutex_);
  const auto of = published_.find(partition);
  const bool covered = of != published_.end() && of->second.newest.checkpoint.checkpoint.size >= sequence;
  if (covered || stopped_ || !problem_.empty()) return Waiting::tell(sink, std::move(handler), covered ? CommandResult::Kind::done : CommandResult::Kind::overloaded);
  waiting_.add(partition, sequence, monotonic_us(), sink, std::move(handler));
  wanted_ = true;
  wake_.notify_all();
}

StatusOr<proof::Receipt> Impl::receipt(PaymentId payment, uint32_t partition, std::span<const uint64_t> sequences) const {
  const auto of = published(partition);
  if (sequences.empty() || !of || of->newest.checkpoint.checkpoint.size < sequences.back())
    return failed_precondition("no signed checkpoint covers the payment yet");
  proof::Receipt receipt;
  receipt.payment = payment;
  receipt.partition = partition;
  // One that witnesses have seen is worth more than a newer one.
  receipt.checkpoint = of->cosigned && of->cosigned->checkpoint.size >= sequences.back() ? *of->cosigned : of->newest.checkpoint;
  const uint64_t size = receipt.checkpoint.checkpoint.size;
  const PartitionTiles tiles(*store_, partition);
  const proof::TiledTree tree(tiles, size);
  std::size_t content_bytes = 0;
  for (const uint64_t sequence : sequences) {
    proof::ReceiptRecord record;
    record.index = sequence - 1;
    const Status read = log_.read(partition, sequence, [&](uint64_t, std::string_view bytes) {
      record.bytes = bytes;
      return false;
    });
    TOLLGATE_RETURN_IF_ERROR(read);
    TOLLGATE_ASSIGN_OR_RETURN(record.path, proof::inclusion_proof(tree, record.index, size));
    // A receipt that does not hold must not leave: the tiles or the log have been damaged.
    const Status holds = proof::verify_inclusion(proof::hash_leaf(record.bytes), record.index, size, record.path, receipt.checkpoint.checkpoint.root);
    if (!holds.ok()) return data_loss("partition {}, record {}: {}", partition, sequence, message_of(holds));
    content_bytes += record.bytes.size() + record.path.size() * sizeof(record.path[0]);
    if (content_bytes > receipt_content_bytes_max) return error(absl::StatusCode::kResourceExhausted, "a receipt of more than {} bytes", receipt_content_bytes_max);
    receipt.records.push_back(std::move(record));
  }
  return receipt;
}

StatusOr<std::string> Impl::entries(uint32_t partition, const proof::TileId& bundle) const {
  std::string bytes;
  uint16_t count = 0;
  TOLLGATE_RETURN_IF_ERROR(log_.read(partition, bundle.index * proof::tile_width + 1, [&](uint64_t, std::string_view record) {
    proof::append_entry(bytes, record);
    return ++count < bundle.width;
  }));
  if (count != bundle.width) return data_loss("partition {}: the log ends within a bundle that was signed", partition);
  return bytes;
}

StatusOr<std::string> Impl::get(uint32_t partition, const proof::Resource& resource) const {
  const auto of = published(partition);
  if (!of) return not_found("nothing of partition {} was signed yet", partition);
  const proof::Checkpoint& newest = of->newest.checkpoint.checkpoint;
  if (resource.kind == proof::Resource::Kind::checkpoint) {
    const bool cosigned = of->cosigned && of->cosigned->checkpoint.size == newest.size;
    return (cosigned ? *of->cosigned : of->newest.checkpoint).note.format();
  }
  const proof::TileId& tile = resource.tile;
  if (tile.width > proof::width_in(newest.size, tile.level, tile.index)) return not_found("the signed checkpoint of {} records does not reach there", newest.size);
  if (resource.kind == proof::Resource::Kind::entries) return entries(partition, tile);
  TOLLGATE_ASSIGN_OR_RETURN(std::string hashes, store_->tile(partition, tile));
  if (hashes.size() < tile.width * proof::hash_bytes) return data_loss("{} is shorter than what was signed", proof::tile_path(tile));
  hashes.resize(tile.width * proof::hash_bytes);
  return hashes;
}

}  // namespace
}  // namespace transparency

StatusOr<std::unique_ptr<Transparency>> Transparency::open(const TransparencyOptions& options, const EventLog& log) {
  const transparency::Paths paths{options.data_dir};
  TOLLGATE_ASSIGN_OR_RETURN(transparency::Signer signer, transparency::Signer::open(paths, options.origin));
  TOLLGATE_ASSIGN_OR_RETURN(auto store, transparency::TileStore::open(paths.tiles(), transparency::TileStore::Access::write, options.block_cache_bytes));
  auto made = std::make_unique<transparency::Impl>(options, log, std::move(signer), std::move(store));
  TOLLGATE_RETURN_IF_ERROR(made->check_log());
  TOLLGATE_RETURN_IF_ERROR(made->load_cosigned());
  TOLLGATE_RETURN_IF_ERROR(made->open_witnesses());
  return std::unique_ptr<Transparency>(std::move(made));
}

}  // namespace tollgate
