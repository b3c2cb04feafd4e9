#include "tollgate/audit/search.h"

#include <algorithm>
#include <charconv>

#include "tollgate/base/time.h"
#include "tollgate/base/time_text.h"
#include "tollgate/record/names.h"

namespace tollgate::audit {

namespace {

constexpr int decimals_max = 6;

std::string lower(std::string_view text) {
  std::string copy(text);
  for (char& c : copy) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return copy;
}

// By the name that the source gives it; the list of names for whoever got it wrong.
template <class E>
std::optional<E> enum_of(std::string_view name) {
  for (std::size_t i = 0; i < enum_names<E>.size(); ++i) {
    if (!enum_names<E>[i].empty() && enum_names<E>[i] == name) return static_cast<E>(i);
  }
  return std::nullopt;
}
template <class E>
Status no_such(std::string_view what, std::string_view given) {
  std::string all;
  for (const std::string_view name : enum_names<E>) {
    if (!name.empty() && name != "none") all.append(all.empty() ? "" : ", ").append(name);
  }
  return invalid_argument("there is no {} \"{}\"; there are {}", what, given, all);
}

StatusOr<Query::Amount> parse_amount(std::string_view text, Query::Amount::Compare compare) {
  Query::Amount amount{.compare = compare};
  std::string digits(text);
  if (const std::size_t point = digits.find('.'); point != std::string::npos) {
    amount.decimals = static_cast<int>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), amount.digits);
  if (digits.empty() || problem != std::errc{} || end != digits.data() + digits.size() || amount.decimals > decimals_max || amount.digits < 0 ||
      amount.digits > amount_max)
    return invalid_argument("\"{}\" is no amount like 10.99", text);
  return amount;
}

// Both as tenths of the same size: no rounding.
bool fits_amount(const Query::Amount& wanted, int64_t minor, Currency currency) {
  __int128 a = minor, b = wanted.digits;
  const int exponent = currency.exponent();
  for (int i = exponent; i < wanted.decimals; ++i) a *= 10;
  for (int i = wanted.decimals; i < exponent; ++i) b *= 10;
  switch (wanted.compare) {
    case Query::Amount::Compare::equal: return a == b;
    case Query::Amount::Compare::at_least: return a >= b;
    case Query::Amount::Compare::at_most: return a <= b;
  }
  return false;
}

bool has_entry(const Metadata& metadata, const std::pair<std::string, std::string>& wanted) {
  return std::any_of(metadata.begin(), metadata.end(), [&](const auto& entry) {
    return entry.first == wanted.first && (wanted.second.empty() || entry.second == wanted.second);
  });
}

bool has_last4(const Payment& payment, const std::string& last4) {
  if (payment.method && payment.method->card.last4 == last4) return true;
  return std::any_of(payment.attempts.begin(), payment.attempts.end(), [&](const Attempt& attempt) { return attempt.method.card.last4 == last4; });
}

bool has_word(const Payment& payment, const std::string& word) {
  if (lower(payment.details.description).find(word) != std::string::npos) return true;
  return std::any_of(payment.details.metadata.begin(), payment.details.metadata.end(),
                     [&](const auto& entry) { return lower(entry.second).find(word) != std::string::npos; });
}

StatusOr<int64_t> parse_time(std::string_view value) {
  const auto time_us = time_from_text(value);
  if (!time_us) return invalid_argument("\"{}\" is no time like 2025-06-15 or 2025-06-15T12:00:00Z", value);
  return *time_us;
}

Status read_pair(Query& query, std::string_view name, std::string_view value) {
  if (name == "amount") {
    TOLLGATE_ASSIGN_OR_RETURN(auto amount, parse_amount(value, Query::Amount::Compare::equal));
    query.amounts.push_back(amount);
  } else if (name == "currency") {
    if (!(query.currency = Currency::parse(value))) return invalid_argument("there is no currency \"{}\"", value);
  } else if (name == "last4") {
    if (value.size() != 4 || value.find_first_not_of("0123456789") != std::string_view::npos)
      return invalid_argument("last4 is \"{}\", but must be four digits", value);
    query.last4 = value;
  } else if (name.starts_with("metadata.")) {
    query.metadata.emplace_back(name.substr(9), value);
  } else if (name == "status") {
    if (!(query.status = enum_of<PaymentStatus>(value))) return no_such<PaymentStatus>("status", value);
  } else if (name == "decline") {
    if (!(query.decline = enum_of<DeclineCode>(value))) return no_such<DeclineCode>("decline code", value);
  } else if (name == "mode") {
    query.scope.mode = enum_of<Mode>(value);
    if (!query.scope.mode || *query.scope.mode == Mode::none) return invalid_argument("mode is \"{}\", but must be test or live", value);
  } else if (name == "partner") {
    if (!(query.scope.partner = PartnerId::parse(value))) return invalid_argument("\"{}\" is no partner's id", value);
  } else if (name == "customer") {
    if (!(query.customer = CustomerId::parse(value))) return invalid_argument("\"{}\" is no customer's id", value);
  } else if (name == "from") {
    TOLLGATE_ASSIGN_OR_RETURN(query.scope.created_from_us, parse_time(value));
  } else if (name == "until") {
    TOLLGATE_ASSIGN_OR_RETURN(query.scope.created_to_us, parse_time(value));
  } else {
    return invalid_argument("nothing can be searched by \"{}\": amount, currency, last4, metadata.KEY, status, decline, mode, partner, customer, from, until",
                            name);
  }
  return absl::OkStatus();
}

Status read_word(Query& query, const std::string& term) {
  if (const auto payment = PaymentId::parse(term)) query.core = payment->core;
  else if (const auto charge = ChargeId::parse(term)) query.core = charge->core;
  else if (const auto refund = RefundId::parse(term)) query.core = refund->core;
  else if (const auto transaction = TransactionId::parse(term)) query.core = transaction->core;
  else if (const auto customer = CustomerId::parse(term)) query.customer = customer;
  else if (const auto partner = PartnerId::parse(term)) query.scope.partner = partner;
  else if (query.word.empty()) query.word = lower(term);
  else return invalid_argument("one free word can be searched for, \"{}\" is a second one", term);
  return absl::OkStatus();
}

}  // namespace

