// Which records a command brought, and the row that its idempotency key must have left.
#pragma once
#include <optional>
#include <string>

#include "tollgate/record/idempotency.h"
#include "tollgate/record/record.h"

namespace tollgate::audit {

// Where a row comes from.
struct Origin {
  uint64_t sequence = 0;
  int64_t time_us = 0;
};

struct KeyRow {
  std::string key, value;
  Origin origin;  // the command's first record
};

class Commands {
 public:
  // Takes the records of a partition in their order. The row of the command that this one ends, if that had an idempotency key; it lives until the next call.
  [[nodiscard]] const KeyRow* take(const Record& record);
  // The last command's.
  [[nodiscard]] const KeyRow* end();

 private:
  void begin(const Record& record);
  // What a record adds to the entry of its command.
  void add(const Record& record);

  bool open_ = false;  // with a key
  PartnerId partner_;
  Mode mode_ = Mode::none;
  IdempotencyEntry entry_;
  KeyRow row_;    // of the command that is open
  KeyRow ended_;  // of the one before; both are kept for their memory
};

}  // namespace tollgate::audit
