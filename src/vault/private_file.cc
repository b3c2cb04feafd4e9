#include "vault/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "tollgate/base/file.h"

namespace tollgate::vault {
namespace {

Status system_error(const char* what, const std::string& path) {
  return failed_precondition("cannot {} {}: {}", what, path, std::strerror(errno));
}

}  // namespace

StatusOr<Secret> read_private_file(const std::string& path, std::size_t bytes_max, std::string_view what) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open()) return errno == ENOENT ? not_found("there is no file {}", path) : system_error("open", path);
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return system_error("examine", path);
  if (!S_ISREG(about.st_mode)) return failed_precondition("{} {} is not a regular file", what, path);
  if ((about.st_mode & 0077) != 0) {
    return failed_precondition("{} {} may be read by others (mode {:04o}): chmod 600 it", what, path, about.st_mode & 07777);
  }
  std::string text(bytes_max, '\0');
  const ssize_t count = ::read(file.get(), text.data(), text.size());
  const int failure = errno;
  const Secret wiped(std::move(text));
  errno = failure;
  if (count < 0) return system_error("read", path);
  return Secret(std::string(wiped.reveal().substr(0, static_cast<std::size_t>(count))));
}

Status create_private_file(const std::string& path, const Secret& content) {
  // Whole before it has its name: a crash leaves no file or a good one.
  const std::string unnamed = path + ".new";
  {
    const File file(::open(unnamed.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open() || ::fchmod(file.get(), 0600) != 0) return system_error("create", unnamed);
    TOLLGATE_RETURN_IF_ERROR(write_all(file, content.reveal(), unnamed));
    if (::fsync(file.get()) != 0) return system_error("sync", unnamed);
  }
  // Unlike rename(), this never replaces a file that another process has just made.
  if (::link(unnamed.c_str(), path.c_str()) != 0) return system_error("create", path);
  if (::unlink(unnamed.c_str()) != 0) return system_error("remove", unnamed);
  return sync_directory_of(path);
}

Status replace_private_file(const std::string& path, const Secret& content) { return replace_file(path, content.reveal()); }

Status rename_private_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return system_error("rename", from);
  return sync_directory_of(to);
}

Status remove_private_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return sync_directory_of(path);
  return errno == ENOENT ? absl::OkStatus() : system_error("remove", path);
}

}  // namespace tollgate::vault
