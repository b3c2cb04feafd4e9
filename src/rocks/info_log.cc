#include "rocks/info_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <ctime>
#include <mutex>

namespace tollgate {
namespace {

constexpr off_t file_bytes_max = off_t{1} << 20;
constexpr std::size_t line_bytes_max = 4'000;

class InfoLog final : public rocksdb::Logger {
 public:
  explicit InfoLog(const std::string& directory) : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL), path_(directory + "/LOG") {}

  using rocksdb::Logger::Logv;
  void LogHeader(const char*, va_list) override {}
  void Logv(const char* format, va_list values) override {
    std::array<char, line_bytes_max> line;
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    std::size_t used = ::gmtime_r(&now, &parts) == nullptr ? 0 : std::strftime(line.data(), line.size(), "%Y-%m-%dT%H:%M:%SZ ", &parts);
    const int more = std::vsnprintf(line.data() + used, line.size() - used - 1, format, values);
    if (more < 0) return;
    used = std::min(used + static_cast<std::size_t>(more), line.size() - 2);
    if (line[used - 1] != '\n') line[used++] = '\n';
    write({line.data(), used});
  }

 private:
  void write(std::string_view line) {
    const std::lock_guard lock(mutex_);
    const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return;
    [[maybe_unused]] const ssize_t written = ::write(file, line.data(), line.size());
    struct stat about {};
    const bool is_full = ::fstat(file, &about) == 0 && about.st_size > file_bytes_max;
    ::close(file);
    if (is_full) ::rename(path_.c_str(), (path_ + ".old").c_str());
  }

  const std::string path_;
  std::mutex mutex_;
};

class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

}  // namespace

std::shared_ptr<rocksdb::Logger> make_info_log(const std::string& directory) { return std::make_shared<InfoLog>(directory); }
std::shared_ptr<rocksdb::Logger> make_no_log() { return std::make_shared<NoLog>(); }

}  // namespace tollgate
