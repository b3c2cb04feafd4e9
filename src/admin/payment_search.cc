#include "admin/payment_search.h"

#include <algorithm>
#include <set>

#include "admin/payment_json.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/proof/receipt.h"
#include "tollgate/record/names.h"
#include "tollgate/record/wire.h"

namespace tollgate::admin {
namespace {

constexpr uint64_t records_first = 512, records_factor = 8;  // of all partitions together; then so many times as many

using PaymentPtr = std::shared_ptr<const Payment>;

bool is_newer(const PaymentPtr& a, const PaymentPtr& b) { return b->id < a->id; }

// "12.340" and "12.34" are the same amount.
std::string without_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

bool is_amount(std::string_view text) {
  std::size_t points = 0, digits = 0;
  for (const char c : text) {
    if (c == '.') ++points;
    else if (c >= '0' && c <= '9') ++digits;
    else return false;
  }
  return points <= 1 && digits > 0 && text.front() != '.' && text.size() <= 20;
}

bool is_status(std::string_view text) {
  if (text == "in_doubt" || text == "declined" || text == "refunded") return true;
  return !text.empty() && std::find(enum_names<PaymentStatus>.begin(), enum_names<PaymentStatus>.end(), text) != enum_names<PaymentStatus>.end();
}

bool has_status(const Payment& payment, std::string_view status) {
  if (status == "in_doubt") return is_in_doubt(payment);
  if (status == "declined") return payment.last_decline != DeclineCode::none;
  if (status == "refunded")
    return std::any_of(payment.attempts.begin(), payment.attempts.end(), [](const Attempt& attempt) { return attempt.amount_refunded > 0; });
  return name_of(payment.status) == status;
}

bool has_card(const Payment& payment, std::string_view last4) {
  if (payment.method && payment.method->card.last4 == last4) return true;
  return std::any_of(payment.attempts.begin(), payment.attempts.end(), [&](const Attempt& attempt) { return attempt.method.card.last4 == last4; });
}

struct Found {
  PartnerId partner;
  Mode mode;
  IdCore core;
  auto operator<=>(const Found&) const = default;
};

// Which payments the last `records` records of a partition are about.
Status collect(const EventLog& log, uint32_t partition, uint64_t records, std::set<Found>& to, bool& all) {
  TOLLGATE_ASSIGN_OR_RETURN(const Head head, log.head(partition));
  const uint64_t from = head.sequence > records ? head.sequence - records + 1 : 1;
  if (from > 1) all = false;
  Status broken;
  TOLLGATE_RETURN_IF_ERROR(log.read(partition, from, [&](uint64_t sequence, std::string_view bytes) {
    const auto record = decode_record(bytes);
    if (!record.ok()) {
      broken = record.status();
      return false;
    }
    if (const PaymentId id = proof::payment_of(record->event); !id.empty()) to.insert({record->header.partner, record->header.mode, id.core});
    return sequence < head.sequence;  // what is written meanwhile is for the next look
  }));
  return broken;
}

}  // namespace

bool PaymentFilter::fits(const Payment& payment) const {
  if (mode != Mode::none && payment.mode != mode) return false;
  if (currency && payment.currency != *currency) return false;
  if (!status.empty() && !has_status(payment, status)) return false;
  if (!last4.empty() && !has_card(payment, last4)) return false;
  if (!amount.empty() && without_zeros(major_text(payment.amount, payment.currency)) != amount) return false;
  if (metadata_value.empty() && metadata_key.empty()) return true;
  return std::any_of(payment.details.metadata.begin(), payment.details.metadata.end(), [&](const auto& entry) {
    return (metadata_key.empty() || entry.first == metadata_key) && (metadata_value.empty() || entry.second == metadata_value);
  });
}

PaymentFilter read_filter(const Query& query, std::optional<FieldError>& error) {
  PaymentFilter filter;
  if (const std::string* text = query.find("mode")) {
    if (*text == "test") filter.mode = Mode::test;
    else if (*text == "live") filter.mode = Mode::live;
    else error = FieldError{"mode", "must be test or live"};
  }
  if (const std::string* text = query.find("status")) {
    if (is_status(*text)) filter.status = *text;
    else error = FieldError{"status", "must be a payment's status, or in_doubt, declined or refunded"};
  }
  if (const std::string* text = query.find("amount")) {
    if (is_amount(*text)) filter.amount = without_zeros(*text);
    else error = FieldError{"amount", "must be an amount as people write it, like 12.34"};
  }
  if (const std::string* text = query.find("currency")) {
    filter.currency = Currency::parse(*text);
    if (!filter.currency) error = FieldError{"currency", "must be an ISO 4217 code like \"usd\""};
  }
  if (const std::string* text = query.find("last4")) {
    if (text->size() == 4 && std::all_of(text->begin(), text->end(), [](char c) { return c >= '0' && c <= '9'; })) filter.last4 = *text;
    else error = FieldError{"last4", "must be the last four digits of a card"};
  }
  if (const std::string* text = query.find("metadata")) {
    const std::size_t equals = text->find('=');
    if (equals != std::string::npos) filter.metadata_key = text->substr(0, equals);
    filter.metadata_value = equals == std::string::npos ? *text : text->substr(equals + 1);
    if (filter.metadata_key.empty() && filter.metadata_value.empty()) error = FieldError{"metadata", "must be a value, or key=value"};
  }
  return filter;
}

StatusOr<FoundPayments> search_partner(const EventLog& log, PartnerId partner, const PaymentFilter& filter, std::optional<PaymentId> after,
                                       std::size_t limit) {
  FoundPayments found;
  for (const Mode mode : {Mode::test, Mode::live}) {
    if (filter.mode != Mode::none && filter.mode != mode) continue;
    // Not the views' list: its cursor must be of the same mode.
    const std::string from = keys::stream(partner, mode);
    const std::string to = after ? keys::object(partner, mode, after->core) : keys::after_prefix(from);
    std::size_t seen = 0, fitting = 0;
    Status broken;
    TOLLGATE_RETURN_IF_ERROR(log.scan(Table::payments, from, to, Order::backward, [&](std::string_view, std::string_view row) {
      if (seen++ == payments_looked_at_max) {
        found.looked_at_all = false;
        return false;
      }
      auto payment = std::make_shared<Payment>();
      broken = wire::decode(row, *payment);
      if (broken.ok() && filter.fits(*payment)) {
        found.items.push_back(std::move(payment));
        ++fitting;
      }
      return broken.ok() && fitting <= limit;  // one more than the page: there are more
    }));
    TOLLGATE_RETURN_IF_ERROR(broken);
  }
  std::sort(found.items.begin(), found.items.end(), is_newer);
  found.has_more = found.items.size() > limit;
  if (found.has_more) found.items.resize(limit);
  return found;
}

StatusOr<FoundPayments> search_newest(const EventLog& log, const PaymentFilter& filter, std::size_t limit) {
  TOLLGATE_ASSIGN_OR_RETURN(const std::vector<uint32_t> partitions, log.partitions());
  // Few records are enough for a page without a filter; a filter that finds little looks at more, up to the bound.
  for (uint64_t records = records_first;; records *= records_factor) {
    FoundPayments found;
    std::set<Found> payments;
    for (const uint32_t partition : partitions) {
      if (partition == 0) continue;  // the directory's own
      TOLLGATE_RETURN_IF_ERROR(collect(log, partition, records / partitions.size() + 1, payments, found.looked_at_all));
    }
    for (const Found& one : payments) {
      auto payment = std::make_shared<Payment>();
      std::string row;
      TOLLGATE_RETURN_IF_ERROR(log.get(Table::payments, keys::object(one.partner, one.mode, one.core), row));
      TOLLGATE_RETURN_IF_ERROR(wire::decode(row, *payment));
      if (filter.fits(*payment)) found.items.push_back(std::move(payment));
    }
    if (found.items.size() <= limit && !found.looked_at_all && records < records_looked_at_max) continue;
    std::sort(found.items.begin(), found.items.end(), is_newer);
    found.has_more = found.items.size() > limit;
    if (found.has_more) found.items.resize(limit);
    return found;
  }
}

}  // namespace tollgate::admin
