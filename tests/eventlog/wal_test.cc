// What RocksDB would take for a torn tail and drop, with all that follows, without a word.
#include <filesystem>

#include "eventlog/backends.h"
#include "eventlog/damage.h"
#include "tollgate/base/bytes.h"
#include "tollgate/rocks/log_files.h"

namespace tollgate::testing {
namespace {

namespace fs = std::filesystem;

// Where the records of a write-ahead log begin.
std::vector<std::size_t> record_starts(const std::string& wal) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at + 7 <= wal.size();) {
    if (const std::size_t left = 32'768 - at % 32'768; left < 7) {
      at += left;
      continue;
    }
    starts.push_back(at);
    at += 7 + load_le16(wal.data() + at + 4);
  }
  return starts;
}

struct Log {
  TempDir dir;
  fs::path wal;
  std::string bytes;
  explicit Log(int appends, std::size_t subject_bytes = 200) {
    const auto log = open_rocksdb_log(dir.path());
    REQUIRE(log.ok());
    for (int i = 0; i < appends; ++i) REQUIRE(append_next(**log, 1, 4, subject_bytes).ok());
    wal = files_of(dir.path(), ".log").back();
    bytes = content_of(wal);
  }
  void restore() const {
    fs::resize_file(wal, bytes.size());
    overwrite(wal, 0, bytes);
  }
  Status reopened() const { return open_rocksdb_log(dir.path()).status(); }
};

TEST_CASE("a changed length or type of any record of the write-ahead log is refused") {
  const Log log(60);
  const auto starts = record_starts(log.bytes);
  REQUIRE(starts.size() > 60);
  for (const std::size_t at : starts)
    for (const std::size_t byte : {std::size_t{4}, std::size_t{5}, std::size_t{6}})
      for (int bit = 0; bit < 8; ++bit) {
        flip_bits(log.wal, at + byte, static_cast<char>(1 << bit));
        const Status status = log.reopened();
        INFO("record at " << at << ", byte " << byte << ", bit " << bit << ": " << status.ToString());
        CHECK(absl::IsDataLoss(status));
        flip_bits(log.wal, at + byte, static_cast<char>(1 << bit));
      }
  CHECK(log.reopened().ok());
}

TEST_CASE("zeros in the middle of the write-ahead log are refused, zeros behind its end are not") {
  const Log log(60);
  for (const std::size_t at : record_starts(log.bytes)) {
    if (at + 4096 > log.bytes.size()) break;
    overwrite(log.wal, at, std::string(4096, '\0'));
    CHECK(absl::IsDataLoss(log.reopened()));
    log.restore();
  }
  fs::resize_file(log.wal, log.bytes.size() + 100'000);
  CHECK(log.reopened().ok());
}

TEST_CASE("a record that ends where the file does is torn, and refuses nothing") {
  const Log log(3);
  const auto starts = record_starts(log.bytes);
  for (std::size_t size = starts.back() + 1; size < log.bytes.size(); size += 13) {
    fs::resize_file(log.wal, size);
    CHECK(check_log_files(log.dir.path()).ok());
    log.restore();
  }
}

TEST_CASE("a changed length or type in the MANIFEST is refused") {
  const Log log(3);
  fs::path manifest;
  for (const auto& file : fs::directory_iterator(log.dir.path()))
    if (file.path().filename().string().starts_with("MANIFEST-")) manifest = file.path();
  for (const std::size_t at : record_starts(content_of(manifest)))
    for (const std::size_t byte : {std::size_t{4}, std::size_t{5}, std::size_t{6}})
      for (int bit = 0; bit < 8; ++bit) {
        flip_bits(manifest, at + byte, static_cast<char>(1 << bit));
        CHECK_FALSE(log.reopened().ok());
        flip_bits(manifest, at + byte, static_cast<char>(1 << bit));
      }
  CHECK(log.reopened().ok());
}

TEST_CASE("a MANIFEST that is cut between any two of its records is refused, and taken again once it is whole") {
  const Log log(3);
  fs::path manifest;
  for (const auto& file : fs::directory_iterator(log.dir.path()))
    if (file.path().filename().string().starts_with("MANIFEST-")) manifest = file.path();
  const std::string bytes = content_of(manifest);
  const auto starts = record_starts(bytes);
  REQUIRE(starts.size() > 3);
  for (const std::size_t at : starts) {
    fs::resize_file(manifest, at);
    CHECK_FALSE(log.reopened().ok());
    if (at != 0) CHECK(message_of(log.reopened()).find("was cut") != std::string_view::npos);
    fs::resize_file(manifest, bytes.size());
    overwrite(manifest, 0, bytes);
  }
  CHECK(log.reopened().ok());
}

TEST_CASE("a CURRENT that names a MANIFEST which is not there is damage, for whoever writes and for whoever reads") {
  const Log log(3);
  std::ofstream(log.dir.path() + "/CURRENT", std::ios::binary) << "MANIFEST-100057\n";
  CHECK(absl::IsDataLoss(log.reopened()));
  RocksdbLogOptions reading;
  reading.read_only = true;
  CHECK(absl::IsDataLoss(open_rocksdb_log(log.dir.path(), reading).status()));
}

TEST_CASE("a write-ahead log that is cut while a newer one is there is refused") {
  // Short records: they all stand in one block, and another file can begin with any of them.
  const Log log(20, 10);
  const auto starts = record_starts(log.bytes);
  REQUIRE(log.bytes.size() < 32'768);
  const std::size_t half = starts[starts.size() / 2];
  std::ofstream(log.dir.path() + "/000999.log", std::ios::binary) << log.bytes.substr(half);
  const auto check_cut = [&](std::size_t size) {
    log.restore();
    fs::resize_file(log.wal, size);
    const Status status = log.reopened();
    CHECK(absl::IsDataLoss(status));
    CHECK(message_of(status).find("are missing before it") != std::string_view::npos);
  };
  check_cut(half - 1);
  check_cut(starts[starts.size() / 2 - 1]);
  check_cut(starts[5] + 100);
  log.restore();
  fs::resize_file(log.wal, half);
  CHECK(log.reopened().ok());
}

TEST_CASE("records that are missing between the tables and the write-ahead log are refused") {
  const Log log(1, 10);
  {
    const auto again = open_rocksdb_log(log.dir.path());
    REQUIRE(again.ok());
    for (int i = 0; i < 20; ++i) REQUIRE(append_next(**again, 1, 4).ok());
  }
  const fs::path wal = files_of(log.dir.path(), ".log").back();
  const std::string bytes = content_of(wal);
  const auto starts = record_starts(bytes);
  // As if the older of two files had been removed.
  std::ofstream(log.dir.path() + "/000999.log", std::ios::binary) << bytes.substr(starts[starts.size() / 2]);
  fs::remove(wal);
  const Status status = log.reopened();
  CHECK(absl::IsDataLoss(status));
  CHECK(message_of(status).find("the write-ahead log was cut or skipped") != std::string_view::npos);
}

}  // namespace
}  // namespace tollgate::testing
