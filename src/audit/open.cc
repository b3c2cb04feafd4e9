#include <filesystem>

#include "audit/tiles.h"
#include "tollgate/audit/source.h"
#include "tollgate/eventlog/rocksdb.h"

namespace tollgate::audit {

namespace {

class LogSource final : public RecordSource {
 public:
  explicit LogSource(const EventLog& log) : log_(log) {}
  explicit LogSource(std::unique_ptr<EventLog> log) : own_(std::move(log)), log_(*own_) {}

  StatusOr<std::vector<uint32_t>> partitions() const override { return log_.partitions(); }
  StatusOr<Head> head(uint32_t partition) const override { return log_.head(partition); }
  Status read(uint32_t partition, uint64_t from_sequence, const EventLog::RecordVisitor& visit) const override {
    return log_.read(partition, from_sequence, visit);
  }
  const EventLog* log() const override { return &log_; }

 private:
  std::unique_ptr<EventLog> own_;
  const EventLog& log_;
};

// Where a RocksDB is: the directory itself, or `log/` in it, as in a node's data directory and in a backup.
std::string log_directory(const std::string& path) {
  std::error_code ignored;
  for (const std::string& directory : {path + "/log", path}) {
    if (std::filesystem::exists(directory + "/CURRENT", ignored)) return directory;
  }
  return {};
}

}  // namespace

std::unique_ptr<RecordSource> source_of(const EventLog& log) { return std::make_unique<LogSource>(log); }
std::unique_ptr<RecordSource> source_of(std::unique_ptr<EventLog> log) { return std::make_unique<LogSource>(std::move(log)); }

bool holds_log(const std::string& path) { return !log_directory(path).empty(); }

StatusOr<std::unique_ptr<RecordSource>> open_source(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::is_directory(path, failed)) return not_found("{} is no directory", path);
  if (const std::string directory = log_directory(path); !directory.empty()) {
    RocksdbLogOptions options;
    options.read_only = true;
    TOLLGATE_ASSIGN_OR_RETURN(auto log, open_rocksdb_log(directory, options));
    return source_of(std::move(log));
  }
  const std::vector<std::string> tiles = find_tiles(path);
  if (!tiles.empty()) return open_tiles(tiles);
  return not_found(
      "there is no event log in {}: neither log/CURRENT nor CURRENT (a data directory, a log or a backup), nor tile/entries (exported tiles)",
      path);
}

StatusOr<uint64_t> count_records(const RecordSource& source) {
  TOLLGATE_ASSIGN_OR_RETURN(const auto partitions, source.partitions());
  uint64_t count = 0;
  for (const uint32_t partition : partitions) {
    TOLLGATE_ASSIGN_OR_RETURN(const Head head, source.head(partition));
    count += head.sequence;
  }
  return count;
}

}  // namespace tollgate::audit
