// One segment of records in a file, and every way in which its bytes can be wrong.
#include "backup/segment.h"

#include "eventlog/backends.h"

namespace tollgate::backup {
namespace {

using tollgate::testing::next_records;
using tollgate::testing::TempDir;

// `count` records of partition 3, from sequence 11 on.
std::string segment_of(std::size_t count, std::size_t record_bytes = 100) {
  Head head;
  head.sequence = 10;
  const Append append = next_records(3, head, count, record_bytes, 7);
  SegmentWriter writer(2, 3);
  std::string_view rest = append.records;
  while (!rest.empty()) {
    const auto record = first_record(rest);
    REQUIRE(writer.add(*record).ok());
    rest.remove_prefix(record->size());
  }
  return writer.finish();
}

Status whole(const std::string& path) {
  const auto segment = Segment::open(path);
  return segment.ok() ? segment->verify({}) : segment.status();
}

TEST_CASE("A segment gives back its records, from any of them on") {
  TempDir dir;
  const std::string path = dir.path() + "/one.seg";
  // Several chunks, and one record that is larger than a chunk's target.
  for (const auto& [count, bytes] : {std::pair<std::size_t, std::size_t>{1, 10}, {2'000, 100}, {5, 65'000}}) {
    REQUIRE(replace_file(path, segment_of(count, bytes)).ok());
    REQUIRE(whole(path).ok());
    const auto segment = Segment::open(path);
    CHECK(segment->header().partition == 3);
    CHECK(segment->header().generation == 2);
    CHECK(segment->header().first == 11);
    CHECK(segment->header().last == 10 + count);
    CHECK(segment->header().first_epoch == 7);
    for (const uint64_t from : {uint64_t{1}, uint64_t{11}, uint64_t{11 + count / 2}, uint64_t{10 + count}}) {
      uint64_t next = std::max<uint64_t>(from, 11);
      bool more = true;
      REQUIRE(segment->read(from, [&](uint64_t sequence, std::string_view bytes_of_record) {
                        REQUIRE(sequence == next++);
                        REQUIRE(decode_header(bytes_of_record)->sequence == sequence);
                        return true;
                      }, more).ok());
      CHECK(next == 11 + count);
      CHECK(more);
    }
  }
}

TEST_CASE("A reader of a segment stops when it has enough") {
  TempDir dir;
  const std::string path = dir.path() + "/one.seg";
  REQUIRE(replace_file(path, segment_of(500)).ok());
  const auto segment = Segment::open(path);
  int visits = 0;
  bool more = true;
  REQUIRE(segment->read(20, [&](uint64_t, std::string_view) { return ++visits < 3; }, more).ok());
  CHECK(visits == 3);
  CHECK_FALSE(more);
}

TEST_CASE("Every byte of a segment counts") {
  TempDir dir;
  const std::string path = dir.path() + "/one.seg", good = segment_of(6, 20);
  REQUIRE(replace_file(path, good).ok());
  REQUIRE(whole(path).ok());
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x04);
    REQUIRE(replace_file(path, bad).ok());
    INFO("byte " << at);
    const Status status = whole(path);
    REQUIRE(absl::IsDataLoss(status));
    REQUIRE(message_of(status).find(path) != std::string_view::npos);
  }
}

TEST_CASE("A segment that was cut off or added to is refused") {
  TempDir dir;
  const std::string path = dir.path() + "/one.seg", good = segment_of(20);
  for (const std::size_t kept : {std::size_t{0}, std::size_t{1}, segment_header_bytes - 1, segment_header_bytes, segment_header_bytes + 32, good.size() / 2, good.size() - 1}) {
    REQUIRE(replace_file(path, good.substr(0, kept)).ok());
    REQUIRE(absl::IsDataLoss(whole(path)));
  }
  REQUIRE(replace_file(path, good + "x").ok());
  REQUIRE(absl::IsDataLoss(whole(path)));
}

TEST_CASE("A segment takes no record that does not follow from the one before") {
  Head head;
  head.sequence = 10;
  const Append one = next_records(3, head, 1), other = next_records(3, {.sequence = 11, .epoch = 1, .hash = {}}, 1);
  SegmentWriter writer(1, 3);
  REQUIRE(writer.add(one.records).ok());
  CHECK(absl::IsDataLoss(writer.add(one.records)));
  CHECK(absl::IsDataLoss(writer.add(other.records)));  // the right sequence, another history
  CHECK(absl::IsDataLoss(writer.add("no record at all")));
}

TEST_CASE("Names of segments say what is in them") {
  uint64_t first = 0, last = 0;
  REQUIRE(parse_segment_name(segment_name(1, 999), first, last));
  CHECK(first == 1);
  CHECK(last == 999);
  for (const char* bad : {"", ".seg", "1-2", "x-2.seg", "2-1.seg", "0-1.seg", "1-2.seg.new", "000000000001-000000000002x.seg"}) {
    INFO(bad);
    CHECK_FALSE(parse_segment_name(bad, first, last));
  }
}

}  // namespace
}  // namespace tollgate::backup
