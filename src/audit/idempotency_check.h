// One result for each idempotency key: the keys that records carry, compared with one another and with the rows that keep them.
#pragma once
#include <absl/container/flat_hash_map.h>

#include "audit/expected_rows.h"

namespace tollgate::audit {

class IdempotencyCheck {
 public:
  explicit IdempotencyCheck(int64_t kept_us) : kept_us_(kept_us) {}

  // Takes the cause of a record. Empty if its key was not used before, else what is wrong.
  [[nodiscard]] std::string used_before(const RecordHeader& header, const Cause& cause);
  // Takes a row, whose key is long enough for partner and mode. Empty if a record said the same, else what is wrong with it.
  [[nodiscard]] std::string wrong_row(std::string_view key, std::string_view value, uint64_t last_sequence);
  // After all rows were taken: the record of a key that has none although it must still be kept at `now_us`; 0 if there is none.
  [[nodiscard]] uint64_t find_missing_row(int64_t now_us) const;
  [[nodiscard]] uint64_t size() const { return used_.size(); }

 private:
  struct Key {
    PartnerId partner;
    ShortDigest key{};
    Mode mode = Mode::none;
    bool operator==(const Key&) const = default;
    template <class H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.partner.value, key.key, key.mode);
    }
  };
  struct Use {
    uint64_t sequence = 0;
    int64_t time_us = 0;
    ShortDigest request{};  // of what the row must repeat of the cause
    bool has_row = false;
  };
  int64_t kept_us_;
  absl::flat_hash_map<Key, Use> used_;
};

}  // namespace tollgate::audit
