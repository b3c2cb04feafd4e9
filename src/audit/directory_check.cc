#include "audit/directory_check.h"

#include "audit/difference.h"
#include "audit/legal.h"
#include "audit/meta_row.h"
#include "audit/narrow.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/wire.h"

namespace tollgate::audit {
namespace {

// Of what waited for approval, what partitions of payments refer to.
constexpr std::string_view resolution_path = "in_doubt/";

}  // namespace

Fault DirectoryCheck::expect(const KeyRow* row) {
  if (row == nullptr) return {};
  counts_.add(Check::idempotency);
  return rows_.put(Table::idempotency, row->key, row->value, row->origin);
}

Fault DirectoryCheck::on_record(Record& record) {
  const RecordHeader& header = record.header;
  if (header.mode != Mode::none) return {"a record of test or live mode among those of the partners"};
  const bool refused = std::holds_alternative<RequestRefused>(record.event);
  const bool of_partner = std::visit([]<class E>(const E&) { return is_one_of<E, PartnerEvent>; }, record.event);
  const bool of_admins = std::visit([]<class E>(const E&) { return is_one_of<E, AdminEvent>; }, record.event);
  if (!refused && !of_partner && !of_admins) return {"an event that is not about a partner, in the partition of the partners"};
  if (Fault fault = expect(commands_.take(record))) return fault;
  if (refused) return {};
  if (of_admins) return on_admin(*narrow<AdminEvent>(record.event), header);
  const auto event = narrow<PartnerEvent>(record.event);
  const PartnerId id = std::visit([](const auto& e) { return e.partner; }, *event);
  if (id != header.partner) return {fmt::format("it is about {} and stands under {}", id.text(), header.partner.text())};
  const auto state = partners_.find(id);
  if (std::string why = illegal(state == partners_.end() ? nullptr : &state->second, *event); !why.empty()) return {std::move(why)};
  counts_.add(Check::partners);
  apply(state == partners_.end() ? partners_[id] : state->second, *event, header.sequence, header.time_us);
  if (const auto* made = std::get_if<KeyCreated>(&*event)) keys_[id].emplace(made->key.id, made->key.mode);
  return {};
}

Fault DirectoryCheck::on_admin(const AdminEvent& event, const RecordHeader& header) {
  if (!header.partner.empty()) return {fmt::format("it is about the admin API and stands under {}", header.partner.text())};
  if (std::string why = illegal(admins_, event, header.time_us); !why.empty()) return {std::move(why)};
  counts_.add(Check::admins);
  if (const auto* decided = std::get_if<ApprovalDecided>(&event); decided != nullptr && decided->approved) {
    const Approval& approval = *admins_.find_approval(decided->id);
    if (approval.path.starts_with(resolution_path)) agreed_[approval.id] = {approval.path, approval.user, decided->user};
  }
  apply(admins_, event, header.sequence, header.time_us);
  return {};
}

const DirectoryCheck::Agreed* DirectoryCheck::approval(std::string_view id) const {
  const auto found = agreed_.find(id);
  return found == agreed_.end() ? nullptr : &found->second;
}

std::size_t DirectoryCheck::partners_in(uint32_t partition) const {
  const auto found = partners_in_.find(partition);
  return found == partners_in_.end() ? 0 : found->second;
}

bool DirectoryCheck::has_key(PartnerId partner, std::string_view key, Mode mode) const {
  const auto found = keys_.find(partner);
  return found != keys_.end() && found->second.contains({std::string(key), mode});
}

// Those of the partners' own mode: none.
RowFault DirectoryCheck::compare_keys(const EventLog& log) {
  std::vector<RowRange> ranges;
  for (const auto& [id, partner] : partners_) ranges.push_back({Table::idempotency, keys::stream(id, Mode::none), 0});
  return rows_.compare(log, ranges, chain_.time_us(), [](std::string_view) { return true; });
}

Fault DirectoryCheck::compare_rows(const EventLog& log) {
  auto expected = partners_.begin();
  std::string wrong;
  const Status scanned = log.scan(Table::partners, "", "", Order::forward, [&](std::string_view key, std::string_view value) {
    if (expected == partners_.end() || key < keys::partner(expected->first)) {
      wrong = fmt::format("the partner row {} follows from no record", to_hex(key));
    } else if (key != keys::partner(expected->first)) {
      return false;  // the row of `expected` is missing
    } else if (value != wire::encode(expected->second)) {
      wrong = fmt::format("the row of {} is not what its records fold to: {}", expected->first.text(), difference(value, expected->second));
    } else {
      ++expected;
      counts_.add(Check::state);
      return true;
    }
    return false;
  });
  if (!scanned.ok()) return {std::string(message_of(scanned)), advice_bytes};
  if (wrong.empty() && expected != partners_.end()) wrong = fmt::format("{} has no row", expected->first.text());
  return {std::move(wrong), advice_rows};
}

Fault DirectoryCheck::compare_admins(const EventLog& log) {
  const std::string prefix(keys::admins.substr(0, sizeof(uint32_t)));  // no partition's: those of the other rows are checked by their number
  bool found = false;
  std::string wrong;
  const Status scanned = log.scan(Table::meta, prefix, keys::after_prefix(prefix), Order::forward, [&](std::string_view key, std::string_view value) {
    if (key != keys::admins) wrong = fmt::format("the meta row {} is of no partition", to_hex(key));
    else if (admins_.version == 0) wrong = "the row of the admin users follows from no record";
    else if (value != wire::encode(admins_)) wrong = fmt::format("the row of the admin users is not what its records fold to: {}", difference(value, admins_));
    else found = true;
    return wrong.empty();
  });
  if (!scanned.ok()) return {std::string(message_of(scanned)), advice_bytes};
  if (found) counts_.add(Check::state);
  if (wrong.empty() && !found && admins_.version != 0) wrong = "the admin users have no row";
  return {std::move(wrong), advice_rows};
}

std::optional<Problem> DirectoryCheck::run(Progress& progress) {
  if (auto problem = walk(source_, 0, chain_, progress, [this](Record& record) { return on_record(record); })) return problem;
  counts_.add(Check::chain, chain_.sequence());
  counts_.add(Check::encoding, chain_.sequence());
  if (auto problem = check_head(source_, 0, chain_)) return problem;
  counts_.add(Check::heads);
  if (Fault fault = expect(commands_.end())) return Problem{0, chain_.sequence(), std::move(fault.what), fault.advice};
  for (const auto& [id, partner] : partners_) ++partners_in_[partner.partition];
  const EventLog* log = source_.log();
  if (log == nullptr) return std::nullopt;
  std::string meta;
  if (chain_.sequence() != 0 && !log->get(Table::meta, keys::partition(0), meta).ok()) return Problem{0, 0, "the partition has no meta row", advice_rows};
  if (!floor_of_meta(meta)) return Problem{0, 0, fmt::format("the meta row of the partition does not decode: {}", to_hex(meta)), advice_rows};
  if (Fault fault = compare_rows(*log)) return Problem{0, 0, std::move(fault.what), fault.advice};
  if (Fault fault = compare_admins(*log)) return Problem{0, 0, std::move(fault.what), fault.advice};
  if (RowFault found = compare_keys(*log); found.fault) return Problem{0, found.sequence, std::move(found.fault.what), found.fault.advice};
  return std::nullopt;
}

}  // namespace tollgate::audit
