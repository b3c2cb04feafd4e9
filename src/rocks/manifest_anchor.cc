#include "rocks/manifest_anchor.h"

#include <rocksdb/db.h>

#include <charconv>
#include <filesystem>
#include <optional>

#include "tollgate/base/anchor.h"

namespace tollgate {
namespace {

constexpr std::string_view prefix = "MANIFEST-";

std::string path_in(const std::string& directory) { return directory + "/manifest.anchor"; }

std::optional<uint64_t> number_of(std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  uint64_t number = 0;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (problem != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return number;
}

}  // namespace

Status check_manifest_anchor(const std::string& directory, const std::string& manifest) {
  const auto anchor = read_anchor(path_in(directory));
  if (absl::IsNotFound(anchor.status())) return absl::OkStatus();
  if (absl::IsDataLoss(anchor.status())) {
    return data_loss("{} is damaged. If `tollgate audit verify` finds nothing wrong, remove that file and start again",
        path_in(directory));
  }
  TOLLGATE_RETURN_IF_ERROR(anchor.status());
  const auto number = number_of(manifest);
  if (!number || anchor->slots.empty()) return absl::OkStatus();  // RocksDB names what is wrong with CURRENT itself
  const AnchorSlot& known = anchor->slots.front();
  if (*number < known.epoch) return data_loss("{}/{} is old: MANIFEST-{:06} was written after it. Restore it, or the whole from a backup",
      directory, manifest, known.epoch);
  std::error_code error;
  const uint64_t bytes = std::filesystem::file_size(directory + "/" + manifest, error);
  if (error || *number > known.epoch || bytes >= known.sequence) return absl::OkStatus();
  return data_loss("{}/{} was cut: it has {} bytes and had {}. Nothing was changed. Restore it, or the whole from a backup", directory,
      manifest, bytes, known.sequence);
}

ManifestAnchor::ManifestAnchor(const std::string& directory) : path_(path_in(directory)) {}

void ManifestAnchor::note(rocksdb::DB& db) {
  std::vector<std::string> files;
  uint64_t bytes = 0;
  // Not the file's size: that may count a record that is not synced yet.
  if (!db.GetLiveFiles(files, &bytes, false).ok()) return;
  std::optional<uint64_t> number;
  for (const std::string& file : files) {
    if (auto found = number_of(std::string_view(file).substr(1))) number = found;
  }
  const std::lock_guard lock(mutex_);
  if (!number || *number < number_ || (*number == number_ && bytes <= bytes_)) return;
  const AnchorSlot slot{.id = 0, .epoch = *number, .sequence = bytes};
  if (!write_anchor(path_, {++generation_, {slot}}).ok()) return;
  number_ = *number;
  bytes_ = bytes;
}

}  // namespace tollgate
