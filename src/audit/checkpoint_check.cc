#include "tollgate/audit/checkpoints.h"

#include <map>
#include <thread>

#include "audit/walk.h"

namespace tollgate::audit {
namespace {

constexpr const char* advice_signed =
    "A checkpoint that was signed and may have been given to others says otherwise. Keep this directory as evidence; restore a backup whose log fits the "
    "checkpoint.";

class CheckpointCheck {
 public:
  CheckpointCheck(const RecordSource& log, uint32_t partition, const CheckpointEvidence& evidence) : log_(log), partition_(partition), evidence_(evidence) {
    for (const proof::KeptCheckpoint& kept : evidence.checkpoints)
      if (kept.partition == partition && (!evidence.keys_given || key_of(kept) != nullptr)) all_.push_back(&kept);
    std::stable_sort(all_.begin(), all_.end(), [](const auto* a, const auto* b) { return size_of(*a) < size_of(*b); });
  }

  [[nodiscard]] std::optional<Problem> run() {
    for (const auto* kept : all_)
      if (Status held = verify(*kept); !held.ok()) return problem(0, std::string(message_of(held)));
    std::erase_if(all_, [this](const auto* kept) { return kept->generation != evidence_.generation || size_of(*kept) == 0; });
    if (all_.empty()) return std::nullopt;
    std::size_t next = 0;
    std::optional<Problem> found;
    const uint64_t last = size_of(*all_.back());
    const Status read = log_.read(partition_, 1, [&](uint64_t sequence, std::string_view record) {
      builder_.add(proof::hash_leaf(record), [](const proof::TileId&, std::string_view) {});
      for (; next < all_.size() && size_of(*all_[next]) == builder_.size(); ++next) {
        if (builder_.root() == root_of(*all_[next])) {
          good_ = builder_.size();
          ++compared_;
          continue;
        }
        found = differs(*all_[next]);
        return false;
      }
      return sequence < last;
    });
    if (found) return found;
    // What cannot be read is told by the other checks; here it is known up to where it must be readable.
    if (builder_.size() < last) {
      // Older records are in an archive that was not named.
      if (absl::IsFailedPrecondition(read) && builder_.size() == 0) return std::nullopt;
      if (!read.ok()) return problem(builder_.size() + 1, fmt::format("{}, and a checkpoint over {} records was signed", message_of(read), last));
      return problem(builder_.size() + 1, fmt::format("the log ends at record {}, but a checkpoint over {} records was signed: the records behind it are gone", builder_.size(), last));
    }
    return std::nullopt;
  }

  [[nodiscard]] uint64_t compared() const { return compared_; }

 private:
  static uint64_t size_of(const proof::KeptCheckpoint& kept) { return kept.checkpoint.checkpoint.size; }
  static const Digest& root_of(const proof::KeptCheckpoint& kept) { return kept.checkpoint.checkpoint.root; }

  [[nodiscard]] Problem problem(uint64_t sequence, std::string what) const { return {partition_, sequence, std::move(what), advice_signed}; }

  [[nodiscard]] Status verify(const proof::KeptCheckpoint& kept) const {
    const proof::VerifierKey* key = key_of(kept);
    if (key == nullptr)
      return failed_precondition("there is no key (*.vkey) for the log {}, which has signed a checkpoint over {} records", kept.checkpoint.checkpoint.origin, size_of(kept));
    const Status held = proof::verify_note(kept.checkpoint.note, *key);
    return held.ok() ? held : failed_precondition("the checkpoint of {} records: {}", size_of(kept), message_of(held));
  }

  [[nodiscard]] const proof::VerifierKey* key_of(const proof::KeptCheckpoint& kept) const {
    const auto found = std::find_if(evidence_.keys.begin(), evidence_.keys.end(), [&](const proof::VerifierKey& key) { return key.name == kept.checkpoint.checkpoint.origin; });
    return found == evidence_.keys.end() ? nullptr : &*found;
  }

  // Which record it is, as near as can be told.
  [[nodiscard]] Problem differs(const proof::KeptCheckpoint& kept) const {
    const uint64_t size = size_of(kept);
    const auto tiles = evidence_.tiles ? evidence_.tiles(partition_, size) : nullptr;
    if (tiles != nullptr) {
      const auto root = proof::root_of(proof::TiledTree(*tiles, size), size);
      if (root.ok() && *root == root_of(kept)) {
        if (const uint64_t sequence = first_difference(*tiles, size); sequence != 0)
          return problem(sequence, fmt::format("it is not the record that a checkpoint over {} records was signed with", size));
      }
    }
    return problem(good_ + 1, fmt::format("the first {} records are not those that a checkpoint was signed over; up to record {} they are", size, good_));
  }

