#include "cli/open_log.h"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>

#include "cli/node.h"
#include "tollgate/backup/archive.h"
#include "tollgate/base/file.h"
#include "tollgate/eventlog/rocksdb.h"

namespace tollgate::cli {
namespace {

StatusOr<std::unique_ptr<EventLog>> open_own(const std::string& path, LogGeneration& generation) {
  if (is_backup_directory(path)) {
    TOLLGATE_ASSIGN_OR_RETURN(const auto all, list_backups(path));
    if (!all.empty()) generation = all.back().generation;
    return open_backup_log(path, "");
  }
  std::error_code ignored;
  const std::string inside = DataPaths{path}.log();
  const bool is_data = std::filesystem::is_directory(inside, ignored);
  if (is_data) {
    TOLLGATE_ASSIGN_OR_RETURN(generation, load_generation(path));
  }
  const std::string& directory = is_data ? inside : path;
  if (!std::filesystem::exists(directory + "/CURRENT", ignored)) return not_found("there is no event log in {}", path);
  RocksdbLogOptions options;
  options.read_only = true;
  return open_rocksdb_log(directory, options);
}

}  // namespace

bool is_in_use(const std::string& log_directory) {
  const File lock(::open((log_directory + "/LOCK").c_str(), O_RDONLY | O_CLOEXEC));
  if (!lock.is_open()) return errno == EACCES;
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(lock.get(), F_GETLK, &whole) != 0 || whole.l_type != F_UNLCK;
}

StatusOr<std::unique_ptr<EventLog>> open_log_to_read(const std::string& path, const std::string& archive) {
  LogGeneration generation;
  TOLLGATE_ASSIGN_OR_RETURN(auto log, open_own(path, generation));
  if (archive.empty()) return log;
  TOLLGATE_ASSIGN_OR_RETURN(auto reader, ArchiveReader::open(archive, std::move(generation)));
  return with_archive(std::move(log), std::move(reader));
}

}  // namespace tollgate::cli
