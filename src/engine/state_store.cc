#include "engine/state_store.h"

#include "tollgate/base/digest.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/wire.h"

namespace tollgate::engine {
namespace {

std::string object_row(const EntityKey& key) { return keys::object(key.partner, key.mode, key.core); }
std::string method_row(const EntityKey& key) { return keys::method(key.partner, key.mode, {key.core, static_cast<uint16_t>(key.ordinal)}); }
std::string stream_row(const EntityKey& key) { return keys::stream(key.partner, key.mode); }
std::string day_row(const EntityKey& key) { return keys::partition(key.ordinal) + keys::stream(key.partner, key.mode); }
std::string partner_row(const EntityKey& key) { return keys::partner(key.partner); }
std::string idempotency_row(const EntityKey& key) {
  std::string row = object_row(key);
  append_be32(row, key.ordinal);
  return row;
}

}  // namespace

template <class T>
StatusOr<std::shared_ptr<T>> Entities<T>::load(const EntityKey& key) {
  if (auto cached = cache_.find(key)) return cached;
  const Status found = log_.get(table_, row_key_(key), buffer_);
  if (absl::IsNotFound(found)) return std::shared_ptr<T>();
  TOLLGATE_RETURN_IF_ERROR(found);
  auto value = std::make_shared<T>();
  TOLLGATE_RETURN_IF_ERROR(wire::decode(buffer_, *value));
  cache_.insert(key, value, buffer_.size());
  return value;
}

template <class T>
void Entities<T>::take_rows(std::vector<Row>& rows) {
  cache_.write_dirty([&](const EntityKey& key, const T& value) {
    rows.push_back({table_, row_key_(key), wire::encode(value)});
    return rows.back().value->size();
  });
}

template class Entities<Payment>;
template class Entities<Customer>;
template class Entities<PaymentMethod>;
template class Entities<SetupIntent>;
template class Entities<Books>;
template class Entities<Partner>;
template class Entities<IdempotencyEntry>;
template class Entities<DayTotals>;

StateStore::StateStore(const EventLog& log, const EngineOptions& options)
    : payments(log, Table::payments, object_row, options.cached_payments_max),
      customers(log, Table::customers, object_row, options.cached_others_max),
      methods(log, Table::methods, method_row, options.cached_others_max),
      setups(log, Table::setups, object_row, options.cached_others_max),
      books(log, Table::books, stream_row, options.cached_books_max),
      partners(log, Table::partners, partner_row, options.cached_others_max),
      idempotency(log, Table::idempotency, idempotency_row, options.cached_others_max),
      day_totals(log, Table::meta, day_row, options.cached_others_max) {}

std::vector<Row> StateStore::take_rows() {
  payments.take_rows(rows);
  customers.take_rows(rows);
  methods.take_rows(rows);
  setups.take_rows(rows);
  books.take_rows(rows);
  partners.take_rows(rows);
  idempotency.take_rows(rows);
  day_totals.take_rows(rows);
  return std::exchange(rows, {});
}

EngineCaches StateStore::cache_stats() const {
  return {payments.stats("payments"), customers.stats("customers"), methods.stats("payment_methods"), setups.stats("setup_intents"),
          books.stats("books"), partners.stats("partners"), idempotency.stats("idempotency"), day_totals.stats("day_totals")};
}

EntityKey StateStore::idempotency_key(PartnerId partner, Mode mode, std::string_view key) {
  const Digest digest = sha256(key);
  EntityKey entity{partner, mode, {}, 0};
  std::memcpy(entity.core.bytes.data(), digest.data(), 12);
  entity.ordinal = load_be32(digest.data() + 12);
  return entity;
}

}  // namespace tollgate::engine
