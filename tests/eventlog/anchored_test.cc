// A log with its anchor: what was acknowledged and is gone is noticed, whatever became of the database.
#include "tollgate/eventlog/anchored.h"

#include <atomic>
#include <fstream>

#include "eventlog/backends.h"
#include "eventlog/damage.h"
#include "tollgate/rocks/snapshotter.h"

namespace tollgate::testing {
namespace {

struct Place {
  TempDir dir;
  std::string log = dir.path() + "/log";
  std::string anchor = dir.path() + "/anchor";
  std::vector<std::string> warnings;

  StatusOr<std::unique_ptr<EventLog>> try_open() {
    return open_anchored_log(log, anchor, {.log = {}, .failed = {}, .warn = [this](const std::string& what) { warnings.push_back(what); }});
  }
  std::unique_ptr<EventLog> open() {
    auto opened = try_open();
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    return *std::move(opened);
  }
  // Three appends to partition 1, one to partition 2. The write-ahead log's size before the last one.
  std::size_t fill() {
    const auto opened = open();
    REQUIRE(append_next(*opened, 1, 10).ok());
    REQUIRE(append_next(*opened, 2, 3).ok());
    REQUIRE(append_next(*opened, 1, 10).ok());
    const auto size = std::filesystem::file_size(wal());
    REQUIRE(append_next(*opened, 1, 10).ok());
    return size;
  }
  std::filesystem::path wal() const { return files_of(log, ".log").back(); }
};

std::string refused(Place& place) {
  const auto log = place.try_open();
  REQUIRE_FALSE(log.ok());
  CHECK(log.status().code() == absl::StatusCode::kDataLoss);
  return std::string(message_of(log.status()));
}

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

TEST_CASE("a log opens again behind its anchor and goes on") {
  Place place;
  place.fill();
  const auto log = place.open();
  CHECK(head_of(*log, 1).sequence == 30);
  CHECK(append_next(*log, 1, 1).ok());
  CHECK(place.warnings.empty());
}

TEST_CASE("what the database says of itself passes through its anchor") {
  Place place;
  auto opened = open_anchored_log(place.log, place.anchor, {.log = {.measure = true}, .failed = {}, .warn = {}});
  REQUIRE(opened.ok());
  REQUIRE(append_next(**opened, 1, 10).ok());
  CHECK((*opened)->stats().known);
  CHECK((*opened)->stats().wal_bytes > 0);
  CHECK((*opened)->last_sync_us() > 0);
}

TEST_CASE("an acknowledged tail that was cut off refuses to open, names what is missing, and changes nothing") {
  Place place;
  const std::size_t before_last = place.fill();
  std::filesystem::resize_file(place.wal(), before_last);
  const std::string wal = content_of(place.wal());
  const std::string what = refused(place);
  CHECK(says(what, "partition 1 ends at record 20, but records up to 30 were acknowledged: 10 are missing at its end"));
  CHECK_FALSE(says(what, "partition 2"));
  CHECK(says(what, "Restore the data directory from a backup"));
  CHECK(content_of(place.wal()) == wal);
  CHECK(refused(place) == what);
}

TEST_CASE("a torn tail that was never acknowledged is cut") {
  Place place;
  place.fill();
  std::ofstream(place.wal(), std::ios::app | std::ios::binary) << std::string("\x12\x34\x56\x78\x90\x01\x01torn", 11);
  CHECK(head_of(*place.open(), 1).sequence == 30);
}

TEST_CASE("a log that was replaced by another one refuses to open") {
  Place place, other;
  place.fill();
  {
    const auto log = other.open();
    REQUIRE(append_next(*log, 1, 40, 12).ok());
    REQUIRE(append_next(*log, 2, 40, 12).ok());
  }
  std::filesystem::remove_all(place.log);
  std::filesystem::copy(other.log, place.log, std::filesystem::copy_options::recursive);
  const std::string what = refused(place);
  CHECK(says(what, "partition 1: record 30 is not the one that was acknowledged"));
  CHECK(says(what, "partition 2: record 3 is not the one that was acknowledged"));
}

TEST_CASE("a log that is gone refuses to open, and none is made") {
  Place place;
  place.fill();
  std::filesystem::remove_all(place.log);
  CHECK(says(refused(place), "partition 1 ends at record 0, but records up to 30 were acknowledged"));
  CHECK_FALSE(std::filesystem::exists(place.log));
}

TEST_CASE("without an anchor one is made, and that is said") {
  Place place;
  place.fill();
  std::filesystem::remove(place.anchor);
  { const auto log = place.open(); }
  REQUIRE(place.warnings.size() == 1);
  CHECK(says(place.warnings[0], "was missing"));
  CHECK(read_anchor(place.anchor)->slots[0].sequence == 30);
}

TEST_CASE("a damaged anchor refuses to open: nobody can tell whether the log is whole") {
  Place place;
  place.fill();
  std::filesystem::resize_file(place.anchor, 10);
  CHECK(says(refused(place), "tollgate anchor accept"));
}

TEST_CASE("an operator's decision is recorded, keeps the files, and later writers have a higher epoch") {
  Place place;
  const std::size_t before_last = place.fill();
  {
    const auto log = place.open();
    REQUIRE(append_next(*log, 1, 5, 10, 9).ok());
  }
  std::filesystem::resize_file(place.wal(), 0);
  CHECK(before_last > 0);
  CHECK_FALSE(place.try_open().ok());
  const auto given_up = accept_log_as_it_is(place.log, place.anchor, "the disk of node \"a\" died", 1'750'000'000'000'000);
  REQUIRE(given_up.ok());
  REQUIRE(given_up->size() == 1);
  CHECK((*given_up)[0].anchored.sequence == 35);
  CHECK((*given_up)[0].found.sequence == 30);
  const std::string line = content_of(place.anchor + ".accepted");
  CHECK(says(line, R"("reason":"the disk of node \"a\" died")"));
  CHECK(says(line, R"("partition":1,"acknowledged":{"sequence":35,"epoch":9,)"));
  CHECK(std::filesystem::exists(place.log + "-before-1750000000000000"));
  const auto log = place.open();
  CHECK(head_of(*log, 1).sequence == 30);
  // 9 wrote what is lost: whoever writes these sequences again must not be taken for it.
  CHECK(head_of(*log, 1).epoch == 9);
  CHECK(place.warnings.empty());
}

TEST_CASE("a bad byte in the write-ahead log can be given up from there on, by decision only") {
  Place place;
  const std::size_t before_last = place.fill();
  flip_bits(place.wal(), before_last + 20, 0x20);
  refused(place);
  const auto given_up = accept_log_as_it_is(place.log, place.anchor, "no backup", 1);
  REQUIRE(given_up.ok());
  CHECK(given_up->size() == 1);
  CHECK(head_of(*place.open(), 1).sequence == 20);
}

TEST_CASE("an anchor that cannot be written any more closes the log") {
  Place place;
  std::atomic<bool> told{false};
  auto log = open_anchored_log(place.log, place.anchor, {.log = {}, .failed = [&](const Status&) { told = true; }, .warn = {}});
  REQUIRE(log.ok());
  // An anchor has so many slots and no more.
  Status status;
  for (uint32_t partition = 1; partition <= anchor_slots_max + 1 && status.ok(); ++partition) status = append_next(**log, partition, 1);
  for (int i = 0; i < 10'000 && !told; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(told);
  status = append_next(**log, 1, 1);
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(message_of(status).starts_with("the log takes no more"));
}

TEST_CASE("what only the embedded log has is reached through its anchor") {
  Place place;
  auto log = place.open();
  for (int i = 0; i < 200; ++i) REQUIRE(append_next(*log, 1, 3, 900).ok());
  LogStore* store = log_store_of(*log);
  REQUIRE(store != nullptr);
  CHECK(store->snapshotter().identity().ok());
  CHECK(store->first_sequence(1) == 1);
  const auto first = store->forget_before(1, 600);
  REQUIRE(first.ok());
  CHECK(*first > 1);
  log.reset();
  // The anchor names the end, and the end is never forgotten.
  log = place.open();
  CHECK(log_store_of(*log)->first_sequence(1) == *first);
  CHECK(head_of(*log, 1).sequence == 600);

  const auto in_memory = anchor_log(open_memory_log(), place.anchor + "2", {}, {});
  REQUIRE(in_memory.ok());
  CHECK(log_store_of(**in_memory) == nullptr);
}

TEST_CASE("a log in memory is compared as well") {
  const auto log = open_memory_log();
  REQUIRE(append_next(*log, 1, 10).ok());
  const Head head = head_of(*log, 1);
  CHECK(compare_with_anchor({1, {{1, 1, 10, head.hash}}}, *log).empty());
  CHECK(compare_with_anchor({1, {{1, 1, 11, head.hash}}}, *log).size() == 1);
  CHECK(compare_with_anchor({1, {{1, 1, 9, head.hash}}}, *log).size() == 1);
  CHECK(compare_with_anchor({1, {{2, 1, 1, head.hash}, {3, 5, 0, {}}}}, *log).size() == 1);
}

}  // namespace
}  // namespace tollgate::testing
