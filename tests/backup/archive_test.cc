// An archive as it grows, is joined, forks after a restore, and stands in for what the log has forgotten.
#include "tollgate/backup/archive.h"

#include "backup/archive_files.h"
#include "backup/files.h"
#include "eventlog/backends.h"
#include "tollgate/base/time.h"

namespace tollgate {
namespace {

using testing::append_next;
using testing::head_of;
using testing::TempDir;

struct Bench {
  TempDir dir;
  std::unique_ptr<EventLog> log = open_memory_log();
  uint64_t segment_bytes = 1 << 20;
  int64_t now_us = 1'000'000;

  Bench() { REQUIRE(backup::make_directories(data()).ok()); }
  [[nodiscard]] std::string archive() const { return dir.path() + "/archive"; }
  [[nodiscard]] std::string data() const { return dir.path() + "/data"; }
  StatusOr<std::unique_ptr<Archiver>> open() {
    return Archiver::open({.directory = archive(), .data_dir = data(), .segment_bytes = segment_bytes, .node_version = "1"}, *log, {});
  }
  void round(Archiver& archiver) {
    const auto done = archiver.round(++now_us, nullptr);
    INFO(done.status().ToString());
    REQUIRE(done.ok());
  }
  std::unique_ptr<ArchiveReader> reader() {
    auto opened = ArchiveReader::open(archive());
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    return *std::move(opened);
  }
};

std::string all_of(const std::function<Status(const EventLog::RecordVisitor&)>& read) {
  std::string all;
  const Status status = read([&](uint64_t, std::string_view bytes) {
    all.append(bytes);
    return true;
  });
  INFO(status.ToString());
  REQUIRE(status.ok());
  return all;
}
std::string all_of(ArchiveReader& archive, uint32_t partition, uint64_t from = 1) {
  return all_of([&](const auto& visit) { return archive.read(partition, from, visit); });
}
std::string all_of(const EventLog& log, uint32_t partition, uint64_t from = 1) {
  return all_of([&](const auto& visit) { return log.read(partition, from, visit); });
}

TEST_CASE("An archive holds every record, also when small segments were joined meanwhile") {
  Bench bench;
  auto archiver = bench.open();
  REQUIRE(archiver.ok());
  const auto reader = [&] { bench.round(**archiver); return bench.reader(); };
  REQUIRE(append_next(*bench.log, 0, 1).ok());
  const auto early = reader();  // opened before nearly everything that it will read
  for (int i = 0; i < 200; ++i) {
    REQUIRE(append_next(*bench.log, 1, 1 + static_cast<std::size_t>(i) % 5).ok());
    if (i % 3 == 0) REQUIRE(append_next(*bench.log, 2, 1).ok());
    bench.round(**archiver);
    if (i % 50 == 0) CHECK(all_of(*early, 1) == all_of(*bench.log, 1));
  }
  for (const uint32_t partition : {0u, 1u, 2u}) {
    CHECK(all_of(*early, partition) == all_of(*bench.log, partition));
    CHECK(all_of(*bench.reader(), partition) == all_of(*bench.log, partition));
  }
  CHECK(all_of(*early, 1, 300) == all_of(*bench.log, 1, 300));
  // 200 rounds are not 200 files.
  CHECK(backup::segments_in(bench.archive(), 1, 1)->size() < 70);
  const ArchiveCheck check = verify_archive(*early);
  CHECK(check.problems.empty());
  CHECK(check.ends == std::map<uint32_t, uint64_t>{{0, 1}, {1, head_of(*bench.log, 1).sequence}, {2, 67}});
  // Nothing beyond its end, and nothing of what never was.
  CHECK(absl::IsNotFound(early->read(1, 100'000, [](uint64_t, std::string_view) { return true; })));
  CHECK(absl::IsNotFound(early->read(9, 1, [](uint64_t, std::string_view) { return true; })));
}

TEST_CASE("A large backlog becomes several segments") {
  Bench bench;
  bench.segment_bytes = 10'000;
  for (int i = 0; i < 50; ++i) REQUIRE(append_next(*bench.log, 1, 10, 100).ok());
  auto archiver = bench.open();
  bench.round(**archiver);
  CHECK(bench.reader()->segments(1)->size() > 5);
  CHECK(all_of(*bench.reader(), 1) == all_of(*bench.log, 1));
}

TEST_CASE("An archiver goes on where the one before ended, and is the only one") {
  Bench bench;
  REQUIRE(append_next(*bench.log, 1, 5).ok());
  auto first = bench.open();
  bench.round(**first);
  CHECK(absl::IsFailedPrecondition(bench.open().status()));
  first->reset();
  REQUIRE(append_next(*bench.log, 1, 5).ok());
  auto second = bench.open();
  REQUIRE(second.ok());
  const auto done = (*second)->round(2'000'000, nullptr);
  REQUIRE(done.ok());
  CHECK(done->records == 5);
  CHECK((*second)->round(3'000'000, nullptr)->records == 0);
}

TEST_CASE("Another log's archive, and one that is ahead of its log, are refused") {
  Bench bench;
  REQUIRE(append_next(*bench.log, 1, 5).ok());
  bench.round(**bench.open());
  bench.log = open_memory_log();
  CHECK(message_of(bench.open().status()).find("older than its archive") != std::string_view::npos);
  REQUIRE(append_next(*bench.log, 1, 9, 20).ok());
  CHECK(message_of(bench.open().status()).find("another log's") != std::string_view::npos);
}

TEST_CASE("After a restore the archive is read along the lives of the log that count") {
  Bench bench;
  REQUIRE(append_next(*bench.log, 1, 10).ok());
  bench.round(**bench.open());
  // The lost node wrote on; the restored one begins behind record 6, as what its data directory says.
  const auto restored = open_memory_log();
  std::string six;
  Append append{.partition = 1, .epoch = 1, .expected_sequence = 1};
  REQUIRE(bench.log->read(1, 1, [&](uint64_t sequence, std::string_view bytes) {
                 append.records.append(bytes);
                 append.record_count = sequence;
                 append.last_hash = hash_of_record(bytes);
                 return sequence < 6;
               }).ok());
  REQUIRE(restored->append({&append, 1}, {}).ok());
  REQUIRE(append_next(*restored, 1, 3, 50, 9).ok());
  const std::string lost = all_of(*bench.log, 1);
  REQUIRE(save_generation(bench.data(), LogGeneration().successor(2, {{1, 6}})).ok());
  const auto archiver = Archiver::open({.directory = bench.archive(), .data_dir = bench.data(), .segment_bytes = 1 << 20, .node_version = "1"}, *restored, {});
  INFO(archiver.status().ToString());
  REQUIRE(archiver.ok());
  REQUIRE((*archiver)->round(2'000'000, nullptr).ok());
  const auto reader = bench.reader();
  CHECK(reader->generation().number == 2);
  CHECK(all_of(*reader, 1) == all_of(*restored, 1));
  CHECK(all_of(*reader, 1, 6) == all_of(*restored, 1, 6));
  CHECK(all_of(*reader, 1, 7) == all_of(*restored, 1, 7));
  CHECK(verify_archive(*reader).problems.empty());
  // The lost node's own records are still there.
  CHECK(all_of(**ArchiveReader::open(bench.archive(), LogGeneration{}), 1) == lost);
}

TEST_CASE("What a log has forgotten is read from its archive") {
  TempDir dir;
  Bench bench;
  bench.log = *open_rocksdb_log(dir.path() + "/log");
  for (int i = 0; i < 300; ++i) REQUIRE(append_next(*bench.log, 1, 3, 900).ok());
  REQUIRE(append_next(*bench.log, 0, 3).ok());
  const std::string whole = all_of(*bench.log, 1);
  auto archiver = bench.open();
  bench.round(**archiver);
  // Records after the archive's end are never forgotten, whatever their age.
  for (int i = 0; i < 100; ++i) REQUIRE(append_next(*bench.log, 1, 1, 900).ok());
  const std::string longer = all_of(*bench.log, 1);

  // By age: the time of these records is their sequence.
  auto forgotten = forget_archived(*bench.log, *bench.reader(), 500);
  REQUIRE(forgotten.ok());
  LogStore* store = log_store_of(*bench.log);
  REQUIRE(store != nullptr);
  CHECK(store->first_sequence(1) > 400);
  CHECK(store->first_sequence(1) <= 500);
  CHECK(*forgotten == store->first_sequence(1) - 1);
  forgotten = forget_archived(*bench.log, *bench.reader(), INT64_MAX);
  REQUIRE(forgotten.ok());
  CHECK(store->first_sequence(1) > 850);
  CHECK(store->first_sequence(1) <= 901);
  CHECK(store->first_sequence(0) == 1);  // the partners stay
  CHECK(*forget_archived(*bench.log, *bench.reader(), INT64_MAX) == 0);

  const Status missing = bench.log->read(1, 1, [](uint64_t, std::string_view) { return true; });
  REQUIRE(absl::IsFailedPrecondition(missing));
  CHECK(message_of(missing).find("--archive") != std::string_view::npos);
  // Also in another process, and beside the running node.
  RocksdbLogOptions read_only;
  read_only.read_only = true;
  auto auditor = *open_rocksdb_log(dir.path() + "/log", read_only);
  CHECK(absl::IsFailedPrecondition(auditor->read(1, 1, [](uint64_t, std::string_view) { return true; })));
  const auto whole_log = with_archive(std::move(auditor), bench.reader());
  CHECK(all_of(*whole_log, 1) == longer);
  CHECK(whole_log->stats().known);  // what the database says of itself passes through
  for (const uint64_t from : {uint64_t{2}, store->first_sequence(1) - 1, store->first_sequence(1), uint64_t{1000}})
    CHECK(all_of(*whole_log, 1, from) == longer.substr(longer.size() - all_of(*whole_log, 1, from).size()));
  int visits = 0;
  REQUIRE(whole_log->read(1, 5, [&](uint64_t sequence, std::string_view) {
                     CHECK(sequence == 5);
                     ++visits;
                     return false;
                   }).ok());
  CHECK(visits == 1);
  // It goes on.
  REQUIRE(append_next(*bench.log, 1, 5).ok());
  bench.round(**archiver);
  CHECK(verify_archive(*bench.reader()).problems.empty());
}

TEST_CASE("Nothing is forgotten that the archive does not hold byte for byte") {
  TempDir dir;
  Bench bench;
  bench.log = *open_rocksdb_log(dir.path() + "/log");
  for (int i = 0; i < 100; ++i) REQUIRE(append_next(*bench.log, 1, 3, 900).ok());
  bench.round(**bench.open());
  const std::string path = bench.reader()->segments(1)->front().path;
  std::string content = *backup::read_file(path, 1 << 30);
  content[content.size() / 3] ^= 1;
  REQUIRE(replace_file(path, content).ok());
  CHECK(absl::IsDataLoss(forget_archived(*bench.log, *bench.reader(), INT64_MAX).status()));
  CHECK(log_store_of(*bench.log)->first_sequence(1) == 1);
  CHECK(log_store_of(*open_memory_log()) == nullptr);
}

}  // namespace
}  // namespace tollgate
