// The backends under test, and appends that fit them.
#pragma once
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "support/catch.h"
#include "tollgate/eventlog/memory.h"
#include "tollgate/eventlog/rocksdb.h"
#include "tollgate/record/record.h"

namespace tollgate::testing {

class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tollgate_test_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Where a backend keeps what is durable; open() as a process does at its start.
class Storage {
 public:
  virtual ~Storage() = default;
  [[nodiscard]] virtual std::unique_ptr<EventLog> open() = 0;
};
class MemoryStorage final : public Storage {
 public:
  std::unique_ptr<EventLog> open() override { return open_memory_log(store_); }

 private:
  std::shared_ptr<MemoryStore> store_ = make_memory_store();
};
class RocksdbStorage final : public Storage {
 public:
  std::unique_ptr<EventLog> open() override {
    auto log = open_rocksdb_log(dir_.path() + "/log");
    INFO(log.status().ToString());
    REQUIRE(log.ok());
    return *std::move(log);
  }

 private:
  TempDir dir_;
};

// A refusal whose subject is as long as wanted.
inline Event event_of(std::string subject) {
  RequestRefused event;
  event.subject = std::move(subject);
  return event;
}

// `count` records that follow from `head`.
inline Append next_records(uint32_t partition, const Head& head, std::size_t count, std::size_t subject_bytes = 10, uint64_t epoch = 1) {
  Append append;
  append.partition = partition;
  append.epoch = epoch;
  append.expected_sequence = head.sequence + 1;
  append.record_count = count;
  append.last_hash = head.hash;
  for (std::size_t i = 0; i < count; ++i) {
    RecordHeader header;
    header.partition = partition;
    header.epoch = epoch;
    header.sequence = append.expected_sequence + i;
    header.time_us = static_cast<int64_t>(header.sequence);
    header.prev_hash = append.last_hash;
    append.last_hash = *append_record(append.records, header, {}, event_of(std::string(subject_bytes, 's') + std::to_string(header.sequence)));
  }
  return append;
}

inline Head head_of(const EventLog& log, uint32_t partition) { return *log.head(partition); }

inline Status append_next(EventLog& log, uint32_t partition, std::size_t count, std::size_t subject_bytes = 10, uint64_t epoch = 1) {
  const Append append = next_records(partition, head_of(log, partition), count, subject_bytes, epoch);
  return log.append({&append, 1}, {});
}

}  // namespace tollgate::testing
