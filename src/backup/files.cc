#include "backup/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "tollgate/base/assert.h"
#include "tollgate/base/clock.h"

namespace tollgate::backup {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 20;
constexpr int64_t nap_us_max = 100'000;

}  // namespace

Status Pace::spend(uint64_t bytes) {
  if (started_us_ == 0) started_us_ = monotonic_us();
  spent_ += bytes;
  while (true) {
    if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) return unavailable("it was told to stop");
    if (bytes_per_second_ == 0) return absl::OkStatus();
    const auto due_us = started_us_ + static_cast<int64_t>(static_cast<unsigned __int128>(spent_) * us_per_second / bytes_per_second_);
    const int64_t early_us = due_us - monotonic_us();
    if (early_us <= 0) return absl::OkStatus();
    std::this_thread::sleep_for(std::chrono::microseconds(std::min(early_us, nap_us_max)));
  }
}

struct Hasher::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(evp); }
};
Hasher::Hasher() : context_(std::make_unique<Context>()) { TOLLGATE_ASSERT(EVP_DigestInit_ex(context_->evp, EVP_sha256(), nullptr) == 1); }
Hasher::~Hasher() = default;
void Hasher::add(std::string_view bytes) { TOLLGATE_ASSERT(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1); }
Digest Hasher::finish() {
  Digest digest;
  TOLLGATE_ASSERT(EVP_DigestFinal_ex(context_->evp, digest.data(), nullptr) == 1);
  return digest;
}

Status failed(std::string_view doing, const std::string& path) {
  const int why = errno;
  if (why == ENOENT) return not_found("cannot {} {}: {}", doing, path, std::strerror(why));
  return unavailable("cannot {} {}: {}", doing, path, std::strerror(why));
}

StatusOr<File> open_to_read(const std::string& path) {
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return failed("open", path);
  return file;
}

StatusOr<File> open_to_write(const std::string& path, unsigned mode) {
  File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!file.is_open()) return failed("write", path);
  return file;
}

Status read_exactly(const File& file, uint64_t offset, std::size_t bytes, std::string& to, const std::string& path) {
  to.resize(bytes);
  std::size_t have = 0;
  while (have < bytes) {
    const ssize_t count = ::pread(file.get(), to.data() + have, bytes - have, static_cast<off_t>(offset + have));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("read", path);
    if (count == 0) return data_loss("{} ends after {} bytes, {} were expected", path, offset + have, offset + bytes);
    have += static_cast<std::size_t>(count);
  }
  return absl::OkStatus();
}

Status sync(const File& file, const std::string& path) { return ::fsync(file.get()) == 0 ? absl::OkStatus() : failed("sync", path); }

Status make_directories(const std::string& path) {
  const std::filesystem::path whole(path);
  std::error_code error;
  if (std::filesystem::is_directory(whole, error)) return absl::OkStatus();
  const std::filesystem::path parent = whole.parent_path();
  if (!parent.empty() && parent != whole) TOLLGATE_RETURN_IF_ERROR(make_directories(parent.string()));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("make", path);
  return sync_directory(parent.empty() ? "." : parent.string());
}

StatusOr<Copied> copy_file(const std::string& from, const std::string& to, uint64_t bytes, Pace& pace) {
  TOLLGATE_ASSIGN_OR_RETURN(const File source, open_to_read(from));
  TOLLGATE_ASSIGN_OR_RETURN(const File target, open_to_write(to));
  std::string chunk(chunk_bytes, '\0');
  Copied copied;
  Hasher hasher;
  while (copied.bytes < bytes) {
    const ssize_t count = ::read(source.get(), chunk.data(), std::min<uint64_t>(chunk.size(), bytes - copied.bytes));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("read", from);
    if (count == 0) break;
    const std::string_view part(chunk.data(), static_cast<std::size_t>(count));
    TOLLGATE_RETURN_IF_ERROR(pace.spend(part.size()));
    TOLLGATE_RETURN_IF_ERROR(write_all(target, part, to));
    hasher.add(part);
    copied.bytes += part.size();
  }
  if (bytes != UINT64_MAX && copied.bytes != bytes) return data_loss("{} has {} bytes, {} were expected", from, copied.bytes, bytes);
  TOLLGATE_RETURN_IF_ERROR(sync(target, to));
  copied.sha256 = hasher.finish();
  return copied;
}

StatusOr<Copied> hash_file(const std::string& path, Pace& pace) {
  TOLLGATE_ASSIGN_OR_RETURN(const File source, open_to_read(path));
  std::string chunk(chunk_bytes, '\0');
  Copied copied;
  Hasher hasher;
  while (true) {
    const ssize_t count = ::read(source.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("read", path);
    if (count == 0) break;
    TOLLGATE_RETURN_IF_ERROR(pace.spend(static_cast<uint64_t>(count)));
    hasher.add({chunk.data(), static_cast<std::size_t>(count)});
    copied.bytes += static_cast<uint64_t>(count);
  }
  copied.sha256 = hasher.finish();
  return copied;
}

StatusOr<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  TOLLGATE_ASSIGN_OR_RETURN(const File file, open_to_read(path));
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return failed("look at", path);
  if (static_cast<std::size_t>(about.st_size) > bytes_max) return failed_precondition("{} has more than {} bytes", path, bytes_max);
  std::string content;
  TOLLGATE_RETURN_IF_ERROR(read_exactly(file, 0, static_cast<std::size_t>(about.st_size), content, path));
  return content;
}

StatusOr<std::vector<std::string>> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  if (error == std::errc::no_such_file_or_directory) return names;
  if (error) return unavailable("cannot read {}: {}", directory, error.message());
  for (const auto& entry : entries) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

StatusOr<DirectoryLock> DirectoryLock::take(const std::string& directory, std::string_view what_it_is) {
  const std::string path = directory + "/lock";
  File file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.is_open()) return failed("open", path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return failed_precondition("{} {} is being changed by another process: try again when it is done", what_it_is, directory);
    return failed("lock", path);
  }
  return DirectoryLock(std::move(file));
}

}  // namespace tollgate::backup
