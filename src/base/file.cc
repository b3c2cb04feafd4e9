#include "tollgate/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace tollgate {

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status file_error(std::string_view doing, const std::string& path) { return unavailable("cannot {} {}: {}", doing, path, std::strerror(errno)); }

Status write_all(const File& file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_error("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return absl::OkStatus();
}

Status sync_directory(const std::string& path) {
  const File folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return file_error("open", path);
  return ::fsync(folder.get()) == 0 ? absl::OkStatus() : file_error("sync", path);
}

Status sync_directory_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return sync_directory(folder.empty() ? "." : folder);
}

Status replace_file(const std::string& path, std::string_view content, unsigned mode) {
  const std::string unnamed = path + ".new";
  {
    const File file(::open(unnamed.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!file.is_open()) return file_error("create", unnamed);
    // One that a crash has left keeps its mode, and a new one is at the umask's mercy.
    if (::fchmod(file.get(), mode) != 0) return file_error("protect", unnamed);
    TOLLGATE_RETURN_IF_ERROR(write_all(file, content, unnamed));
    if (::fsync(file.get()) != 0) return file_error("sync", unnamed);
  }
  if (::rename(unnamed.c_str(), path.c_str()) != 0) return file_error("rename", unnamed);
  return sync_directory_of(path);
}

}  // namespace tollgate
