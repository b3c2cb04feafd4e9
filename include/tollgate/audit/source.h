// What an auditor reads: an event log with its state rows, or records alone, as exported tiles have them.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tollgate/eventlog/event_log.h"

namespace tollgate::audit {

class RecordSource {
 public:
  virtual ~RecordSource() = default;

  // Partitions that hold at least one record, ascending.
  [[nodiscard]] virtual StatusOr<std::vector<uint32_t>> partitions() const = 0;
  [[nodiscard]] virtual StatusOr<Head> head(uint32_t partition) const = 0;
  // As EventLog::read.
  [[nodiscard]] virtual Status read(uint32_t partition, uint64_t from_sequence, const EventLog::RecordVisitor& visit) const = 0;
  // The log behind it, for its state rows; nullptr where there are records alone.
  [[nodiscard]] virtual const EventLog* log() const = 0;
};

// `log` must outlive it.
[[nodiscard]] std::unique_ptr<RecordSource> source_of(const EventLog& log);
// Owns it.
[[nodiscard]] std::unique_ptr<RecordSource> source_of(std::unique_ptr<EventLog> log);

// Whether `path` is a log, or has one in it; otherwise it can hold tiles only.
[[nodiscard]] bool holds_log(const std::string& path);

// Opens, without writing anything: a node's data directory (also while the node runs), an event log, a backup, or a directory of
// exported tiles (tlog-tiles: .../tile/entries). Says what it looked for if `path` is none of them.
[[nodiscard]] StatusOr<std::unique_ptr<RecordSource>> open_source(const std::string& path);

// Records of all partitions together.
[[nodiscard]] StatusOr<uint64_t> count_records(const RecordSource& source);

}  // namespace tollgate::audit
