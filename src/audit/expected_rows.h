// The state rows of some partners, as little of them as the check needs: by key, the last record that the row says it reflects and a digest
// of its bytes. With it a fold is compared as soon as it is complete and can be forgotten. Payments, which are many more, are read in windows
// instead (payment_rows.h).
#pragma once
#include <absl/container/flat_hash_map.h>

#include <cstring>

#include "tollgate/eventlog/event_log.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/record.h"

namespace tollgate::audit {

struct ObjectKey {
  PartnerId partner;
  IdCore core;
  uint16_t ordinal = 0;
  Mode mode = Mode::none;
  Table table = Table::payments;
  bool operator==(const ObjectKey&) const = default;
  template <class H>
  friend H AbslHashValue(H h, const ObjectKey& key) {
    return H::combine(std::move(h), key.partner.value, key.core.bytes, key.ordinal, key.mode, key.table);
  }
};
[[nodiscard]] std::string row_key(const ObjectKey& key);

using ShortDigest = std::array<uint8_t, 16>;
[[nodiscard]] ShortDigest short_digest(std::string_view bytes);

struct ExpectedRow {
  uint64_t last_sequence = 0;
  ShortDigest digest{};
  bool begun = false;  // the log has made the object
  bool done = false;   // its fold was complete, and equal to the row
};

class ExpectedRows {
 public:
  // Adds the rows of a partner's customers, payment methods and setup intents. data_loss names a row that is none.
  [[nodiscard]] Status load(const EventLog& log, PartnerId partner);
  // nullptr if there is no such row.
  [[nodiscard]] ExpectedRow* find(const ObjectKey& key) {
    const auto at = rows_.find(key);
    return at == rows_.end() ? nullptr : &at->second;
  }
  [[nodiscard]] bool begun(const ObjectKey& key) {
    const ExpectedRow* row = find(key);
    return row != nullptr && row->begun;
  }
  // One that no record has begun, if there is any.
  [[nodiscard]] const ObjectKey* find_unbegun() const;

 private:
  template <class T>
  Status load(const EventLog& log, Table table, PartnerId partner);
  absl::flat_hash_map<ObjectKey, ExpectedRow> rows_;
};

}  // namespace tollgate::audit
