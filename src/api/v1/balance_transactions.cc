// /v1/balance_transactions
#include <algorithm>

#include "api/amounts.h"
#include "api/as_of.h"
#include "api/lists.h"
#include "api/v1/resources.h"

namespace tollgate::api {
namespace {

const Attempt* charge_of(const Payment& payment, uint16_t ordinal) {
  return ordinal >= 1 && ordinal <= payment.attempts.size() ? &payment.attempts[ordinal - 1u] : nullptr;
}
const Refund* refund_of(const Payment& payment, uint16_t ordinal) {
  return ordinal >= 1 && ordinal <= payment.refunds.size() ? &payment.refunds[ordinal - 1u] : nullptr;
}

void write_source(Renderer& r, const Payment& payment, const Transaction& transaction, Expand expand) {
  const Expand inner = expand.into("source");
  if (transaction.type == TransactionType::charge) {
    const Attempt* attempt = charge_of(payment, transaction.attempt);
    if (inner && attempt != nullptr) {
      r.out.key("source");
      write_charge(r, payment, *attempt, inner);
    } else {
      r.out.id("source", ChargeId{payment.id.core, transaction.attempt});
    }
    return;
  }
  const Refund* refund = refund_of(payment, transaction.refund);
  if (inner && refund != nullptr) {
    r.out.key("source");
    write_refund(r, payment, *refund, inner);
  } else {
    r.out.id("source", RefundId{payment.id.core, transaction.refund});
  }
}

}  // namespace

void write_transaction(Renderer& r, const Payment& payment, const Transaction& transaction, Expand expand) {
  Writer& out = r.out;
  const std::string currency = payment.currency.lower();
  out.begin_object();
  out.id("id", TransactionId{payment.id.core, transaction.ordinal});
  out.text("object", "balance_transaction");
  out.number("amount", transaction.amount);
  out.time("available_on", transaction.available_on_us);
  out.text("balance_type", "payments");
  out.time("created", transaction.created_us);
  out.text("currency", currency);
  out.text_or_null("description", payment.details.description);
  out.null("exchange_rate");
  out.number("fee", transaction.fee);
  out.array("fee_details");
  if (transaction.fee != 0) {
    out.begin_object();
    out.number("amount", transaction.fee);
    out.null("application");
    out.text("currency", currency);
    out.text("description", "Processing fee");
    out.text("type", "stripe_fee");
    out.end_object();
  }
  out.end_array();
  out.number("net", transaction.amount - transaction.fee);
  out.text("reporting_category", word_of(transaction.type));
  write_source(r, payment, transaction, expand);
  out.text("status", transaction.available_on_us <= r.now_us ? "available" : "pending");
  out.text("type", word_of(transaction.type));
  out.end_object();
}

void write_transaction_ref(Renderer& r, std::string_view key, const Payment& payment, uint16_t ordinal, Expand parent) {
  if (ordinal == 0 || ordinal > payment.transactions.size()) {
    r.out.null(key);
  } else if (const Expand inner = parent.into(key)) {
    r.out.key(key);
    write_transaction(r, payment, payment.transactions[ordinal - 1u], inner);
  } else {
    r.out.id(key, TransactionId{payment.id.core, ordinal});
  }
}

namespace {

ApiError no_such_transaction(const Call& call) { return no_such_in_path("balance_transaction", call.ids[0]); }

const Transaction& transaction_of(const TransactionRef& ref) { return ref.payment->transactions[ref.transaction - 1u]; }

Reply retrieve(CallPtr& call) {
  const auto id = call->path_id<TransactionId>();
  read_as_of(*call);
  if (const auto error = call->params.finish()) return *error;
  if (!id) return no_such_transaction(*call);
  const auto payment = call->services.views.payment(call->stream, PaymentId{id->core}, call->known_at);
  if (!payment.ok()) return read_failed(*call, payment.status(), no_such_transaction(*call));
  if (id->ordinal == 0 || id->ordinal > (*payment)->transactions.size()) return no_such_transaction(*call);
  Renderer r(*call);
  write_transaction(r, **payment, (*payment)->transactions[id->ordinal - 1u], call->expansions.root());
  return r.reply();
}

// Documented for lists, and of things that are not done here: there are none of them.
constexpr std::string_view types_without_any[] = {
    "adjustment", "advance", "advance_funding", "anticipation_repayment", "application_fee", "application_fee_refund", "climate_order_purchase",
    "climate_order_refund", "connect_collection_transfer", "contribution", "issuing_authorization_hold", "issuing_authorization_release",
    "issuing_dispute", "issuing_transaction", "obligation_inbound", "obligation_outbound", "obligation_payout", "obligation_payout_failure",
    "obligation_reversal_inbound", "obligation_reversal_outbound", "payment", "payment_failure_refund", "payment_network_reserve_hold",
    "payment_network_reserve_release", "payment_refund", "payment_reversal", "payment_unreconciled", "payout", "payout_cancel", "payout_failure",
    "payout_minimum_balance_hold", "payout_minimum_balance_release", "reserve_transaction", "reserved_funds", "stripe_balance_payment_debit",
    "stripe_balance_payment_debit_reversal", "stripe_fee", "stripe_fx_fee", "tax_fee", "topup", "topup_reversal", "transfer", "transfer_cancel",
    "transfer_failure", "transfer_refund"};

// Whether the type that is asked for never occurs.
bool asks_for_none(Params& params) {
  const auto type = params.text("type");
  return type && std::find(std::begin(types_without_any), std::end(types_without_any), *type) != std::end(types_without_any);
}

struct Filters {
  std::optional<TransactionType> type;
  std::optional<Currency> currency;
  std::optional<ChargeId> charge;
  std::optional<RefundId> refund;

