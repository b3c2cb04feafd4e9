#include "backup/store.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "backup/layout.h"
#include "tollgate/base/bytes.h"

namespace tollgate::backup {
namespace {

constexpr std::size_t manifest_bytes_max = std::size_t{256} << 20;
constexpr std::string_view manifest_suffix = ".json";

}  // namespace

StatusOr<Store> Store::open(const std::string& directory, bool make) {
  if (::access((directory + std::string(backup_marker)).c_str(), F_OK) == 0) return Store(directory);
  if (!make) return not_found("{} is no backup directory", directory);
  TOLLGATE_RETURN_IF_ERROR(make_directories(directory));
  TOLLGATE_ASSIGN_OR_RETURN(const auto names, names_in(directory));
  for (const std::string& name : names)
    if (name != "lost+found" && name != "lock" && name != "tollgate-backup.new")
      return failed_precondition("{} is not empty and no backup directory: backups need a directory of their own", directory);
  TOLLGATE_RETURN_IF_ERROR(make_directories(directory + "/backups"));
  TOLLGATE_RETURN_IF_ERROR(make_directories(directory + "/files"));
  TOLLGATE_RETURN_IF_ERROR(replace_file(directory + std::string(backup_marker), marker_text));
  return Store(directory);
}

StatusOr<std::vector<std::string>> Store::ids() const {
  TOLLGATE_ASSIGN_OR_RETURN(const auto names, names_in(directory_ + "/backups"));
  std::vector<std::string> ids;
  for (const std::string& name : names)
    if (name.ends_with(manifest_suffix)) ids.push_back(name.substr(0, name.size() - manifest_suffix.size()));
  // Not as the names of the files sort: the suffix begins with a character that sorts behind that of later ones.
  std::sort(ids.begin(), ids.end());
  return ids;
}

StatusOr<Manifest> Store::load(const std::string& id) const {
  const std::string path = directory_ + "/backups/" + id + std::string(manifest_suffix);
  auto text = read_file(path, manifest_bytes_max);
  if (absl::IsNotFound(text.status())) return not_found("there is no backup {} in {}", id, directory_);
  TOLLGATE_RETURN_IF_ERROR(text.status());
  TOLLGATE_ASSIGN_OR_RETURN(Manifest manifest, decode_manifest(*text, path));
  if (manifest.info.id != id) return data_loss("the manifest {} is that of the backup {}", path, manifest.info.id);
  return manifest;
}

StatusOr<Manifest> Store::newest() const {
  TOLLGATE_ASSIGN_OR_RETURN(const auto all, ids());
  if (all.empty()) return not_found("there is no backup in {}", directory_);
  return load(all.back());
}

Manifest Store::newest_or_empty() const {
  auto all = ids();
  if (!all.ok()) return {};
  for (auto id = all->rbegin(); id != all->rend(); ++id)
    if (auto manifest = load(*id); manifest.ok()) return *std::move(manifest);
  return {};
}

Status Store::save(const Manifest& manifest) const {
  return replace_file(directory_ + "/backups/" + manifest.info.id + std::string(manifest_suffix), encode(manifest));
}

Status Store::remove(const std::string& id) const {
  const std::string path = directory_ + "/backups/" + id + std::string(manifest_suffix);
  if (::unlink(path.c_str()) != 0) return failed("remove", path);
  return sync_directory(directory_ + "/backups");
}

std::string Store::path_of(const BackedFile& file) const { return fmt::format("{}/files/{}/{}", directory_, file.sha256.substr(0, 2), file.sha256); }

bool Store::has(const BackedFile& file) const {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path_of(file), error);
  return !error && bytes == file.bytes;
}

StatusOr<BackedFile> Store::add(const LiveFile& file, Pace& pace, uint64_t& new_bytes) {
  const std::string unnamed = fmt::format("{}/files/{}.part", directory_, ::getpid());
  Copied copied;
  if (file.content) {
    TOLLGATE_ASSIGN_OR_RETURN(const File target, open_to_write(unnamed));
    TOLLGATE_RETURN_IF_ERROR(write_all(target, *file.content, unnamed));
    TOLLGATE_RETURN_IF_ERROR(sync(target, unnamed));
    copied = {file.content->size(), sha256(*file.content)};
  } else {
    TOLLGATE_ASSIGN_OR_RETURN(copied, copy_file(file.directory + "/" + file.name, unnamed, file.bytes, pace));
  }
  BackedFile backed{file.name, copied.bytes, to_hex(view(copied.sha256)), file.immutable};
  const std::string folder = fmt::format("{}/files/{}", directory_, backed.sha256.substr(0, 2));
  if (has(backed)) {
    // The same bytes as those of another file.
    if (::unlink(unnamed.c_str()) != 0) return failed("remove", unnamed);
    return backed;
  }
  TOLLGATE_RETURN_IF_ERROR(make_directories(folder));
  if (::rename(unnamed.c_str(), path_of(backed).c_str()) != 0) return failed("rename", unnamed);
  unsynced_folders_.insert(folder);
  new_bytes += backed.bytes;
  return backed;
}

Status Store::sync_folders() {
  for (const std::string& folder : unsynced_folders_) TOLLGATE_RETURN_IF_ERROR(sync_directory(folder));
  unsynced_folders_.clear();
  return absl::OkStatus();
}

StatusOr<Pruned> Store::collect_garbage() const {
  std::set<std::string> named;
  TOLLGATE_ASSIGN_OR_RETURN(const auto all, ids());
  for (const std::string& id : all) {
    // A manifest that cannot be read may still be needed: nothing is removed before somebody has looked at it.
    TOLLGATE_ASSIGN_OR_RETURN(const Manifest manifest, load(id));
    for (const BackedDatabase& database : manifest.databases)
      for (const BackedFile& file : database.files) named.insert(file.sha256);
    for (const BackedFile& file : manifest.data_files) named.insert(file.sha256);
  }
  Pruned pruned;
  const auto remove_file = [&](const std::string& path) -> Status {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(path, error);
    if (::unlink(path.c_str()) != 0) return failed("remove", path);
    ++pruned.files;
    if (!error) pruned.bytes += bytes;
    return absl::OkStatus();
  };
  TOLLGATE_ASSIGN_OR_RETURN(const auto folders, names_in(directory_ + "/files"));
  for (const std::string& folder : folders) {
    const std::string path = directory_ + "/files/" + folder;
    if (folder.ends_with(".part")) {
      TOLLGATE_RETURN_IF_ERROR(remove_file(path));
      continue;
    }
    TOLLGATE_ASSIGN_OR_RETURN(const auto names, names_in(path));
    for (const std::string& name : names)
      if (!named.contains(name)) TOLLGATE_RETURN_IF_ERROR(remove_file(path + "/" + name));
  }
  return pruned;
}

}  // namespace tollgate::backup
