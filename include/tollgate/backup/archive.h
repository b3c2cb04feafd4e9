// The log's records, copied away as they are written: what is lost with a node is then seconds, not the time since the last backup.
//
//   DIR/tollgate-archive                             what it is
//   DIR/g<generation>/history.json                   generation.h
//   DIR/g<generation>/p<partition>/<first>-<last>.seg   records, one behind the other (FORMAT.md: Archive)
//   DIR/side/                                        vault and sandbox, as a backup directory of the newest state
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tollgate/backup/backup.h"
#include "tollgate/eventlog/event_log.h"

namespace tollgate {

struct SegmentInfo {
  uint64_t generation = 1;
  uint32_t partition = 0;
  uint64_t first = 0, last = 0;
  int64_t first_time_us = 0, last_time_us = 0;
  uint64_t bytes = 0;
  std::string path;
};

// Reads an archive. Any thread; segments that are written meanwhile are found when they are wanted.
class ArchiveReader {
 public:
  // `generation`: whose log it is; absent: the newest one's.
  [[nodiscard]] static StatusOr<std::unique_ptr<ArchiveReader>> open(const std::string& directory, std::optional<LogGeneration> generation = {});
  virtual ~ArchiveReader() = default;
  [[nodiscard]] virtual const LogGeneration& generation() const = 0;
  [[nodiscard]] virtual const std::string& directory() const = 0;
  // Where each partition ends in the archive.
  [[nodiscard]] virtual StatusOr<std::map<uint32_t, uint64_t>> ends() = 0;
  // As EventLog::read(). Every byte is checked against the segment's checksums before it is given out. not_found if the archive does
  // not have `from_sequence`; it ends where the archive does, or with data_loss at a gap.
  [[nodiscard]] virtual Status read(uint32_t partition, uint64_t from_sequence, const EventLog::RecordVisitor& visit) = 0;
  // The segments that make up a partition, in order, without overlap.
  [[nodiscard]] virtual StatusOr<std::vector<SegmentInfo>> segments(uint32_t partition) = 0;
};

[[nodiscard]] StatusOr<std::vector<LogGeneration>> archive_generations(const std::string& directory);
[[nodiscard]] bool is_archive_directory(const std::string& directory);

struct ArchiveOptions {
  std::string directory;
  std::string data_dir;
  uint64_t segment_bytes = uint64_t{8} << 20;  // small segments are joined until they are about this large
  uint64_t bytes_per_second = 0;
  std::string node_version;
};

// Copies what is new. One thread.
class Archiver {
 public:
  [[nodiscard]] static StatusOr<std::unique_ptr<Archiver>> open(ArchiveOptions options, const EventLog& log, std::vector<DatabaseSource> side);
  virtual ~Archiver() = default;
  struct Round {
    uint64_t records = 0, bytes = 0;
    std::map<uint32_t, uint64_t> ends;  // up to which sequence the archive now has each partition
  };
  // Everything that was acknowledged before the call is in the archive when it returns, synced.
  [[nodiscard]] virtual StatusOr<Round> round(int64_t now_us, const std::atomic<bool>* stop) = 0;
};

// The node's own log forgets records that are older than `before_us` and stand in the archive: each segment is read back, byte for byte,
// and must lead by its hashes to the first record that is kept. Gives how many records were forgotten.
[[nodiscard]] StatusOr<uint64_t> forget_archived(EventLog& log, ArchiveReader& archive, int64_t before_us);

struct ArchiveCheck {
  uint64_t segments = 0, records = 0, bytes = 0;
  std::map<uint32_t, uint64_t> ends;
  std::vector<std::string> problems;
};
// Every segment whole, and one following from the other; the copies of vault and sandbox beside them whole.
[[nodiscard]] ArchiveCheck verify_archive(ArchiveReader& archive, const std::function<void(uint64_t records)>& progress = {});

// The log with what it has forgotten: reads of records that were moved to the archive go there. `archive` may be null: such reads then fail
// and say what is missing.
[[nodiscard]] std::unique_ptr<EventLog> with_archive(std::unique_ptr<EventLog> log, std::unique_ptr<ArchiveReader> archive);

}  // namespace tollgate
