#include "transparency/signer.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "tollgate/base/assert.h"
#include "tollgate/base/give_way.h"
#include "tollgate/base/time.h"

namespace tollgate::transparency {
namespace {

constexpr int64_t history_interval_us = 3'600 * us_per_second;
constexpr unsigned private_mode = 0600, public_mode = 0644;
constexpr const char* begin_new_log =
    "Restore it from a backup that has it; or, if there is none, begin a new log over what is left: stop the node and write the next number into "
    "log_generation in the data directory (2 if there is no such file)";

// A key that has been shown to others may have signed something.
bool has_keys_of(const std::string& folder, uint64_t generation) {
  const std::string suffix = fmt::format("-{}", generation);
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (entry.path().extension() != ".vkey") continue;
    const std::string stem = entry.path().stem().string();
    if (generation > 1 ? stem.ends_with(suffix) : stem.find('-') == std::string::npos) return true;
  }
  return false;
}

}  // namespace

const proof::SignerKey& Signer::signer_of(uint32_t partition) const {
  auto found = signers_.find(partition);
  if (found == signers_.end())
    found = signers_.emplace(partition, key_.named(proof::origin_of(key_.verifier().name, partition, generation_))).first;
  return found->second;
}

StatusOr<Signer> Signer::open(const Paths& paths, const std::string& origin) {
  if (::mkdir(paths.folder().c_str(), 0700) != 0 && errno != EEXIST) return unavailable("cannot create {}: {}", paths.folder(), std::strerror(errno));
  TOLLGATE_ASSIGN_OR_RETURN(const uint64_t generation, read_generation(paths));
  TOLLGATE_ASSIGN_OR_RETURN(proof::SignerKey key, load_or_make_key(paths, origin));
  Signer signer(paths, std::move(key), generation);
  TOLLGATE_RETURN_IF_ERROR(signer.load());
  TOLLGATE_RETURN_IF_ERROR(signer.open_history());
  return signer;
}

Status Signer::load() {
  const auto file = read_file(paths_.signed_last());
  if (absl::IsNotFound(file.status())) {
    if (has_keys_of(paths_.folder(), generation_))
      return failed_precondition("{} is missing, so that nobody knows what this log has signed. {}", paths_.signed_last(), begin_new_log);
    return absl::OkStatus();
  }
  if (!file.ok()) return file.status();
  auto all = proof::parse_kept(*file);
  if (!all.ok()) return data_loss("{} is damaged: {}. {}", paths_.signed_last(), message_of(all.status()), begin_new_log);
  for (proof::KeptCheckpoint& kept : *all) TOLLGATE_RETURN_IF_ERROR(take(std::move(kept)));
  std::vector<TreeHead> heads;
  for (const auto& [partition, kept] : newest_) heads.push_back({partition, 0, {}});
  return write_keys(heads);
}

Status Signer::take(proof::KeptCheckpoint kept) {
  if (kept.generation > generation_) {
    return failed_precondition("{} says that generation {} of the log has signed, but {} says {}: the directory was put together from two. {}",
                               paths_.signed_last(), kept.generation, paths_.generation(), generation_, begin_new_log);
  }
  const uint32_t partition = kept.partition;
  if (kept.generation < generation_) {
    former_.insert_or_assign(partition, std::move(kept));
    return absl::OkStatus();
  }
  const auto opened = proof::open_checkpoint(kept.checkpoint.note.format(), verifier(partition));
  if (!opened.ok()) {
    return failed_precondition("{} was not signed with {}: {}. Put back the key that belongs to it", paths_.signed_last(), paths_.key(),
                               message_of(opened.status()));
  }
  newest_.insert_or_assign(partition, std::move(kept));
  return absl::OkStatus();
}

Status Signer::open_history() {
  const auto file = read_file(paths_.history());
  if (absl::IsNotFound(file.status())) return absl::OkStatus();
  if (!file.ok()) return file.status();
  const auto all = proof::parse_kept_history(*file);
  if (!all.ok()) return data_loss("{} is damaged: {}. Nothing is signed from it: move it away for investigation", paths_.history(), message_of(all.status()));
  uint64_t whole = 0;
  for (const proof::KeptCheckpoint& kept : *all) whole += proof::kept_entry(kept).size();
  // An entry that a crash cut off.
  return whole < file->size() ? cut_file(paths_.history(), whole) : absl::OkStatus();
}

Status Signer::write_keys(std::span<const TreeHead> heads) {
  for (const TreeHead& head : heads) {
    const std::string path = paths_.verifier_key(head.partition, generation_), text = verifier(head.partition).text() + "\n";
    const auto present = read_file(path);
    if (present.ok() && *present == text) continue;
    TOLLGATE_RETURN_IF_ERROR(replace_file(path, text, public_mode));
  }
  return absl::OkStatus();
}

Status Signer::write_history(std::span<const TreeHead> heads, int64_t now_us) {
  std::string last_of_former, hourly;
  for (const TreeHead& head : heads) {
    if (const auto former = former_.find(head.partition); former != former_.end()) last_of_former += proof::kept_entry(former->second);
    const auto before = newest_.find(head.partition);
    int64_t& last_us = in_history_us_[head.partition];
    if (before == newest_.end() || now_us - last_us < history_interval_us) continue;
    hourly += proof::kept_entry(before->second);
    last_us = now_us;
  }
  // The state of an earlier generation is about to be replaced, and it is the only evidence of what a lost node has said.
  if (!last_of_former.empty()) TOLLGATE_RETURN_IF_ERROR(append_file(paths_.history(), last_of_former, true));
  if (!hourly.empty()) TOLLGATE_RETURN_IF_ERROR(append_file(paths_.history(), hourly, false));
  return absl::OkStatus();
}

Status Signer::sign(std::span<const TreeHead> heads, int64_t now_us) {
  if (heads.empty()) return absl::OkStatus();
  // Whoever finds a checkpoint must find its key, also beside a node at its very first one: keys are there before. But a key without a file of
  // what was signed is what a lost file looks like, so that one comes first, with nothing in it yet.
  if (newest_.empty() && former_.empty()) TOLLGATE_RETURN_IF_ERROR(replace_file(paths_.signed_last(), proof::format_kept({}), private_mode));
  const auto is_first = [this](const TreeHead& head) { return !newest_.contains(head.partition); };
  if (std::any_of(heads.begin(), heads.end(), is_first)) TOLLGATE_RETURN_IF_ERROR(write_keys(heads));
  TOLLGATE_RETURN_IF_ERROR(write_history(heads, now_us));
  std::map<uint32_t, proof::KeptCheckpoint> next = newest_;
  for (const TreeHead& head : heads) {
    const proof::SignerKey& signer = signer_of(head.partition);
    proof::KeptCheckpoint made{head.partition, generation_, proof::sign_checkpoint({signer.verifier().name, head.size, head.root}, signer)};
    const auto at = next.try_emplace(head.partition).first;
    TOLLGATE_ASSERT(head.size > at->second.checkpoint.checkpoint.size);
    at->second = std::move(made);
    give_way();
    former_.erase(head.partition);
  }
  std::vector<proof::KeptCheckpoint> all;
  for (const auto& [partition, kept] : next) all.push_back(kept);
  for (const auto& [partition, kept] : former_) all.push_back(kept);
  TOLLGATE_RETURN_IF_ERROR(replace_file(paths_.signed_last(), proof::format_kept(all), private_mode));
  newest_ = std::move(next);
  return absl::OkStatus();
}

}  // namespace tollgate::transparency
