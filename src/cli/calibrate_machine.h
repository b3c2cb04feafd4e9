// What measuring a machine needs of it: a directory that goes away, its disk's speed, its name.
#pragma once
#include <string>
#include <vector>

#include "tollgate/base/status.h"

namespace tollgate::cli {

class TemporaryDirectory {
 public:
  TemporaryDirectory() = default;
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  // In `parent` (empty: the system's), which must have so much room. The error is about --data.
  [[nodiscard]] Status make(std::string parent, double bytes_needed);
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Of all files in a directory and below; 0 if there is none.
[[nodiscard]] double bytes_under(const std::string& path);
// The median of small appended writes, each synced.
[[nodiscard]] StatusOr<double> measure_sync_us(const std::string& directory);
[[nodiscard]] std::string machine_text(double sync_us);
// That `tollgate dev --partners N` lists.
[[nodiscard]] StatusOr<std::vector<std::string>> dev_keys_of(const std::string& data_dir);

}  // namespace tollgate::cli
