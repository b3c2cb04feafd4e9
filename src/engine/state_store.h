// The state of the partners of one engine thread: objects in memory over the rows. Changes of a round become rows when the round
// is written; until then they are seen here only.
#pragma once
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "engine/entity_cache.h"
#include "tollgate/base/status.h"
#include "tollgate/customer/customer.h"
#include "tollgate/engine/day_totals.h"
#include "tollgate/engine/engine.h"
#include "tollgate/eventlog/event_log.h"
#include "tollgate/ledger/ledger.h"
#include "tollgate/partner/partner.h"
#include "tollgate/payment/types.h"

namespace tollgate::engine {

// One kind of object: its cache, its table and how its key is written.
template <class T>
class Entities {
 public:
  using RowKey = std::string (*)(const EntityKey&);
  Entities(const EventLog& log, Table table, RowKey row_key, std::size_t cached_max)
      : log_(log), table_(table), row_key_(row_key), cache_(cached_max) {}

  // nullptr if there is no such object; an error only if its row cannot be read.
  [[nodiscard]] StatusOr<std::shared_ptr<T>> load(const EntityKey& key);
  // The object to be changed, which becomes a row of this round; `current` as load() gave it.
  [[nodiscard]] std::shared_ptr<T> writable(const EntityKey& key, std::shared_ptr<T> current) {
    if (!current) current = std::make_shared<T>();
    return cache_.writable(key, std::move(current));
  }
  [[nodiscard]] std::shared_ptr<const T> share(const EntityKey& key, std::shared_ptr<T> value) {
    return cache_.share(key, std::move(value));
  }
  void take_rows(std::vector<Row>& rows);
  [[nodiscard]] CacheStats stats(const char* name) const { return cache_.stats(name); }

 private:
  const EventLog& log_;
  Table table_;
  RowKey row_key_;
  EntityCache<T> cache_;
  std::string buffer_;
};

class StateStore {
 public:
  StateStore(const EventLog& log, const EngineOptions& options);

  Entities<Payment> payments;
  Entities<Customer> customers;
  Entities<PaymentMethod> methods;
  Entities<SetupIntent> setups;
  Entities<Books> books;
  Entities<Partner> partners;
  Entities<IdempotencyEntry> idempotency;
  Entities<DayTotals> day_totals;

  // Rows that are no objects: index, timers, in_doubt.
  std::vector<Row> rows;

  [[nodiscard]] std::vector<Row> take_rows();
  [[nodiscard]] EngineCaches cache_stats() const;

  [[nodiscard]] static EntityKey payment_key(PartnerId partner, Mode mode, PaymentId id) { return {partner, mode, id.core, 0}; }
  [[nodiscard]] static EntityKey customer_key(PartnerId partner, Mode mode, CustomerId id) { return {partner, mode, id.core, 0}; }
  [[nodiscard]] static EntityKey method_key(PartnerId partner, Mode mode, PaymentMethodId id) { return {partner, mode, id.core, id.ordinal}; }
  [[nodiscard]] static EntityKey setup_key(PartnerId partner, Mode mode, SetupIntentId id) { return {partner, mode, id.core, 0}; }
  [[nodiscard]] static EntityKey stream_key(PartnerId partner, Mode mode) { return {partner, mode, {}, 0}; }
  // What is counted of a day has its row among its partition's.
  [[nodiscard]] static EntityKey day_key(PartnerId partner, Mode mode, uint32_t partition) { return {partner, mode, {}, partition}; }
  [[nodiscard]] static EntityKey idempotency_key(PartnerId partner, Mode mode, std::string_view key);
};

}  // namespace tollgate::engine
