// One partition: where its log stands, what it appends in this round, and which acquirer operations are open.
#pragma once
#include <cstdint>
#include <deque>

#include "tollgate/base/fields.h"
#include "tollgate/eventlog/event_log.h"
#include "tollgate/record/record.h"

namespace tollgate::engine {

// Row of Table::meta. Everything before the floor has its outcome, or a row in Table::in_doubt: recovery begins reading here.
struct PartitionMeta {
  uint64_t open_floor_sequence = 1;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "open_floor_sequence", self.open_floor_sequence);
  }
};

// Sequences of the requests that wait for an acquirer, in order; closed in any order.
class OpenOperations {
 public:
  void open(uint64_t sequence) { entries_.push_back({sequence, true}); }
  void close(uint64_t sequence);
  // The oldest open one, or `otherwise`.
  [[nodiscard]] uint64_t floor(uint64_t otherwise) const { return entries_.empty() ? otherwise : entries_.front().sequence; }

 private:
  struct Entry {
    uint64_t sequence;
    bool open;
  };
  std::deque<Entry> entries_;
};

class Partition {
 public:
  // `epoch_min`: its writer's epoch is at least this, and always above that of the last record.
  Partition(uint32_t id, const Head& head, int64_t last_time_us, uint64_t epoch_min);

  // The time of the next record: now, but always behind the one before.
  [[nodiscard]] int64_t next_time_us(int64_t now_us) const { return now_us > last_time_us_ ? now_us : last_time_us_ + 1; }
  [[nodiscard]] uint64_t next_sequence() const { return sequence_ + 1; }

  // Adds the record to this round's append and gives its header.
  [[nodiscard]] StatusOr<RecordHeader> add(int64_t now_us, PartnerId partner, Mode mode, const Cause& cause, const Event& event);
  // Adds a record that exists already, as it is: `header` and `hash` are its own, and it follows from the one before.
  void add_existing(const RecordHeader& header, std::string_view bytes, const Digest& hash);
  // Where the append stands, to take back the records of a command whose last one did not fit.
  struct Mark {
    std::size_t bytes;
    uint64_t count, sequence;
    Digest hash;
    int64_t last_time_us;
  };
  [[nodiscard]] Mark mark() const { return {append_.records.size(), append_.record_count, sequence_, hash_, last_time_us_}; }
  void rewind(const Mark& mark);
  [[nodiscard]] bool has_work() const { return append_.record_count > 0; }
  // This round's append; the next one begins behind it.
  [[nodiscard]] Append take();

  [[nodiscard]] uint32_t id() const { return id_; }
  [[nodiscard]] uint64_t epoch() const { return epoch_; }
  [[nodiscard]] const Digest& hash() const { return hash_; }
  [[nodiscard]] int64_t last_time_us() const { return last_time_us_; }
  OpenOperations operations;

 private:
  uint32_t id_;
  uint64_t epoch_, sequence_;
  Digest hash_;
  int64_t last_time_us_;
  Append append_;
};

}  // namespace tollgate::engine
