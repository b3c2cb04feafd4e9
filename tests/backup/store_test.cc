// A backup directory: files by content, manifests with a checksum, and pictures of a database that is being written.
#include "backup/store.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include "backup/view.h"
#include "eventlog/backends.h"
#include "tollgate/base/time.h"
#include "tollgate/eventlog/rocksdb.h"

namespace tollgate {
namespace {

using backup::Manifest;
using testing::append_next;
using testing::head_of;
using testing::TempDir;

struct Bench {
  TempDir dir;
  std::unique_ptr<EventLog> log = *open_rocksdb_log(dir.path() + "/log");
  int64_t now_us = 1'000'000;
  [[nodiscard]] std::string backups() const { return dir.path() + "/backups"; }
  StatusOr<BackupInfo> create(const std::atomic<bool>* stop = nullptr) {
    return create_backup({.directory = backups(), .data_dir = dir.path(), .stop = stop, .node_version = "1", .now_us = now_us += 1'000'000},
                         {{"log", &log_store_of(*log)->snapshotter()}});
  }
};

TEST_CASE("A backup of a log that is being written holds all that was acknowledged before it") {
  Bench bench;
  std::atomic<bool> done{false};
  std::atomic<uint64_t> acknowledged{0};
  std::thread writer([&] {
    while (!done) {
      if (!append_next(*bench.log, 1, 2, 300).ok()) std::abort();
      acknowledged = head_of(*bench.log, 1).sequence;
    }
  });
  for (int i = 0; i < 8; ++i) {
    const uint64_t before = acknowledged;
    const auto made = bench.create();
    INFO(made.status().ToString());
    REQUIRE(made.ok());
    REQUIRE(made->partitions.size() == (before == 0 && made->partitions.empty() ? 0 : 1));
    if (before != 0) CHECK(made->partitions[0].sequence >= before);
  }
  done = true;
  writer.join();
  const auto checks = verify_backups(bench.backups(), {});
  REQUIRE(checks.ok());
  REQUIRE(checks->size() == 8);
  for (const BackupCheck& check : *checks) CHECK(check.problems.empty());
  // Each of them opens, to its last record.
  const auto all = list_backups(bench.backups());
  for (const BackupInfo& info : *all) {
    const auto log = open_backup_log(bench.backups(), info.id);
    REQUIRE(log.ok());
    if (!info.partitions.empty()) CHECK(head_of(**log, 1).sequence == info.partitions[0].sequence);
  }
}

TEST_CASE("A backup that is given up leaves nothing that counts") {
  Bench bench;
  REQUIRE(append_next(*bench.log, 1, 100).ok());
  REQUIRE(bench.create().ok());
  REQUIRE(append_next(*bench.log, 1, 100).ok());
  const std::atomic<bool> stop{true};
  CHECK(absl::IsUnavailable(bench.create(&stop).status()));
  CHECK(list_backups(bench.backups())->size() == 1);
  REQUIRE(bench.create().ok());
  const auto pruned = prune_backups(bench.backups(), 1, 0, bench.now_us);
  REQUIRE(pruned.ok());
  CHECK(pruned->removed.size() == 1);
  CHECK((*verify_backups(bench.backups(), {}))[0].problems.empty());
}

TEST_CASE("Pruning keeps by number and by age, and always the newest") {
  Bench bench;
  REQUIRE(append_next(*bench.log, 1, 1).ok());
  for (int i = 0; i < 5; ++i) {
    REQUIRE(bench.create().ok());
    bench.now_us += us_per_day;
  }
  // Ages: about 5, 4, 3, 2 and 1 days.
  CHECK(prune_backups(bench.backups(), 0, 4, bench.now_us)->removed.size() == 2);
  CHECK(prune_backups(bench.backups(), 3, 1, bench.now_us)->removed.empty());
  CHECK(prune_backups(bench.backups(), 2, 0, bench.now_us)->removed.size() == 1);
  CHECK(prune_backups(bench.backups(), 0, 1, bench.now_us + 100 * us_per_day)->removed.size() == 1);
  CHECK(list_backups(bench.backups())->size() == 1);
}

TEST_CASE("Backups sort in the order in which they were made, also when the clock was set back") {
  Bench bench;
  REQUIRE(append_next(*bench.log, 1, 1).ok());
  const auto first = bench.create();
  bench.now_us -= 3'600 * us_per_second;
  REQUIRE(append_next(*bench.log, 1, 1).ok());
  const auto second = bench.create(), third = bench.create();
  REQUIRE(third.ok());
  CHECK(first->id < second->id);
  CHECK(second->id < third->id);
  CHECK(list_backups(bench.backups())->back().partitions[0].sequence == 2);
}

TEST_CASE("A manifest is taken as it was written or not at all") {
  Manifest manifest;
  manifest.info = {.id = "20260131T120000.000000Z", .time_us = 5, .node_version = "1"};
  manifest.info.partitions.push_back({1, 2, 3, "ab", 4});
  manifest.info.keys.push_back({"pepper.key", "0011", "what"});
  manifest.databases.push_back({"log", "identity", {{"000001.sst", 12, std::string(64, 'a'), true}}});
  const std::string text = encode(manifest);
  const auto again = backup::decode_manifest(text, "here");
  INFO(again.status().ToString());
  REQUIRE(again.ok());
  CHECK(again->info.partitions[0].sequence == 2);
  CHECK(again->find("log")->find("000001.sst")->bytes == 12);
  for (std::size_t at = 0; at < text.size(); at += 3) {
    std::string bad = text;
    if (bad[at] == ' ' || bad[at] == '\n') continue;  // between the parts, where it means nothing
    bad[at] = static_cast<char>(bad[at] ^ 1);
    INFO("byte " << at);
    CHECK_FALSE(backup::decode_manifest(bad, "here").ok());
  }
  CHECK(absl::IsDataLoss(backup::decode_manifest(R"({"manifest":)" + std::string(200'000, '[') + std::string(200'000, ']') + R"(,"sha256":""})", "here").status()));
  // A name is never a path.
  manifest.databases[0].files[0].name = "../../etc/passwd";
  CHECK(absl::IsDataLoss(backup::decode_manifest(encode(manifest), "here").status()));
  manifest.databases[0].files[0] = {"000001.sst", 12, "../../../x", true};
  CHECK(absl::IsDataLoss(backup::decode_manifest(encode(manifest), "here").status()));
}

}  // namespace
}  // namespace tollgate
