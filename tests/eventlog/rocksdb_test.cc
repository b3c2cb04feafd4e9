// What only the embedded backend has: files, a lock, and bytes that go bad on disk.
#include "tollgate/eventlog/rocksdb.h"

#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

#include <fstream>

#include "eventlog/backends.h"
#include "eventlog/damage.h"
#include "tollgate/base/clock.h"

namespace tollgate::testing {
namespace {

std::unique_ptr<EventLog> open(const std::string& dir, RocksdbLogOptions options = {}) {
  auto log = open_rocksdb_log(dir, options);
  INFO(log.status().ToString());
  REQUIRE(log.ok());
  return *std::move(log);
}

RocksdbLogOptions read_only() {
  RocksdbLogOptions options;
  options.read_only = true;
  return options;
}

TEST_CASE("a directory in use is said to be so") {
  TempDir dir;
  const auto log = open(dir.path());
  const auto second = open_rocksdb_log(dir.path());
  REQUIRE_FALSE(second.ok());
  CHECK(message_of(second.status()).starts_with(dir.path() + " is in use: is another node running on it?"));
}

TEST_CASE("an auditor reads beside a running node, writes nothing, and cannot append") {
  TempDir dir;
  const auto log = open(dir.path());
  const Append append = next_records(1, {}, 2);
  const Row row{Table::payments, "p", "x"};
  REQUIRE(log->append({&append, 1}, {&row, 1}).ok());
  const auto count_files = [&] { return std::distance(std::filesystem::directory_iterator(dir.path()), std::filesystem::directory_iterator()); };
  const auto before = count_files();
  const auto auditor = open(dir.path(), read_only());
  CHECK(head_of(*auditor, 1).sequence == 2);
  CHECK(head_of(*auditor, 1).hash == append.last_hash);
  std::string value;
  CHECK(auditor->get(Table::payments, "p", value).ok());
  CHECK(count_files() == before);
  CHECK_FALSE(append_next(*auditor, 1, 1).ok());
  CHECK(append_next(*log, 1, 1).ok());
}

TEST_CASE("an auditor goes on reading while a busy node replaces its files") {
  TempDir dir;
  RocksdbLogOptions small;
  small.memtables_bytes_max = 1 << 20;
  auto log = open(dir.path(), small);
  for (int i = 0; i < 100; ++i) REQUIRE(append_next(*log, 1, 50, 400).ok());
  log.reset();
  log = open(dir.path(), small);  // what was in memory is in files now
  const auto auditor = open(dir.path(), read_only());
  for (int i = 0; i < 300; ++i) REQUIRE(append_next(*log, 1, 50, 400).ok());
  // Nothing of what the auditor saw may be needed on disk any more, and it still reads all of it.
  for (const auto& table : files_of(dir.path(), ".sst")) std::filesystem::remove(table);
  uint64_t last = 0;
  CHECK(auditor->read(1, 1, [&](uint64_t sequence, std::string_view) {
               last = sequence;
               return true;
             }).ok());
  CHECK(last == 5'000);
}

TEST_CASE("opening what is not there, read-only, is not found and makes nothing") {
  TempDir dir;
  CHECK(open_rocksdb_log(dir.path() + "/none", read_only()).status().code() == absl::StatusCode::kNotFound);
  CHECK_FALSE(std::filesystem::exists(dir.path() + "/none"));
}

TEST_CASE("a directory that cannot be made is an error") {
  TempDir dir;
  std::ofstream(dir.path() + "/file") << "x";
  CHECK_FALSE(open_rocksdb_log(dir.path() + "/file/log").ok());
}

TEST_CASE("what was appended survives the loss of the process") {
  TempDir dir, copy;
  const auto log = open(dir.path());
  REQUIRE(append_next(*log, 1, 100).ok());
  // A copy of the files while the process runs, as a crash leaves them.
  copy_as_it_is(dir.path(), copy.path() + "/log");
  const auto after = open(copy.path() + "/log");
  CHECK(head_of(*after, 1).sequence == 100);
  CHECK(head_of(*after, 1).hash == head_of(*log, 1).hash);
  CHECK(append_next(*after, 1, 1).ok());
}

TEST_CASE("an append that was cut off by a crash is gone whole, those before it are there") {
  TempDir dir;
  std::size_t whole = 0;
  std::filesystem::path wal;
  {
    const auto log = open(dir.path());
    REQUIRE(append_next(*log, 1, 10).ok());
    wal = files_of(dir.path(), ".log").back();
    whole = std::filesystem::file_size(wal);
    const std::vector<Append> both = {next_records(1, head_of(*log, 1), 5), next_records(2, {}, 5)};
    const Row row{Table::payments, "p", "x"};
    REQUIRE(log->append(both, {&row, 1}).ok());
  }
  const std::size_t size = std::filesystem::file_size(wal);
  REQUIRE(size > whole + 100);
  for (const std::size_t cut : {whole, whole + 1, whole + 7, whole + 50, size - 1}) {
    TempDir copy;
    copy_as_it_is(dir.path(), copy.path() + "/log");
    std::filesystem::resize_file(copy.path() + "/log/" + wal.filename().string(), cut);
    const auto log = open(copy.path() + "/log");
    CHECK(head_of(*log, 1).sequence == 10);
    CHECK(head_of(*log, 2).sequence == 0);
    std::string value;
    CHECK_FALSE(log->get(Table::payments, "p", value).ok());
  }
}

TEST_CASE("a bad byte in the middle of the write-ahead log is refused, never skipped") {
  TempDir dir;
  std::filesystem::path wal;
  {
    const auto log = open(dir.path());
    for (int i = 0; i < 20; ++i) REQUIRE(append_next(*log, 1, 10, 200).ok());
    wal = files_of(dir.path(), ".log").back();
  }
  flip_bits(wal, std::filesystem::file_size(wal) / 2, 0x20);
  const auto log = open_rocksdb_log(dir.path());
  REQUIRE_FALSE(log.ok());
  CHECK(log.status().code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("a bad byte in a table file is reported by whoever reads it") {
  TempDir dir;
  RocksdbLogOptions small;
  small.memtables_bytes_max = 1 << 20;
  {
    const auto log = open(dir.path(), small);
    for (int i = 0; i < 200; ++i) REQUIRE(append_next(*log, 1, 50, 400).ok());
  }
  // Closing does not flush; opening does.
  { const auto log = open(dir.path()); }
  std::size_t refused = 0;
  const auto tables = files_of(dir.path(), ".sst");
  REQUIRE_FALSE(tables.empty());
  for (const auto& original : tables) {
    // On a copy: whoever opens a log may replace its files at once.
    TempDir copy;
    const std::string log_path = copy.path() + "/log";
    copy_as_it_is(dir.path(), log_path);
    const auto table = std::filesystem::path(log_path) / original.filename();
    flip_bits(table, std::filesystem::file_size(table) / 2, 0x20);
    const auto log = open_rocksdb_log(log_path);
    refused += !log.ok() || (*log)->read(1, 1, [](uint64_t, std::string_view) { return true; }).code() == absl::StatusCode::kDataLoss;
  }
  CHECK(refused > 0);
  const auto log = open(dir.path());
  CHECK(head_of(*log, 1).sequence == 10'000);
}

TEST_CASE("a delay added to each sync is waited for") {
  TempDir dir;
  RocksdbLogOptions slow;
  slow.sync_delay_us = 3'000;
  const auto log = open(dir.path(), slow);
  const int64_t start_us = monotonic_us();
  for (int i = 0; i < 5; ++i) REQUIRE(append_next(*log, 1, 1).ok());
  CHECK(monotonic_us() - start_us >= 15'000);
}

TEST_CASE("a log that measures tells how its database is doing, and how long its last sync took") {
  TempDir dir;
  RocksdbLogOptions options;
  options.measure = true;
  const auto log = open(dir.path(), options);
  const Append append = next_records(1, {}, 2);
  const Row row{Table::payments, "p", std::string(1'000, 'x')};
  REQUIRE(log->append({&append, 1}, {&row, 1}).ok());
  std::string value;
  REQUIRE(log->get(Table::payments, "p", value).ok());
  const EventLogStats stats = log->stats();
  CHECK(stats.known);
  CHECK(stats.wal_bytes > 1'000);
  CHECK(stats.memtable_bytes > 1'000);
  CHECK(stats.bytes_written > 1'000);
  CHECK(stats.memtable_hits >= 1);
  CHECK(stats.cache_bytes_max == options.block_cache_bytes);
  CHECK_FALSE(stats.writes_stopped);
  CHECK(log->last_sync_us() > 0);
  CHECK(log->last_sync_us() < 60'000'000);
}

TEST_CASE("a read of a recent payment asks no file, also when its memtable has become one") {
  TempDir dir;
  RocksdbLogOptions options;
  options.measure = true;
  options.memtables_bytes_max = std::size_t{2} << 20;
  const auto log = open(dir.path(), options);
  const auto key_of = [](int number) { return fmt::format("payment {:06}", number); };
  std::string value;
  // RocksDB's counts of this thread.
  const auto read_all = [&](int count) {
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
    rocksdb::get_perf_context()->Reset();
    for (int i = 0; i < count; ++i) REQUIRE(log->get(Table::payments, key_of(i), value).ok());
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  };
  constexpr int rows_max = 20'000, rows_per_append = 50;
  Head head;
  int rows = 0;
  bool in_a_table = false;
  while (!in_a_table && rows < rows_max) {
    const Append append = next_records(1, head, 1);
    std::vector<Row> written;
    for (int i = 0; i < rows_per_append; ++i) written.push_back({Table::payments, key_of(rows++), std::string(1'000, static_cast<char>('a' + rows % 26))});
    REQUIRE(log->append({&append, 1}, written).ok());
    head = head_of(*log, 1);
    const uint64_t not_in_memtables = log->stats().memtable_misses;
    read_all(1);
    in_a_table = log->stats().memtable_misses > not_in_memtables;
  }
  REQUIRE(in_a_table);
  read_all(rows);
  CHECK(rocksdb::get_perf_context()->block_read_count == 0);
  CHECK(rocksdb::get_perf_context()->block_cache_hit_count > 0);
}

TEST_CASE("a log tells what its caches hold and what reads found in them") {
  TempDir dir;
  RocksdbLogOptions options;
  options.measure = true;
  options.block_cache_bytes = std::size_t{9} << 20;
  {
    const auto log = open(dir.path(), options);
    const Append append = next_records(1, {}, 2);
    const Row row{Table::payments, "p", std::string(1'000, 'x')};
    REQUIRE(log->append({&append, 1}, {&row, 1}).ok());
    std::string value;
    REQUIRE(log->get(Table::payments, "p", value).ok());
    const CacheStats memtables = log_store_of(*log)->caches().at(0);
    CHECK(memtables.name == std::string("memtables"));
    CHECK(memtables.hits >= 1);
    CHECK(memtables.bytes > 1'000);
    CHECK(memtables.bytes_max == options.memtables_bytes_max);
  }
  // Opened again, everything is in tables, and nothing of it in memory.
  const auto log = open(dir.path(), options);
  const CacheStats before = log_store_of(*log)->caches().at(1);
  CHECK(before.name == std::string("log_blocks"));
  CHECK(before.bytes_max == options.block_cache_bytes);
  std::string value;
  REQUIRE(log->get(Table::payments, "p", value).ok());
  const CacheStats first = log_store_of(*log)->caches().at(1);
  CHECK(first.misses > before.misses);
  CHECK(first.bytes > before.bytes);
  REQUIRE(log->get(Table::payments, "p", value).ok());
  const CacheStats second = log_store_of(*log)->caches().at(1);
  CHECK(second.misses == first.misses);
  CHECK(second.hits > first.hits);
}

}  // namespace
}  // namespace tollgate::testing
