// What every backend of the event log must do. One suite, run on all of them.
#include <atomic>
#include <thread>

#include "eventlog/backends.h"
#include "tollgate/eventlog/keys.h"

namespace tollgate::testing {
namespace {

std::vector<uint64_t> sequences(const EventLog& log, uint32_t partition, uint64_t from, std::size_t limit = SIZE_MAX) {
  std::vector<uint64_t> found;
  const Status status = log.read(partition, from, [&](uint64_t sequence, std::string_view bytes) {
    const auto record = decode_record(bytes);
    REQUIRE(record.ok());
    CHECK(record->header.sequence == sequence);
    CHECK(record->header.partition == partition);
    found.push_back(sequence);
    return found.size() < limit;
  });
  CHECK(status.ok());
  return found;
}
std::vector<uint64_t> range(uint64_t first, uint64_t last) {
  std::vector<uint64_t> all;
  for (uint64_t i = first; i <= last; ++i) all.push_back(i);
  return all;
}

std::string value_of(const EventLog& log, Table table, std::string_view key) {
  std::string value = "untouched";
  const Status status = log.get(table, key, value);
  if (status.code() == absl::StatusCode::kNotFound) return "(none)";
  CHECK(status.ok());
  return value;
}
std::string scanned(const EventLog& log, std::string_view from, std::string_view to, Order order, std::size_t limit = SIZE_MAX) {
  std::string found;
  std::size_t count = 0;
  CHECK(log.scan(Table::index, from, to, order, [&](std::string_view key, std::string_view value) {
             found.append(key).append("=").append(value).append(" ");
             return ++count < limit;
           }).ok());
  return found;
}

template <class S>
struct Fixture {
  S storage;
  std::unique_ptr<EventLog> log = storage.open();
  void restart() {
    log.reset();
    log = storage.open();
  }
};

#define ON_EVERY_BACKEND(name) TEMPLATE_TEST_CASE_METHOD(Fixture, name, "", MemoryStorage, RocksdbStorage)
#define LOG (*this->log)

ON_EVERY_BACKEND("a new log is empty") {
  CHECK(head_of(LOG, 1).sequence == 0);
  CHECK(head_of(LOG, 1).hash == genesis_hash);
  CHECK(LOG.partitions()->empty());
  CHECK(sequences(LOG, 1, 1).empty());
  CHECK(sequences(LOG, 1, 0).empty());
  CHECK(value_of(LOG, Table::payments, "p") == "(none)");
  CHECK(scanned(LOG, "", "", Order::forward).empty());
}

ON_EVERY_BACKEND("what was appended is there, also after a restart") {
  const Append append = next_records(2, {}, 3);
  const std::vector<Row> rows = {{Table::payments, "p1", "one"}, {Table::index, "i1", ""}};
  REQUIRE(LOG.append({&append, 1}, rows).ok());
  for (int round = 0; round < 2; ++round) {
    CHECK(head_of(LOG, 2).sequence == 3);
    CHECK(head_of(LOG, 2).epoch == 1);
    CHECK(head_of(LOG, 2).hash == append.last_hash);
    CHECK(*LOG.partitions() == std::vector<uint32_t>{2});
    CHECK(value_of(LOG, Table::payments, "p1") == "one");
    CHECK(value_of(LOG, Table::index, "i1").empty());
    CHECK(value_of(LOG, Table::customers, "p1") == "(none)");
    std::string bytes;
    REQUIRE(LOG.read(2, 1, [&](uint64_t, std::string_view record) {
                 bytes.append(record);
                 return true;
               }).ok());
    CHECK(bytes == append.records);
    this->restart();
  }
}

ON_EVERY_BACKEND("an append may hold records of several partitions, or rows alone") {
  const std::vector<Append> appends = {next_records(0, {}, 1), next_records(7, {}, 2), next_records(UINT32_MAX, {}, 3)};
  REQUIRE(LOG.append(appends, {}).ok());
  const Row row{Table::meta, "m", "x"};
  REQUIRE(LOG.append({}, {&row, 1}).ok());
  this->restart();
  CHECK(*LOG.partitions() == std::vector<uint32_t>{0, 7, UINT32_MAX});
  CHECK(sequences(LOG, 0, 1) == range(1, 1));
  CHECK(sequences(LOG, 7, 1) == range(1, 2));
  CHECK(sequences(LOG, UINT32_MAX, 1) == range(1, 3));
  CHECK(sequences(LOG, 6, 1).empty());
  CHECK(value_of(LOG, Table::meta, "m") == "x");
}

ON_EVERY_BACKEND("reading begins anywhere and ends when the visitor has had enough") {
  REQUIRE(append_next(LOG, 1, 5).ok());
  REQUIRE(append_next(LOG, 2, 5).ok());
  REQUIRE(append_next(LOG, 1, 1).ok());
  REQUIRE(append_next(LOG, 1, 300, 1'000).ok());  // several blocks
  REQUIRE(append_next(LOG, 1, 4).ok());
  for (const uint64_t from : {0, 1, 2, 5, 6, 7, 8, 37, 38, 39, 40, 200, 305, 306, 307, 310}) {
    CHECK(sequences(LOG, 1, from) == range(std::max<uint64_t>(from, 1), 310));
    CHECK(sequences(LOG, 1, from, 1) == range(std::max<uint64_t>(from, 1), std::max<uint64_t>(from, 1)));
  }
  CHECK(sequences(LOG, 1, 311).empty());
  CHECK(sequences(LOG, 1, 1'000'000).empty());
  CHECK(sequences(LOG, 1, 30, 20) == range(30, 49));
}

ON_EVERY_BACKEND("a visitor may read from the log itself") {
  REQUIRE(append_next(LOG, 1, 2).ok());
  const Row row{Table::index, "k", "v"};
  REQUIRE(LOG.append({}, {&row, 1}).ok());
  int nested = 0;
  REQUIRE(LOG.read(1, 1, [&](uint64_t, std::string_view) {
               nested += static_cast<int>(sequences(LOG, 1, 1).size());
               return LOG.scan(Table::index, "", "", Order::forward, [&](std::string_view, std::string_view) {
                            nested += value_of(LOG, Table::index, "k") == "v" ? 10 : 0;
                            return true;
                          }).ok();
             }).ok());
  CHECK(nested == 24);
}

ON_EVERY_BACKEND("a wrong expected sequence is refused, writes nothing, and closes the log for writing") {
  REQUIRE(append_next(LOG, 1, 3).ok());
  const uint64_t wrong = GENERATE(uint64_t{0}, uint64_t{3}, uint64_t{5});
  Append append = next_records(1, head_of(LOG, 1), 1);
  Head other = head_of(LOG, 1);
  other.sequence = wrong - 1;
  append = next_records(1, other, 1);
  const Append good = next_records(9, {}, 1);
  const std::vector<Append> both = {good, append};
  const Row row{Table::payments, "p", "x"};
  CHECK(LOG.append(both, {&row, 1}).code() == absl::StatusCode::kFailedPrecondition);
  CHECK(head_of(LOG, 1).sequence == 3);
  CHECK(head_of(LOG, 9).sequence == 0);
  CHECK(value_of(LOG, Table::payments, "p") == "(none)");
  CHECK_FALSE(append_next(LOG, 1, 1).ok());
  CHECK_FALSE(LOG.append({}, {&row, 1}).ok());
  CHECK(sequences(LOG, 1, 1) == range(1, 3));
  this->restart();
  CHECK(sequences(LOG, 1, 1) == range(1, 3));
  CHECK(append_next(LOG, 1, 1).ok());
}

ON_EVERY_BACKEND("a writer of an older epoch is fenced off, also after a restart; a newer one takes over") {
  REQUIRE(append_next(LOG, 1, 1, 10, 4).ok());
  REQUIRE(append_next(LOG, 1, 1, 10, 4).ok());
  REQUIRE(append_next(LOG, 1, 1, 10, 5).ok());
  REQUIRE(append_next(LOG, 2, 1, 10, 1).ok());  // each partition has its own
  this->restart();
  CHECK(head_of(LOG, 1).epoch == 5);
  CHECK(append_next(LOG, 1, 1, 10, 4).code() == absl::StatusCode::kFailedPrecondition);
  CHECK(head_of(LOG, 1).sequence == 3);
}

ON_EVERY_BACKEND("an append that does not hold what it says is refused whole") {
  REQUIRE(append_next(LOG, 1, 2).ok());
  Append append = next_records(1, head_of(LOG, 1), 3);
  SECTION("more announced than there are") { append.record_count = 4; }
  SECTION("fewer announced than there are") { append.record_count = 2; }
  SECTION("none") {
    append.record_count = 0;
    append.records.clear();
  }
  SECTION("cut off") { append.records.pop_back(); }
  SECTION("no record") { append.records[0] = 'X'; }
  SECTION("of another partition") { append.partition = 2, append.expected_sequence = 1; }
  SECTION("of another epoch") { append.epoch = 2; }
  const Row row{Table::payments, "p", "x"};
  CHECK_FALSE(LOG.append({&append, 1}, {&row, 1}).ok());
  CHECK(value_of(LOG, Table::payments, "p") == "(none)");
  this->restart();
  CHECK(sequences(LOG, 1, 1) == range(1, 2));
}

ON_EVERY_BACKEND("the same partition twice in one append is refused") {
  Append first = next_records(1, {}, 1);
  const std::vector<Append> appends = {first, first};
  CHECK_FALSE(LOG.append(appends, {}).ok());
}

ON_EVERY_BACKEND("rows are put, replaced and deleted, the last of an append counts") {
  std::vector<Row> rows = {{Table::index, "a", "1"}, {Table::index, "b", "2"}, {Table::index, "c", "3"}, {Table::index, "b", "22"}};
  REQUIRE(LOG.append({}, rows).ok());
  CHECK(scanned(LOG, "", "", Order::forward) == "a=1 b=22 c=3 ");
  rows = {{Table::index, "a", std::nullopt}, {Table::index, "missing", std::nullopt}, {Table::index, "c", std::nullopt}, {Table::index, "c", "33"}};
  REQUIRE(LOG.append({}, rows).ok());
  CHECK(scanned(LOG, "", "", Order::forward) == "b=22 c=33 ");
  this->restart();
  CHECK(scanned(LOG, "", "", Order::forward) == "b=22 c=33 ");
  CHECK(value_of(LOG, Table::index, "a") == "(none)");
}

ON_EVERY_BACKEND("walks keep to their bounds, forward and backward") {
  std::vector<Row> rows;
  for (const char* key : {"a", "aa", "ab", "b", "ba", "c"}) rows.push_back({Table::index, key, key});
  rows.push_back({Table::timers, "ab", "another table"});
  REQUIRE(LOG.append({}, rows).ok());
  CHECK(scanned(LOG, "aa", "ba", Order::forward) == "aa=aa ab=ab b=b ");
  CHECK(scanned(LOG, "aa", "ba", Order::backward) == "b=b ab=ab aa=aa ");
  CHECK(scanned(LOG, "a", keys::after_prefix("a"), Order::backward) == "ab=ab aa=aa a=a ");
  CHECK(scanned(LOG, "aaa", "", Order::forward) == "ab=ab b=b ba=ba c=c ");
  CHECK(scanned(LOG, "", "", Order::backward, 2) == "c=c ba=ba ");
  CHECK(scanned(LOG, "", "", Order::forward, 1) == "a=a ");
  CHECK(scanned(LOG, "bb", "bc", Order::forward).empty());
  CHECK(scanned(LOG, "b", "b", Order::backward).empty());
  CHECK(scanned(LOG, "c", "a", Order::forward).empty());
}

ON_EVERY_BACKEND("every table is its own") {
  std::vector<Row> rows;
  for (std::size_t table = 1; table <= table_count; ++table) rows.push_back({static_cast<Table>(table), "k", std::to_string(table)});
  REQUIRE(LOG.append({}, rows).ok());
  this->restart();
  for (std::size_t table = 1; table <= table_count; ++table) CHECK(value_of(LOG, static_cast<Table>(table), "k") == std::to_string(table));
}

ON_EVERY_BACKEND("partitions append in parallel, and readers see whole appends only") {
  constexpr uint64_t appends_each = 60;
  std::atomic<bool> done{false};
  std::atomic<uint64_t> torn{0}, reads{0};
  const auto writer = [&](uint32_t partition) {
    for (uint64_t i = 1; i <= appends_each; ++i) {
      const Append append = next_records(partition, head_of(LOG, partition), 3);
      const std::string count = std::to_string(3 * i), key = "p" + std::to_string(partition);
      const std::vector<Row> rows = {{Table::index, key + "a", count}, {Table::index, key + "b", count}};
      if (!LOG.append({&append, 1}, rows).ok()) torn = 1'000;
    }
  };
  std::thread reader([&] {
    while (!done) {
      std::string seen[2];
      std::size_t at = 0;
      if (!LOG.scan(Table::index, "p1", "p2", Order::forward, [&](std::string_view, std::string_view value) {
                 seen[at++ % 2] = value;
                 return true;
               }).ok()) ++torn;
      if (seen[0] != seen[1]) ++torn;
      const uint64_t head = head_of(LOG, 1).sequence;
      uint64_t last = 0;
      if (!LOG.read(1, 1, [&](uint64_t sequence, std::string_view) {
                 last = sequence;
                 return true;
               }).ok()) ++torn;
      if (last % 3 != 0 || last < head) ++torn;
      ++reads;
    }
  });
  std::thread one([&] { writer(1); }), two([&] { writer(2); });
  one.join();
  two.join();
  while (reads == 0) std::this_thread::yield();
  done = true;
  reader.join();
  CHECK(torn == 0);
  CHECK(sequences(LOG, 1, 1) == range(1, 3 * appends_each));
  CHECK(sequences(LOG, 2, 1) == range(1, 3 * appends_each));
}

}  // namespace
}  // namespace tollgate::testing
