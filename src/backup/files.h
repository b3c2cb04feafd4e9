// What backups and archives do with files and folders; small ones that are replaced as a whole: base/file.h.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/base/digest.h"
#include "tollgate/base/file.h"
#include "tollgate/base/status.h"

namespace tollgate::backup {

// How fast bytes are copied, so that a backup leaves the disk to the node; and whether to go on at all.
class Pace {
 public:
  // 0: as fast as it goes.
  explicit Pace(uint64_t bytes_per_second = 0, const std::atomic<bool>* stop = nullptr) : bytes_per_second_(bytes_per_second), stop_(stop) {}
  // Waits until `bytes` more may be copied. unavailable when it is to stop.
  [[nodiscard]] Status spend(uint64_t bytes);

 private:
  uint64_t bytes_per_second_;
  const std::atomic<bool>* stop_;
  int64_t started_us_ = 0;
  uint64_t spent_ = 0;
};

class Hasher {
 public:
  Hasher();
  ~Hasher();
  void add(std::string_view bytes);
  [[nodiscard]] Digest finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

struct Copied {
  uint64_t bytes = 0;
  Digest sha256{};
};

[[nodiscard]] Status failed(std::string_view doing, const std::string& path);  // with errno
[[nodiscard]] StatusOr<File> open_to_read(const std::string& path);            // not_found if there is none
[[nodiscard]] StatusOr<File> open_to_write(const std::string& path, unsigned mode = 0600);  // new or empty
[[nodiscard]] Status read_exactly(const File& file, uint64_t offset, std::size_t bytes, std::string& to, const std::string& path);
[[nodiscard]] Status sync(const File& file, const std::string& path);
[[nodiscard]] Status make_directories(const std::string& path);  // 0700, durable

// The first `bytes` bytes of a file (all if it is UINT64_MAX), synced. Fewer bytes than that is data_loss.
[[nodiscard]] StatusOr<Copied> copy_file(const std::string& from, const std::string& to, uint64_t bytes, Pace& pace);
[[nodiscard]] StatusOr<Copied> hash_file(const std::string& path, Pace& pace);
[[nodiscard]] StatusOr<std::string> read_file(const std::string& path, std::size_t bytes_max);
// Names in a folder, sorted; none if there is no such folder.
[[nodiscard]] StatusOr<std::vector<std::string>> names_in(const std::string& directory);

// Held by who changes a directory; another one is refused (failed_precondition). Ends with the process.
class DirectoryLock {
 public:
  [[nodiscard]] static StatusOr<DirectoryLock> take(const std::string& directory, std::string_view what_it_is);

 private:
  explicit DirectoryLock(File file) : file_(std::move(file)) {}
  File file_;
};

}  // namespace tollgate::backup