  [[nodiscard]] bool fits(const TransactionRef& ref) const {
    const Transaction& transaction = transaction_of(ref);
    if (type && transaction.type != *type) return false;
    if (currency && ref.payment->currency != *currency) return false;
    if (charge && (transaction.type != TransactionType::charge || transaction.attempt != charge->ordinal)) return false;
    return !refund || transaction.refund == refund->ordinal;
  }
};

// Of one charge or refund: they are in the payment itself.
StatusOr<Page<TransactionRef>> transactions_of(const Call& call, const Filters& filters, const PageQuery& query) {
  auto payment = call.services.views.payment(call.stream, PaymentId{filters.charge ? filters.charge->core : filters.refund->core}, call.known_at);
  if (!payment.ok()) return payment.status();
  std::vector<TransactionRef> all;
  for (const Transaction& transaction : (*payment)->transactions) {
    TransactionRef ref{*payment, transaction.ordinal};
    if (filters.fits(ref)) all.push_back(std::move(ref));
  }
  return page_of(std::move(all), query, [](const TransactionRef& ref) {
    return ItemKey{transaction_of(ref).created_us, {ref.payment->id.core, ref.transaction}};
  });
}

// Of a currency. A partner that has one alone need not be filtered, and one that never had this one has none; currencies of the books are
// never taken away, so that holds for earlier moments as well. With several, each transaction is looked at.
template <class Read, class Cursor>
StatusOr<Page<TransactionRef>> of_currency(const Call& call, const Filters& filters, PageQuery query, Read&& read, Cursor&& cursor) {
  TOLLGATE_ASSIGN_OR_RETURN(const Books books, call.services.views.books(call.stream));
  const std::vector<Currency> currencies = books.currencies();
  if (std::find(currencies.begin(), currencies.end(), *filters.currency) == currencies.end()) {
    query.limit = 1;  // a cursor that does not exist is told
    TOLLGATE_RETURN_IF_ERROR(read(query).status());
    return Page<TransactionRef>();
  }
  if (currencies.size() == 1) return read(query);
  return filtered_page<TransactionRef>(query, read, [&](const TransactionRef& ref) { return filters.fits(ref); }, cursor);
}

Reply list(CallPtr& call) {
  ListInput input = read_list(*call, "/v1/balance_transactions");
  Params params = call->root();
  read_cursors(params, input.query, "balance_transaction", cursor_of<TransactionId>);
  Filters filters;
  const bool none = asks_for_none(params);
  if (none) input.query.limit = 1;  // cursors and sources that do not exist are told
  else filters.type = params.choice<TransactionType>("type", transaction_types);
  filters.currency = read_currency(params);
  const auto source = params.text("source");
  if (source) {
    filters.charge = ChargeId::parse(*source);
    filters.refund = RefundId::parse(*source);
    if (!filters.charge && !filters.refund) params.fail(no_such("source", *source, "source"));
  }
  read_as_of(*call);
  if (const auto error = call->params.finish()) return *error;
  const auto cursor = [](const TransactionRef& ref) { return PaymentMethodId{ref.payment->id.core, ref.transaction}; };
  const auto read_now = [&](const PageQuery& query) { return call->services.views.transactions(call->stream, query); };
  const auto read = [&](const PageQuery& query) {
    return page_as_of<TransactionRef>(*call, query, read_now,
                                      then_of_payment<TransactionRef>(*call, [](const TransactionRef& ref) { return ref.transaction <= ref.payment->transactions.size(); }), cursor);
  };
  input.query.transaction_type = filters.type;
  auto page = source             ? transactions_of(*call, filters, input.query)
              : filters.currency ? of_currency(*call, filters, input.query, read, cursor)
                                 : read(input.query);
  if (none && page.ok()) *page = {};
  if (!page.ok()) return read_failed(*call, page.status(), no_such(source ? "source" : "balance_transaction", source.value_or(""), source ? "source" : "starting_after"));
  Renderer r(*call);
  const Expand expand = call->expansions.root().into("data");
  return list_reply(r, page->items, page->has_more, input.url,
                    [&](const TransactionRef& ref) { write_transaction(r, *ref.payment, transaction_of(ref), expand); });
}

constexpr Route routes[] = {
    {Method::get, "/v1/balance_transactions", list, Kind::balance_transaction, true},
    {Method::get, "/v1/balance_transactions/{}", retrieve, Kind::balance_transaction},
    // The older name.
    {Method::get, "/v1/balance/history", list, Kind::balance_transaction, true},
    {Method::get, "/v1/balance/history/{}", retrieve, Kind::balance_transaction},
};

}  // namespace

Routes balance_transaction_routes() { return routes; }

}  // namespace tollgate::api
