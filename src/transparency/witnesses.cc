#include "transparency/witnesses.h"

#include <pthread.h>

#include "tollgate/base/clock.h"

namespace tollgate::transparency {
namespace {

constexpr int64_t backoff_first_us = us_per_second, backoff_max_us = 60 * us_per_second;
constexpr int ok = 200, not_known = 404, not_signed = 403, conflict = 409, not_consistent = 422;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return words;
    line.remove_prefix(first);
    const std::size_t end = line.find_first_of(" \t\r");
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end);
  }
}

}  // namespace

StatusOr<std::vector<Witness>> parse_witnesses(std::string_view text, const WitnessOptions& options) {
  std::vector<Witness> witnesses;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::vector<std::string_view> words = words_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty() || words[0].starts_with('#')) continue;
    if (words[0] != "witness" || words.size() != 4) return invalid_argument("line {} must read: witness NAME VKEY URL", number);
    auto key = proof::VerifierKey::parse(words[2]);
    if (!key.ok()) return invalid_argument("line {}: {}", number, message_of(key.status()));
    if (key->type != proof::SignatureType::cosignature)
      return invalid_argument("line {}: the key of {} is not one for cosignatures (type 4)", number, words[1]);
    if (const auto client = WitnessClient::open(words[3], options.timeout_ms, options.ca_file); !client.ok())
      return invalid_argument("line {}: {}", number, message_of(client.status()));
    if (witnesses.size() == witnesses_max) return invalid_argument("line {}: more than {} witnesses", number, witnesses_max);
    witnesses.push_back({*std::move(key), std::string(words[3])});
  }
  return witnesses;
}

struct Witnesses::Asked {
  Witness witness;
  std::size_t index;
  std::unique_ptr<WitnessClient> client;
  std::map<uint32_t, uint64_t> cosigned_sizes{};  // as far as we know
  int64_t not_before_us = 0, backoff_us = backoff_first_us;
};

Witnesses::Witnesses(std::vector<Witness> witnesses, WitnessOptions options, WitnessedLog log, std::function<void(const std::string&)> report)
    : options_(std::move(options)), log_(std::move(log)), report_(std::move(report)) {
  for (Witness& witness : witnesses) {
    auto client = WitnessClient::open(witness.url, options_.timeout_ms, options_.ca_file);
    status_.push_back({witness.key.name, witness.url, 0, client.ok() ? "" : std::string(message_of(client.status()))});
    if (!client.ok()) continue;  // parse_witnesses() has refused it
    witnesses_.push_back(std::make_unique<Asked>(Asked{std::move(witness), status_.size() - 1, *std::move(client)}));
  }
}

Witnesses::~Witnesses() { stop(); }

void Witnesses::start() {
  if (!witnesses_.empty()) thread_ = std::thread([this] { run(); });
}

void Witnesses::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Witnesses::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

std::vector<proof::LogStatus::Witness> Witnesses::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Witnesses::run() {
  pthread_setname_np(pthread_self(), "witnesses");
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    lock.unlock();
    ask_all();
    lock.lock();
    wake_.wait_for(lock, std::chrono::microseconds(options_.interval_us), [this] { return stopped_; });
  }
}

void Witnesses::ask_all() {
  std::vector<proof::KeptCheckpoint> cosigned;
  for (proof::KeptCheckpoint& kept : log_.newest()) {
    const uint64_t size = kept.checkpoint.checkpoint.size;
    if (sizes_[kept.partition] == size) continue;
    proof::Note note = kept.checkpoint.note;
    bool all = true;
    for (const auto& witness : witnesses_) {
      if (stopping()) return;
      if (monotonic_us() < witness->not_before_us) {
        all = false;
        continue;
      }
      const Status asked = ask(*witness, kept, note);
      all = all && asked.ok();
      witness->backoff_us = asked.ok() ? backoff_first_us : std::min(2 * witness->backoff_us, backoff_max_us);
      witness->not_before_us = asked.ok() ? 0 : monotonic_us() + witness->backoff_us;
      const std::lock_guard lock(mutex_);
      proof::LogStatus::Witness& status = status_[witness->index];
      if (asked.ok()) ++status.cosigned;
      // Said once, not every time.
      if (!asked.ok() && status.problem != message_of(asked)) report_(fmt::format("witness {}: {}", status.name, message_of(asked)));
      status.problem = message_of(asked);
    }
    if (all) sizes_[kept.partition] = size;
    if (note.signatures.size() == kept.checkpoint.note.signatures.size()) continue;
    kept.checkpoint.note = std::move(note);
    cosigned.push_back(std::move(kept));
  }
  if (!cosigned.empty()) log_.cosigned(std::move(cosigned));
}

StatusOr<WitnessReply> Witnesses::post(Asked& witness, uint64_t old_size, const proof::KeptCheckpoint& kept) {
  const uint64_t size = kept.checkpoint.checkpoint.size;
  if (old_size > size) {
    return failed_precondition("it has cosigned {} records of {}, which has signed only {}: another node signs with this key, or records were lost", old_size,
                               kept.checkpoint.checkpoint.origin, size);
  }
  TOLLGATE_ASSIGN_OR_RETURN(const proof::Path path, log_.consistency(kept.partition, old_size, size));
  return witness.client->post("/add-checkpoint", proof::add_checkpoint_request(old_size, path, kept.checkpoint.note));
}

Status Witnesses::ask(Asked& witness, const proof::KeptCheckpoint& kept, proof::Note& cosigned) {
  uint64_t& old_size = witness.cosigned_sizes[kept.partition];
  auto reply = post(witness, old_size, kept);
  if (!reply.ok()) return reply.status();
  if (reply->status == conflict) {
    // It says where it stands; asked again from there it must agree.
    const auto size = proof::parse_witness_size(reply->body);
    if (!size.ok()) return unavailable("it answered 409 without a size");
    if (*size == old_size) return failed_precondition("it has seen another root of {} at {} records: the log was forked", kept.checkpoint.checkpoint.origin, old_size);
    old_size = *size;
    reply = post(witness, old_size, kept);
    if (!reply.ok()) return reply.status();
  }
  const std::string& origin = kept.checkpoint.checkpoint.origin;
  switch (reply->status) {
    case ok: break;
    case not_known: return unavailable("it does not know the log {}: give it the .vkey of checkpoints in the data directory", origin);
    case not_signed: return unavailable("it has another key for the log {}: give it the .vkey of checkpoints in the data directory", origin);
    case not_consistent: return failed_precondition("it says that {} does not continue what it has cosigned: the log was forked", origin);
    case conflict: return unavailable("it answered 409 twice: does another node use this key?");
    default: return unavailable("it answered {}", reply->status);
  }
  TOLLGATE_ASSIGN_OR_RETURN(proof::NoteSignature signature, proof::parse_witness_answer(reply->body, kept.checkpoint.note, witness.witness.key));
  cosigned.signatures.push_back(std::move(signature));
  old_size = kept.checkpoint.checkpoint.size;
  return absl::OkStatus();
}

}  // namespace tollgate::transparency
