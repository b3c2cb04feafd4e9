#include "audit/payment_rows.h"

#include <algorithm>
#include <cstring>

#include "tollgate/record/wire.h"

namespace tollgate::audit {

namespace {
constexpr std::size_t key_bytes = 8 + 1 + 12;
constexpr uint64_t history_field = 22;  // of Payment (payment/types.h)
}  // namespace

Status PaymentRows::fill(const std::string& from) {
  used_ = 0;
  Status bad;
  TOLLGATE_RETURN_IF_ERROR(log_.scan(Table::payments, from, end_, Order::forward, [&](std::string_view key, std::string_view value) {
    if (key.size() != key_bytes) return used_ < window_rows_;  // no payment's: it is found where the rows are added up
    if (used_ == window_.size()) window_.emplace_back();
    Row& row = window_[used_++];
    std::memcpy(row.core.bytes.data(), key.data() + 9, row.core.bytes.size());
    row.bytes.assign(value);
    row.taken = false;
    return used_ < window_rows_;
  }));
  return bad;
}

Status PaymentRows::take(const IdCore& core, std::string& row) {
  const auto find = [&] {
    const auto end = window_.begin() + static_cast<std::ptrdiff_t>(used_);
    const auto at = std::lower_bound(window_.begin(), end, core, [](const Row& one, const IdCore& wanted) { return one.core < wanted; });
    return at != end && at->core == core ? &*at : nullptr;
  };
  Row* found = find();
  const std::string key = keys::object(partner_, mode_, core);
  if (found == nullptr) {
    // One of long ago: the window stays where it is.
    const bool behind = used_ != 0 && core < window_.front().core;
    if (behind) return log_.get(Table::payments, key, row);
    TOLLGATE_RETURN_IF_ERROR(fill(key));
    found = find();
    if (found == nullptr) return not_found("no such row");
  }
  if (std::exchange(found->taken, true)) return log_.get(Table::payments, key, row);
  row.swap(found->bytes);
  return absl::OkStatus();
}

Status history_in_row(std::string_view row, std::vector<uint64_t>& history) {
  history.clear();
  wire::Reader in(row);
  while (!in.done()) {
    uint64_t tag = 0, number = 0;
    std::string_view bytes;
    if (!in.varint(tag)) return data_loss("{}", in.what());
    switch (static_cast<wire::WireType>(tag & 7)) {
      case wire::WireType::varint:
        if (!in.varint(number)) return data_loss("{}", in.what());
        break;
      case wire::WireType::fixed64:
        if (!in.fixed64(number)) return data_loss("{}", in.what());
        break;
      case wire::WireType::bytes:
        if (!in.bytes(bytes)) return data_loss("{}", in.what());
        break;
      default: return data_loss("wire type {}", tag & 7);
    }
    if (tag >> 3 != history_field) continue;
    if (static_cast<wire::WireType>(tag & 7) != wire::WireType::bytes) return data_loss("its history is not a list");
    wire::Reader list(bytes);
    while (!list.done()) {
      if (!list.varint(number)) return data_loss("{}", list.what());
      if (!history.empty() && number <= history.back()) return data_loss("its history does not ascend");
      history.push_back(number);
    }
  }
  return history.empty() ? data_loss("it has no history") : absl::OkStatus();
}

}  // namespace tollgate::audit
