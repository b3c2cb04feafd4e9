// A directory of backups on disk: files by their SHA-256, and manifests that name them.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "backup/files.h"
#include "backup/manifest.h"

namespace tollgate::backup {

class Store {
 public:
  // An empty or missing directory becomes one (with `make`); any other directory is refused.
  [[nodiscard]] static StatusOr<Store> open(const std::string& directory, bool make);

  [[nodiscard]] StatusOr<std::vector<std::string>> ids() const;  // oldest first
  [[nodiscard]] StatusOr<Manifest> load(const std::string& id) const;
  [[nodiscard]] StatusOr<Manifest> newest() const;  // not_found if there is none
  // The newest of those that are whole, for what may be shared with it; an empty one if there is none.
  [[nodiscard]] Manifest newest_or_empty() const;
  [[nodiscard]] Status save(const Manifest& manifest) const;
  [[nodiscard]] Status remove(const std::string& id) const;

  [[nodiscard]] std::string path_of(const BackedFile& file) const;
  // Copies a file in. Durable once sync_folders() was called.
  [[nodiscard]] StatusOr<BackedFile> add(const LiveFile& file, Pace& pace, uint64_t& new_bytes);
  // Whether an immutable file of an earlier backup is still there, in its full length.
  [[nodiscard]] bool has(const BackedFile& file) const;
  [[nodiscard]] Status sync_folders();
  // Removes what no manifest names.
  [[nodiscard]] StatusOr<Pruned> collect_garbage() const;

  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  explicit Store(std::string directory) : directory_(std::move(directory)) {}
  std::string directory_;
  std::set<std::string> unsynced_folders_;
};

}  // namespace tollgate::backup