StatusOr<Query> parse_query(const std::vector<std::string>& terms) {
  Query query;
  for (const std::string& term : terms) {
    if (term.starts_with("amount>=") || term.starts_with("amount<=")) {
      const auto compare = term[6] == '>' ? Query::Amount::Compare::at_least : Query::Amount::Compare::at_most;
      TOLLGATE_ASSIGN_OR_RETURN(auto amount, parse_amount(std::string_view(term).substr(8), compare));
      query.amounts.push_back(amount);
    } else if (const std::size_t equals = term.find('='); equals != std::string::npos) {
      TOLLGATE_RETURN_IF_ERROR(read_pair(query, std::string_view(term).substr(0, equals), std::string_view(term).substr(equals + 1)));
    } else {
      TOLLGATE_RETURN_IF_ERROR(read_word(query, term));
    }
  }
  if (query.core) {
    // The id says when it was made: no need to look elsewhere.
    query.scope.created_from_us = std::max(query.scope.created_from_us, query.core->created_us());
    query.scope.created_to_us = std::min(query.scope.created_to_us, query.core->created_us() + us_per_ms);
  }
  return query;
}

bool fits(const Query& query, const Payment& payment) {
  if (query.core && payment.id.core != *query.core) return false;
  if (query.customer && payment.customer != *query.customer) return false;
  if (query.currency && payment.currency != *query.currency) return false;
  if (query.status && payment.status != *query.status) return false;
  for (const Query::Amount& amount : query.amounts) {
    if (!fits_amount(amount, payment.amount, payment.currency)) return false;
  }
  if (!query.last4.empty() && !has_last4(payment, query.last4)) return false;
  if (query.decline && std::none_of(payment.attempts.begin(), payment.attempts.end(),
                                    [&](const Attempt& attempt) { return attempt.decline == *query.decline; }))
    return false;
  for (const auto& wanted : query.metadata) {
    const bool in_refund = std::any_of(payment.refunds.begin(), payment.refunds.end(),
                                       [&](const Refund& refund) { return has_entry(refund.metadata, wanted); });
    if (!in_refund && !has_entry(payment.details.metadata, wanted)) return false;
  }
  return query.word.empty() || has_word(payment, query.word);
}

Status search(const RecordSource& source, const Cut& cut, const Query& query,
              const std::function<bool(const Payment& payment, uint32_t partition)>& found, const ProgressReport& progress) {
  TOLLGATE_ASSIGN_OR_RETURN(const Partners partners, partners_at(source, {}));
  return for_each_payment(
      source, partners, cut, query.scope,
      [&](const Payment& payment, uint32_t partition) { return fits(query, payment) ? found(payment, partition) : true; }, progress);
}

}  // namespace tollgate::audit
