// The payments' rows of one partner and mode, read a window at a time: records create payments nearly in the order of their ids, which is the order of the rows.
#pragma once
#include <string>
#include <vector>

#include "tollgate/eventlog/event_log.h"
#include "tollgate/eventlog/keys.h"

namespace tollgate::audit {

class PaymentRows {
 public:
  PaymentRows(const EventLog& log, PartnerId partner, Mode mode, std::size_t window_rows)
      : log_(log), end_(keys::after_prefix(keys::stream(partner, mode))), partner_(partner), mode_(mode), window_rows_(window_rows) {}

  // The row of that payment. not_found if there is none.
  [[nodiscard]] Status take(const IdCore& core, std::string& row);

 private:
  struct Row {
    IdCore core;
    std::string bytes;
    bool taken = false;
  };
  [[nodiscard]] Status fill(const std::string& from);

  const EventLog& log_;
  std::string end_;
  PartnerId partner_;
  Mode mode_;
  std::size_t window_rows_;
  std::vector<Row> window_;
  std::size_t used_ = 0;  // of window_: kept for their memory
};

// The sequences that a payment's row names as its records, without decoding the rest of it. data_loss if they are not there, or not ascending.
[[nodiscard]] Status history_in_row(std::string_view row, std::vector<uint64_t>& history);

}  // namespace tollgate::audit
