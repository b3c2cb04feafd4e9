#include "tollgate/directory/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "tollgate/base/file.h"

namespace tollgate {
namespace {

constexpr std::size_t secret_file_bytes_max = 16 * 1024 * 1024;  // keys.jsonl of 100,000 partners fits

}  // namespace

StatusOr<Secret> load_secret_file(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return errno == ENOENT ? not_found("there is no file {}", path) : file_error("open", path);
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return file_error("look at", path);
  if ((about.st_mode & 077) != 0)
    return failed_precondition("{} holds a secret, and others than its owner may use it (mode {:o}): chmod 600 {}",
                               path, about.st_mode & 0777, path);
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size > secret_file_bytes_max)
    return failed_precondition("{} has more than {} bytes", path, secret_file_bytes_max);
  std::string content(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::read(file.get(), content.data() + have, size - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("read", path);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  content.resize(have);
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.pop_back();
  return Secret(std::move(content));
}

Status write_secret_file(const std::string& path, std::string_view content) { return replace_file(path, content, 0600); }

StatusOr<Secret> load_or_make_secret_file(const std::string& path, const std::function<std::string()>& make) {
  auto loaded = load_secret_file(path);
  if (loaded.ok() || loaded.status().code() != absl::StatusCode::kNotFound) return loaded;
  Secret made(make());
  TOLLGATE_RETURN_IF_ERROR(write_secret_file(path, made.reveal()));
  return made;
}

}  // namespace tollgate
