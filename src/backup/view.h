// A database of a backup as RocksDB wants to see it: a folder of links, under the files' own names, for reading only.
#pragma once
#include <string>

#include "backup/store.h"

namespace tollgate::backup {

class View {
 public:
  // Removed with the object, the links and nothing else.
  [[nodiscard]] static StatusOr<View> make(const Store& store, const BackedDatabase& database);
  View(View&& other) noexcept : directory_(std::exchange(other.directory_, {})) {}
  View& operator=(View&& other) noexcept {
    std::swap(directory_, other.directory_);
    return *this;
  }
  ~View();
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  explicit View(std::string directory) : directory_(std::move(directory)) {}
  std::string directory_;
};

// The log of a backup, read-only.
[[nodiscard]] StatusOr<std::unique_ptr<EventLog>> open_log_of(const Store& store, const Manifest& manifest);
// Where each partition ends.
[[nodiscard]] StatusOr<std::vector<BackedPartition>> partitions_of(const EventLog& log);

}  // namespace tollgate::backup
