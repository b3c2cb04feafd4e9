#include "backup/evidence.h"

#include <algorithm>

#include "backup/files.h"
#include "tollgate/eventlog/anchored.h"

namespace tollgate::backup {
namespace {

constexpr std::size_t file_bytes_max = std::size_t{256} << 20;
constexpr std::string_view signed_file = "checkpoints/signed", cosigned_file = "checkpoints/cosigned", history_file = "checkpoints/history";

// Each line of why, behind what it means.
Status refuse(const std::vector<std::string>& faults) {
  std::string all;
  for (const std::string& fault : faults) all += "\n  " + fault;
  return failed_precondition(
      "the log lacks what the node has said of it, so that a backup of it would pass for a whole one:{}\nRestore an older backup. If there is none, "
      "`tollgate anchor accept` takes the log as it is, under a new log_generation",
      all);
}

}  // namespace

StatusOr<Promised> Promised::read(const std::string& data_dir, uint64_t generation) {
  Promised made;
  auto anchor = read_anchor(data_dir + "/anchor");
  if (anchor.ok()) made.anchor_ = *std::move(anchor);
  else if (!absl::IsNotFound(anchor.status())) return anchor.status();
  const std::string path = fmt::format("{}/{}", data_dir, signed_file);
  const auto text = read_file(path, file_bytes_max);
  if (absl::IsNotFound(text.status())) return made;
  TOLLGATE_RETURN_IF_ERROR(text.status());
  auto kept = proof::parse_kept(*text);
  if (!kept.ok()) return data_loss("{} is damaged: {}", path, message_of(kept.status()));
  made.signed_ = *std::move(kept);
  // Of an earlier log: what a restore has left out is missing with reason.
  std::erase_if(made.signed_, [&](const proof::KeptCheckpoint& one) { return one.generation != generation; });
  return made;
}

Status Promised::check(const EventLog& log) const {
  std::vector<std::string> faults;
  for (const AnchorFault& fault : compare_with_anchor(anchor_, log)) faults.push_back(fault.what);
  for (const proof::KeptCheckpoint& kept : signed_) {
    TOLLGATE_ASSIGN_OR_RETURN(const Head head, log.head(kept.partition));
    const uint64_t size = kept.checkpoint.checkpoint.size;
    if (head.sequence < size)
      faults.push_back(fmt::format("partition {} ends at record {}, but a checkpoint over {} records was signed", kept.partition, head.sequence, size));
  }
  return faults.empty() ? absl::OkStatus() : refuse(faults);
}

StatusOr<audit::CheckpointEvidence> evidence_of(const Store& store, const Manifest& manifest) {
  audit::CheckpointEvidence evidence;
  evidence.generation = manifest.info.generation.number;
  for (const BackedFile& file : manifest.data_files) {
    const bool is_key = file.name.ends_with(".vkey");
    if (!is_key && file.name != signed_file && file.name != cosigned_file && file.name != history_file) continue;
    TOLLGATE_ASSIGN_OR_RETURN(const std::string text, read_file(store.path_of(file), file_bytes_max));
    if (is_key) {
      auto key = proof::VerifierKey::parse(text);
      if (!key.ok()) return data_loss("{}: {}", file.name, message_of(key.status()));
      evidence.keys.push_back(*std::move(key));
      continue;
    }
    auto kept = file.name == history_file ? proof::parse_kept_history(text) : proof::parse_kept(text);
    if (!kept.ok()) return data_loss("{} is damaged: {}", file.name, message_of(kept.status()));
    std::move(kept->begin(), kept->end(), std::back_inserter(evidence.checkpoints));
  }
  const auto copied = [&](const proof::KeptCheckpoint& one) {
    const auto end = std::find_if(manifest.info.partitions.begin(), manifest.info.partitions.end(), [&](const BackedPartition& p) { return p.partition == one.partition; });
    return end != manifest.info.partitions.end() && one.checkpoint.checkpoint.size <= end->sequence;
  };
  std::erase_if(evidence.checkpoints, [&](const proof::KeptCheckpoint& one) { return one.generation == evidence.generation && !copied(one); });
  return evidence;
}

}  // namespace tollgate::backup
