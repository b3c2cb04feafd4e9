#include <optional>
#include <utility>

#include "projection/index_key.h"
#include "projection/page.h"
#include "tollgate/base/clock.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/projection/views.h"
#include "tollgate/record/wire.h"

namespace tollgate {
namespace projection {
namespace {

// An object's id is made when its request arrives and its creation is recorded later, so the two times differ. Object
// tables sort by id: a `created` range is widened by these, and each row's own time decides.
constexpr int64_t id_older_max_us = 120 * us_per_second;  // a request's longest wait
constexpr int64_t id_newer_max_us = 2 * us_per_second;    // ids borrowed from the next millisecond, a clock set back

// Past any id's 48 bits of milliseconds.
constexpr int64_t id_time_end_us = (int64_t{1} << 48) * us_per_ms - 1;

bool within(int64_t created_us, const PageQuery& query) {
  return query.created_from_us <= created_us && created_us < query.created_to_us;
}

// All rows of one partner and mode in a table of objects, as far as `created` leaves them.
Range object_range(const Stream& stream, const PageQuery& query) {
  Range range;
  range.from = keys::stream(stream.partner, stream.mode);
  range.to = keys::after_prefix(range.from);
  if (query.created_from_us > id_older_max_us) {
    const int64_t from_us = std::min(query.created_from_us - id_older_max_us, id_time_end_us);
    range.from.append(IdCore::first_at(from_us).view());
  }
  if (query.created_to_us <= 0) {
    range.to = range.from;
  } else if (query.created_to_us < id_time_end_us - id_newer_max_us) {
    range.to = keys::object(stream.partner, stream.mode, IdCore::first_at(query.created_to_us + id_newer_max_us));
  }
  return range;
}

Range index_range(const std::string& prefix, const PageQuery& query) {
  Range range;
  range.from = prefix;
  append_time(range.from, std::max<int64_t>(query.created_from_us, 0));
  range.to = prefix;
  append_time(range.to, std::max<int64_t>(query.created_to_us, 0));
  return range;
}

void set_cursor(Range& range, const PageQuery& query, std::string key) {
  if (query.after) {
    range.begin_after(std::move(key));
  } else {
    range.end_before(std::move(key));
  }
}

const std::optional<PaymentMethodId>& cursor_of(const PageQuery& query) {
  return query.after ? query.after : query.before;
}

// A page of whole rows of a table. `shown(object)`: whether it belongs to the list.
template <class T, class Shown>
StatusOr<Page<std::shared_ptr<const T>>> object_page(const EventLog& log, Table table, const Stream& stream,
                                                     const PageQuery& query,
                                                     std::string cursor_key, Shown&& shown) {
  Range range = object_range(stream, query);
  if (!cursor_key.empty()) set_cursor(range, query, std::move(cursor_key));
  using Pointer = std::shared_ptr<const T>;
  return walk<Pointer>(log, table, range, query.limit,
                       [&](std::string_view, std::string_view value, std::vector<Pointer>& items) -> Status {
                         auto object = std::make_shared<T>();
                         TOLLGATE_RETURN_IF_ERROR(wire::decode(value, *object));
                         if (shown(*object)) items.push_back(std::move(object));
                         return absl::OkStatus();
                       });
}

// A page of ids out of the index. `cursor_key`: the whole key of the cursor's row, empty without one.
StatusOr<Page<PaymentMethodId>> index_page(const EventLog& log, const std::string& prefix, const PageQuery& query,
                                           std::string cursor_key) {
  Range range = index_range(prefix, query);
  if (!cursor_key.empty()) set_cursor(range, query, std::move(cursor_key));
  return walk<PaymentMethodId>(log, Table::index, range, query.limit,
                               [](std::string_view key, std::string_view,
                                  std::vector<PaymentMethodId>& items) -> Status {
                                 const auto id = child_of(key);
                                 if (!id) return data_loss("an index row's key is too short");
                                 items.push_back(*id);
                                 return absl::OkStatus();
                               });
}

std::string index_key(const std::string& prefix, int64_t time_us, const IdCore& core, uint16_t ordinal) {
  std::string key = prefix;
  append_time(key, time_us);
  append_child(key, core, ordinal);
  return key;
}

// The index names it, so it must be there.
Status missing(const Status& status, const std::string& id) {
  if (!absl::IsNotFound(status)) return status;
  return data_loss("the index names {}, which does not exist", id);
}

template <class T>
const T* with_ordinal(const std::vector<T>& items, uint16_t ordinal) {
  return ordinal == 0 || ordinal > items.size() ? nullptr : &items[ordinal - 1];
}

// When the child of a payment came to be; nothing if it has no such child.
using CreatedOf = std::optional<int64_t> (*)(const Payment&, uint16_t ordinal);

std::optional<int64_t> charge_created(const Payment& payment, uint16_t ordinal) {
  const Attempt* attempt = with_ordinal(payment.attempts, ordinal);
  if (attempt == nullptr || !is_charge(*attempt)) return std::nullopt;
  return attempt->created_us;
}
std::optional<int64_t> refund_created(const Payment& payment, uint16_t ordinal) {
  const Refund* refund = with_ordinal(payment.refunds, ordinal);
  return refund == nullptr ? std::nullopt : std::optional(refund->created_us);
}
std::optional<int64_t> transaction_created(const Payment& payment, uint16_t ordinal) {
  const Transaction* transaction = with_ordinal(payment.transactions, ordinal);
  return transaction == nullptr ? std::nullopt : std::optional(transaction->created_us);
}

// Where a charge stands in the list of charges.
struct ChargePlace {
  int64_t time_us = 0;
  PaymentMethodId id;
  auto operator<=>(const ChargePlace&) const = default;
};
bool made_with_payment(const Payment& payment, uint16_t ordinal) { return ordinal == 1 && charge_made_with_payment(payment); }
ChargePlace place_of(const ChargeRef& ref) {
  const Payment& payment = *ref.payment;
  const bool together = made_with_payment(payment, ref.attempt);
  return {together ? payment.created_us : payment.attempts[ref.attempt - 1u].created_us, {payment.id.core, ref.attempt}};
}

// The objects of ids that an index gave, each payment read once.
template <class Ref>
StatusOr<Page<Ref>> read_children(const Views& views, const Stream& stream, const Page<PaymentMethodId>& ids, CreatedOf created) {
  Page<Ref> page;
  page.has_more = ids.has_more;
  page.items.reserve(ids.items.size());
  for (const PaymentMethodId& id : ids.items) {
    const auto read = std::find_if(page.items.begin(), page.items.end(),
                                   [&](const Ref& ref) { return ref.payment->id.core == id.core; });
    if (read != page.items.end()) {
      page.items.push_back(Ref{read->payment, id.ordinal});
    } else {
      auto payment = views.payment(stream, PaymentId{id.core});
      if (!payment.ok()) return missing(payment.status(), PaymentId{id.core}.text());
      page.items.push_back(Ref{*std::move(payment), id.ordinal});
    }
    if (!created(*page.items.back().payment, id.ordinal)) {
      return data_loss("the index names a child of {} that does not exist", PaymentId{id.core}.text());
    }
  }
  return page;
}

// The payment of a cursor, if it has that child.
StatusOr<std::shared_ptr<const Payment>> cursor_payment(const Views& views, const Stream& stream, const PaymentMethodId& cursor,
                                                        CreatedOf created) {
  TOLLGATE_ASSIGN_OR_RETURN(const auto payment, views.payment(stream, PaymentId{cursor.core}));
  if (!created(*payment, cursor.ordinal)) return not_found("payment {} has no such object", payment->id.text());
  return payment;
}

// Children of payments that have an index of their own.
template <class Ref>
StatusOr<Page<Ref>> child_page(const Views& views, const EventLog& log, const Stream& stream, const std::string& prefix,
                               const PageQuery& query, CreatedOf created) {
  std::string cursor_key;
  if (const auto& cursor = cursor_of(query)) {
    TOLLGATE_ASSIGN_OR_RETURN(const auto payment, cursor_payment(views, stream, *cursor, created));
    cursor_key = index_key(prefix, *created(*payment, cursor->ordinal), cursor->core, cursor->ordinal);
  }
  TOLLGATE_ASSIGN_OR_RETURN(const auto ids, index_page(log, prefix, query, std::move(cursor_key)));
  return read_children<Ref>(views, stream, ids, created);
}

// Charges that were made with their payments, which are walked. `cursor`: where the page begins.
StatusOr<Page<ChargeRef>> charges_with_payments(const EventLog& log, const Stream& stream, const PageQuery& query,
                                                const std::optional<ChargePlace>& cursor) {
  Range range = object_range(stream, query);
  if (cursor) {
    // The cursor itself need not be such a charge: the range begins at its time, and places decide.
    if (query.after) {
      range.begin_after(keys::object(stream.partner, stream.mode, IdCore::first_at(cursor->time_us + us_per_ms)));
    } else {
      range.from = std::max(range.from, keys::object(stream.partner, stream.mode, IdCore::first_at(cursor->time_us)));
      range.order = Order::forward;
    }
  }
  return walk<ChargeRef>(log, Table::payments, range, query.limit,
                         [&](std::string_view, std::string_view value, std::vector<ChargeRef>& items) -> Status {
                           auto payment = std::make_shared<Payment>();
                           TOLLGATE_RETURN_IF_ERROR(wire::decode(value, *payment));
                           if (!charge_made_with_payment(*payment) || !within(payment->attempts.front().created_us, query)) return absl::OkStatus();
                           ChargeRef ref{std::move(payment), 1};
                           if (cursor && (query.after ? place_of(ref) >= *cursor : place_of(ref) <= *cursor)) return absl::OkStatus();
                           items.push_back(std::move(ref));
                           return absl::OkStatus();
                         });
}

// Two pages of the same query into one, newest first: what is nearest to the cursor stays.
Page<ChargeRef> merged(Page<ChargeRef> a, Page<ChargeRef> b, const PageQuery& query) {
  Page<ChargeRef> page;
  page.items.resize(a.items.size() + b.items.size());
  std::merge(std::make_move_iterator(a.items.begin()), std::make_move_iterator(a.items.end()),
             std::make_move_iterator(b.items.begin()), std::make_move_iterator(b.items.end()), page.items.begin(),
             [](const ChargeRef& left, const ChargeRef& right) { return place_of(left) > place_of(right); });
  page.has_more = a.has_more || b.has_more || page.items.size() > query.limit;
  if (page.items.size() > query.limit) {
    const auto extra = static_cast<std::ptrdiff_t>(page.items.size() - query.limit);
    const bool nearest_is_oldest = query.before.has_value();
    page.items.erase(nearest_is_oldest ? page.items.begin() : page.items.end() - extra,
                     nearest_is_oldest ? page.items.begin() + extra : page.items.end());
  }
  return page;
}

// The key of the event's row that brought a transaction: at its time there are few.
StatusOr<std::string> transaction_key(const EventLog& log, const std::string& prefix, const PaymentMethodId& id, int64_t created_us) {
  std::string from = prefix, to = prefix, found;
  append_time(from, created_us);
  append_time(to, created_us + 1);
  TOLLGATE_RETURN_IF_ERROR(log.scan(Table::index, from, to, Order::forward, [&](std::string_view key, std::string_view value) {
    const auto row = parse_event_row(value);
    if (row && row->transaction == id) found = key;
    return found.empty();
  }));
  if (found.empty()) return data_loss("no event has the balance transaction {}", id.text());
  return found;
}

// Objects of a customer: their ids from the index, then one read each.
template <class T, class Read>
StatusOr<Page<std::shared_ptr<const T>>> scoped_page(const EventLog& log, const std::string& prefix,
                                                     const PageQuery& query,
                                                     std::string cursor_key, Read&& read) {
  TOLLGATE_ASSIGN_OR_RETURN(const auto ids, index_page(log, prefix, query, std::move(cursor_key)));
  Page<std::shared_ptr<const T>> page;
  page.has_more = ids.has_more;
  page.items.reserve(ids.items.size());
  for (const PaymentMethodId& id : ids.items) {
    auto object = read(id);
    if (!object.ok()) return missing(object.status(), id.text());
    page.items.push_back(*std::move(object));
  }
  return page;
}

}  // namespace
}  // namespace projection

using namespace projection;

StatusOr<Page<std::shared_ptr<const Payment>>> Views::payments(const Stream& stream, const PageQuery& query) const {
  const auto& cursor = cursor_of(query);
  std::shared_ptr<const Payment> at;
  if (cursor) {
    TOLLGATE_ASSIGN_OR_RETURN(at, payment(stream, PaymentId{cursor->core}));
  }
  if (!query.customer) {
    std::string key = at ? keys::object(stream.partner, stream.mode, at->id.core) : "";
    return object_page<Payment>(log_, Table::payments, stream, query, std::move(key),
                                [&](const Payment& payment) { return within(payment.created_us, query); });
  }
  const auto prefix = index_prefix(stream.partner, stream.mode, IndexKind::payments_by_customer, &*query.customer);
  std::string key = at ? index_key(prefix, at->created_us, at->id.core, 0) : "";
  return scoped_page<Payment>(log_, prefix, query, std::move(key),
                              [&](const PaymentMethodId& id) { return payment(stream, PaymentId{id.core}); });
}

StatusOr<Page<std::shared_ptr<const SetupIntent>>> Views::setups(const Stream& stream, const PageQuery& query) const {
  const auto& cursor = cursor_of(query);
  std::shared_ptr<const SetupIntent> at;
  if (cursor) {
    TOLLGATE_ASSIGN_OR_RETURN(at, setup(stream, SetupIntentId{cursor->core}));
  }
  if (!query.customer) {
    std::string key = at ? keys::object(stream.partner, stream.mode, at->id.core) : "";
    return object_page<SetupIntent>(log_, Table::setups, stream, query, std::move(key),
                                    [&](const SetupIntent& setup) { return within(setup.created_us, query); });
  }
  const auto prefix = index_prefix(stream.partner, stream.mode, IndexKind::setups_by_customer, &*query.customer);
  std::string key = at ? index_key(prefix, at->id.core.created_us(), at->id.core, 0) : "";
  return scoped_page<SetupIntent>(log_, prefix, query, std::move(key),
                                  [&](const PaymentMethodId& id) { return setup(stream, SetupIntentId{id.core}); });
}

StatusOr<Page<std::shared_ptr<const Customer>>> Views::customers(const Stream& stream, const PageQuery& query) const {
  std::string key;
  if (const auto& cursor = cursor_of(query)) {
    TOLLGATE_RETURN_IF_ERROR(customer(stream, CustomerId{cursor->core}).status());
    key = keys::object(stream.partner, stream.mode, cursor->core);
  }
  return object_page<Customer>(log_, Table::customers, stream, query, std::move(key), [&](const Customer& customer) {
    return !customer.deleted && within(customer.created_us, query);
  });
}

StatusOr<Page<std::shared_ptr<const PaymentMethod>>> Views::methods(const Stream& stream,
                                                                    const PageQuery& query) const {
  const auto& cursor = cursor_of(query);
  if (cursor) TOLLGATE_RETURN_IF_ERROR(method(stream, *cursor).status());
  if (!query.customer) {
    std::string key = cursor ? keys::method(stream.partner, stream.mode, *cursor) : "";
    return object_page<PaymentMethod>(log_, Table::methods, stream, query, std::move(key),
                                      [&](const PaymentMethod& method) {
      return !method.detached && within(method.method.created_us, query);
    });
  }
  const auto prefix = index_prefix(stream.partner, stream.mode, IndexKind::methods_by_customer, &*query.customer);
  std::string key = cursor ? index_key(prefix, cursor->core.created_us(), cursor->core, cursor->ordinal) : "";
  return scoped_page<PaymentMethod>(log_, prefix, query, std::move(key),
                                    [&](const PaymentMethodId& id) { return method(stream, id); });
}

StatusOr<Page<ChargeRef>> Views::charges(const Stream& stream, const PageQuery& query) const {
  if (query.customer) {
    const auto of_customer = index_prefix(stream.partner, stream.mode, IndexKind::charges_by_customer, &*query.customer);
    return child_page<ChargeRef>(*this, log_, stream, of_customer, query, charge_created);
  }
  const auto prefix = index_prefix(stream.partner, stream.mode, IndexKind::charges);
  std::optional<ChargePlace> from;
  std::string key;
  if (const auto& cursor = cursor_of(query)) {
    TOLLGATE_ASSIGN_OR_RETURN(const auto payment, cursor_payment(*this, stream, *cursor, charge_created));
    from = place_of({payment, cursor->ordinal});
    key = index_key(prefix, from->time_us, cursor->core, cursor->ordinal);
  }
  TOLLGATE_ASSIGN_OR_RETURN(const auto ids, index_page(log_, prefix, query, std::move(key)));
  TOLLGATE_ASSIGN_OR_RETURN(auto alone, read_children<ChargeRef>(*this, stream, ids, charge_created));
  TOLLGATE_ASSIGN_OR_RETURN(auto together, charges_with_payments(log_, stream, query, from));
  return merged(std::move(alone), std::move(together), query);
}

StatusOr<Page<RefundRef>> Views::refunds(const Stream& stream, const PageQuery& query) const {
  const auto prefix = index_prefix(stream.partner, stream.mode, IndexKind::refunds);
  return child_page<RefundRef>(*this, log_, stream, prefix, query, refund_created);
}

StatusOr<Page<TransactionRef>> Views::transactions(const Stream& stream, const PageQuery& query) const {
  const auto prefix = index_prefix(stream.partner, stream.mode, IndexKind::events);
  Range range = index_range(prefix, query);
  const auto& cursor = cursor_of(query);
  if (cursor) {
    TOLLGATE_ASSIGN_OR_RETURN(const auto payment, cursor_payment(*this, stream, *cursor, transaction_created));
    TOLLGATE_ASSIGN_OR_RETURN(std::string key, transaction_key(log_, prefix, *cursor, *transaction_created(*payment, cursor->ordinal)));
    set_cursor(range, query, std::move(key));
  }
  TOLLGATE_ASSIGN_OR_RETURN(const auto ids, walk<PaymentMethodId>(
      log_, Table::index, range, query.limit, [&](std::string_view, std::string_view value, std::vector<PaymentMethodId>& items) -> Status {
        const auto row = parse_event_row(value);
        if (!row) return data_loss("a row of the events index is malformed");
        if (!row->transaction || (query.transaction_type && transaction_type_of(*row) != *query.transaction_type)) return absl::OkStatus();
        items.push_back(*row->transaction);
        return absl::OkStatus();
      }));
  return read_children<TransactionRef>(*this, stream, ids, transaction_created);
}

}  // namespace tollgate