  [[nodiscard]] uint64_t first_difference(const proof::TileReader& tiles, uint64_t size) const {
    uint64_t found = 0;
    std::string hashes;
    const Status read = log_.read(partition_, good_ + 1, [&](uint64_t sequence, std::string_view record) {
      const uint64_t index = sequence - 1;
      const auto offset = static_cast<std::size_t>(index % proof::tile_width);
      if (offset == 0 || hashes.empty()) {
        const uint64_t tile = index / proof::tile_width;
        auto stored = tiles.tile({0, tile, proof::width_in(size, 0, tile)});
        if (!stored.ok()) return false;
        hashes = *std::move(stored);
      }
      if (proof::hash_leaf(record) != proof::hash_at(hashes, offset)) found = sequence;
      return found == 0 && sequence < size;
    });
    return read.ok() ? found : 0;
  }

  const RecordSource& log_;
  const uint32_t partition_;
  const CheckpointEvidence& evidence_;
  std::vector<const proof::KeptCheckpoint*> all_;  // by size
  proof::TreeBuilder builder_;
  uint64_t good_ = 0;  // the largest size whose root is the signed one
  uint64_t compared_ = 0;
};

void add_problem(VerifyReport& report, Problem problem) {
  for (Problem& known : report.problems) {
    if (known.partition != problem.partition) continue;
    if (problem.sequence != 0 && (known.sequence == 0 || problem.sequence < known.sequence)) known = std::move(problem);
    return;
  }
  const auto place = std::find_if(report.problems.begin(), report.problems.end(), [&](const Problem& p) { return p.partition > problem.partition; });
  report.problems.insert(place, std::move(problem));
}

// Roots of the perfect subtrees that are asked for, while the tree grows.
class NodeCollector final : public proof::NodeReader {
 public:
  // Asked before the tree is there it notes what is wanted.
  StatusOr<Digest> node(unsigned height, uint64_t index) const override {
    const auto found = nodes_.try_emplace({height, index}).first;
    return found->second;
  }
  void add(Digest hash) {
    note(0, size_, hash);
    uint64_t index = size_++;
    for (unsigned height = 0; (index & 1) != 0; index >>= 1, ++height) {
      hash = proof::hash_children(open_.back(), hash);
      open_.pop_back();
      note(height + 1, index >> 1, hash);
    }
    open_.push_back(hash);
  }

 private:
  void note(unsigned height, uint64_t index, const Digest& hash) {
    if (const auto wanted = nodes_.find({height, index}); wanted != nodes_.end()) wanted->second = hash;
  }
  mutable std::map<std::pair<unsigned, uint64_t>, Digest> nodes_;
  std::vector<Digest> open_;  // roots of perfect subtrees, the largest first
  uint64_t size_ = 0;
};

}  // namespace

namespace {

// A key that was given and says nothing of what is here was given in vain: whoever forges a log can leave its checkpoints out.
void check_keys_used(const CheckpointEvidence& evidence, VerifyReport& report) {
  for (const proof::VerifierKey& key : evidence.keys) {
    const bool used = std::any_of(evidence.checkpoints.begin(), evidence.checkpoints.end(),
                                  [&](const proof::KeptCheckpoint& kept) { return kept.checkpoint.checkpoint.origin == key.name; });
    if (!used) report.compared.missing.push_back(fmt::format("a key was given for the log {}, but no checkpoint of it is here: nothing was compared with it", key.name));
  }
}

}  // namespace

void check_checkpoints(const RecordSource& source, const CheckpointEvidence& evidence, const VerifyOptions& options, VerifyReport& report) {
  struct Part {
    std::optional<Problem> problem;
    uint64_t compared = 0;
  };
  std::map<uint32_t, Part> parts;
  for (const proof::KeptCheckpoint& kept : evidence.checkpoints) parts[kept.partition];
  std::vector<std::pair<const uint32_t, Part>*> order;
  for (auto& part : parts) order.push_back(&part);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < order.size(); i = next++) {
      CheckpointCheck check(source, order[i]->first, evidence);
      order[i]->second.problem = check.run();
      order[i]->second.compared = check.compared();
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < std::min<std::size_t>(options.threads, order.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  for (auto& [partition, part] : parts) {
    report.compared.checkpoints += part.compared;
    report.compared.checkpoint_partitions += part.compared != 0;
    if (part.problem) add_problem(report, std::move(*part.problem));
  }
  if (evidence.keys_given) check_keys_used(evidence, report);
}

StatusOr<proof::Path> consistency_from_log(const EventLog& log, uint32_t partition, uint64_t old_size, uint64_t size,
                                           const std::function<void(uint64_t records)>& progress) {
  NodeCollector nodes;
  TOLLGATE_RETURN_IF_ERROR(proof::consistency_proof(nodes, old_size, size).status());
  uint64_t read_records = 0;
  if (size != 0) {
    TOLLGATE_RETURN_IF_ERROR(log.read(partition, 1, [&](uint64_t sequence, std::string_view record) {
      nodes.add(proof::hash_leaf(record));
      if (progress && sequence % 16'384 == 0) progress(sequence);
      read_records = sequence;
      return sequence < size;
    }));
  }
  if (read_records < size) return failed_precondition("partition {} ends at record {}, the newer checkpoint is over {}: records are lost", partition, read_records, size);
  return proof::consistency_proof(nodes, old_size, size);
}

}  // namespace tollgate::audit
