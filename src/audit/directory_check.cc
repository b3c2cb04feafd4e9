#include "audit/directory_check.h"

#include "audit/difference.h"
#include "audit/legal.h"
#include "audit/narrow.h"
#include "tollgate/record/wire.h"

namespace tollgate::audit {

Fault DirectoryCheck::on_record(Record& record) {
  const RecordHeader& header = record.header;
  if (header.mode != Mode::none) return {"a record of test or live mode among those of the partners"};
  if (std::string why = idempotency_.used_before(header, record.cause); !why.empty()) return {std::move(why)};
  if (std::holds_alternative<RequestRefused>(record.event)) return {};
  const auto event = narrow<PartnerEvent>(record.event);
  if (!event) return {"an event that is not about a partner, in the partition of the partners"};
  const PartnerId id = std::visit([](const auto& e) { return e.partner; }, *event);
  if (id != header.partner) return {fmt::format("it is about {} and stands under {}", id.text(), header.partner.text())};
  const auto state = partners_.find(id);
  if (std::string why = illegal(state == partners_.end() ? nullptr : &state->second, *event); !why.empty()) return {std::move(why)};
  apply(state == partners_.end() ? partners_[id] : state->second, *event, header.sequence, header.time_us);
  return {};
}

Fault DirectoryCheck::compare_rows() {
  auto expected = partners_.begin();
  std::string wrong;
  const Status scanned = log_.scan(Table::partners, "", "", Order::forward, [&](std::string_view key, std::string_view value) {
    if (expected == partners_.end() || key < keys::partner(expected->first)) {
      wrong = fmt::format("the partner row {} follows from no record", to_hex(key));
    } else if (key != keys::partner(expected->first)) {
      return false;  // the row of `expected` is missing
    } else if (value != wire::encode(expected->second)) {
      wrong = fmt::format("the row of {} is not what its records fold to: {}", expected->first.text(), difference(value, expected->second));
    } else {
      ++expected;
      return true;
    }
    return false;
  });
  if (!scanned.ok()) return {std::string(message_of(scanned)), advice_bytes};
  if (wrong.empty() && expected != partners_.end()) wrong = fmt::format("{} has no row", expected->first.text());
  return {std::move(wrong), advice_rows};
}

std::optional<Problem> DirectoryCheck::run(Progress& progress) {
  if (auto problem = walk(log_, 0, chain_, progress, [this](Record& record) { return on_record(record); })) return problem;
  if (auto problem = check_head(log_, 0, chain_)) return problem;
  if (Fault fault = compare_rows()) return Problem{0, 0, std::move(fault.what), fault.advice};
  return std::nullopt;
}

}  // namespace tollgate::audit
