#include "tollgate/directory/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace tollgate {
namespace {

constexpr std::size_t secret_file_bytes_max = 16 * 1024 * 1024;  // keys.jsonl of 100,000 partners fits

class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0)
      : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

Status failed(const char* what, const std::string& path) {
  return unavailable("cannot {} {}: {}", what, path, std::strerror(errno));
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

StatusOr<Secret> load_secret_file(const std::string& path) {
  const File file(path, O_RDONLY);
  if (!file.is_open()) return errno == ENOENT ? not_found("there is no file {}", path) : failed("open", path);
  struct stat about {};
  if (::fstat(file.descriptor(), &about) != 0) return failed("look at", path);
  if ((about.st_mode & 077) != 0)
    return failed_precondition("{} holds a secret, and others than its owner may use it (mode {:o}): chmod 600 {}",
                               path, about.st_mode & 0777, path);
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size > secret_file_bytes_max)
    return failed_precondition("{} has more than {} bytes", path, secret_file_bytes_max);
  std::string content(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::read(file.descriptor(), content.data() + have, size - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  content.resize(have);
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.pop_back();
  return Secret(std::move(content));
}

Status write_secret_file(const std::string& path, std::string_view content) {
  // Under another name first: a crash leaves the old file or the new one, never a part of it.
  const std::string temporary = path + ".new";
  {
    const File file(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (!file.is_open()) return failed("create", temporary);
    if (::fchmod(file.descriptor(), 0600) != 0) return failed("protect", temporary);
    if (!write_all(file.descriptor(), content)) return failed("write", temporary);
    if (::fsync(file.descriptor()) != 0) return failed("sync", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("rename", temporary);
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  const File parent(folder, O_RDONLY | O_DIRECTORY);
  if (!parent.is_open() || ::fsync(parent.descriptor()) != 0) return failed("sync", folder);
  return absl::OkStatus();
}

StatusOr<Secret> load_or_make_secret_file(const std::string& path, const std::function<std::string()>& make) {
  auto loaded = load_secret_file(path);
  if (loaded.ok() || loaded.status().code() != absl::StatusCode::kNotFound) return loaded;
  Secret made(make());
  TOLLGATE_RETURN_IF_ERROR(write_secret_file(path, made.reveal()));
  return made;
}

}  // namespace tollgate
