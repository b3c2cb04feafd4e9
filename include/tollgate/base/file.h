// Small files that are whole or not there, also after a crash.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "tollgate/base/status.h"

namespace tollgate {

// Closes what open() gave.
class File {
 public:
  File() = default;
  // `descriptor`: of open(), or -1.
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~File();
  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

// unavailable, with what errno says: "cannot sync /data/anchor.new: No space left on device".
[[nodiscard]] Status file_error(std::string_view doing, const std::string& path);

// `path` is for the message.
[[nodiscard]] Status write_all(const File& file, std::string_view bytes, const std::string& path);
[[nodiscard]] Status sync_directory(const std::string& path);
[[nodiscard]] Status sync_directory_of(const std::string& path);

// The old content or the new one at any moment, and durable when it returns: written under another name ("<path>.new"), synced, renamed, and
// the directory synced. `mode`: who may read it, whatever the umask. One writer of a path at a time.
[[nodiscard]] Status replace_file(const std::string& path, std::string_view content, unsigned mode = 0600);

}  // namespace tollgate
