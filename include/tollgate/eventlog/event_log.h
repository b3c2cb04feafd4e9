// The event log port: an append-only sequence of records per partition, and the state rows that follow from them.
// Backends: memory (tests, simulator), rocksdb (embedded default), kafka (later). tests/eventlog holds their conformance suite.
//
// append() is one atomic, durable write: afterwards either all of it is there, across a crash, or nothing is. A backend whose
// records live elsewhere (Kafka) writes the rows locally with the position that they reflect.
//
// Threads: append() of one partition from one thread at a time, of different partitions in parallel. get(), scan(), read() and
// head() from any thread at any time; they see whole appends only.
// After any error of append() the backend refuses all further appends: the node stops and recovers from what is durable.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/base/digest.h"
#include "tollgate/base/status.h"
#include "tollgate/eventlog/stats.h"

namespace tollgate {

// Kinds of state rows; a key is unique within its table. Numbers are permanent.
enum class Table : uint8_t {
  payments = 1,     // partner u64, mode u8, core 12 -> Payment
  customers = 2,    // the same -> Customer
  methods = 3,      // partner, mode, core, ordinal u16 -> PaymentMethod
  setups = 4,       // partner, mode, core -> SetupIntent
  books = 5,        // partner, mode -> Books
  idempotency = 6,  // partner, mode, 16 bytes of SHA-256 of the key -> IdempotencyEntry
  index = 7,        // projection/index.h
  timers = 8,       // engine/timers.h
  in_doubt = 9,     // partition u32, partner, mode, core -> nothing: payments whose operations need the resolver
  partners = 10,    // partner -> Partner
  meta = 11,        // partition u32 -> PartitionMeta; partition, partner, mode -> DayTotals
};
inline constexpr std::size_t table_count = 11;

struct Row {
  Table table = Table::payments;
  std::string key;
  std::optional<std::string> value;  // absent: the row is deleted
};

// Where a partition ends.
struct Head {
  uint64_t sequence = 0;  // of the last record; 0: empty
  uint64_t epoch = 0;     // of the last record
  Digest hash{};          // of the last record; genesis_hash if empty
};

struct Append {
  uint32_t partition = 0;
  uint64_t epoch = 0;
  uint64_t expected_sequence = 0;  // of the first record of `records`: the head's plus one, else failed_precondition
  uint64_t record_count = 0;
  std::string records;             // one behind the other (record/record.h)
  Digest last_hash{};              // hash of the last one
};

enum class Order : uint8_t { forward, backward };

class EventLog {
 public:
  virtual ~EventLog() = default;

  // All or nothing, synced when it returns. An epoch below the head's is refused (failed_precondition): a fenced writer.
  [[nodiscard]] virtual Status append(std::span<const Append> appends, std::span<const Row> rows) = 0;
  [[nodiscard]] virtual StatusOr<Head> head(uint32_t partition) const = 0;
  // Partitions that hold at least one record, ascending.
  [[nodiscard]] virtual StatusOr<std::vector<uint32_t>> partitions() const = 0;

  // Calls `visit(sequence, bytes)` for each record from `from_sequence` on until it returns false. The bytes live for that call only.
  // A gap, or a block that is not whole records, is data_loss.
  using RecordVisitor = std::function<bool(uint64_t sequence, std::string_view record)>;
  [[nodiscard]] virtual Status read(uint32_t partition, uint64_t from_sequence, const RecordVisitor& visit) const = 0;

  // not_found if there is no such row.
  [[nodiscard]] virtual Status get(Table table, std::string_view key, std::string& value) const = 0;
  // Rows with from <= key < to (an empty `to`: to the table's end), in key order or against it, until `visit` returns false.
  using RowVisitor = std::function<bool(std::string_view key, std::string_view value)>;
  [[nodiscard]] virtual Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const = 0;

  // For who watches the node. A log that stands before another passes both on.
  [[nodiscard]] virtual EventLogStats stats() const { return {}; }
  // How long the sync took of the last append of the calling thread.
  [[nodiscard]] virtual int64_t last_sync_us() const { return 0; }
};

}  // namespace tollgate
