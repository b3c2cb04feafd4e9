// The figures as they follow the log: which generation is served, which one is being made, and up to where each has come. One thread; the store
// may be read by others meanwhile.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "report/store.h"
#include "tollgate/eventlog/event_log.h"

namespace tollgate::report {

// The currency of a payment that has ended, from its row: nothing changes it any more.
[[nodiscard]] StatusOr<Currency> currency_in(const EventLog& log, const PaymentKey& key);

class Projection {
 public:
  // `say` hears why figures that are there are made anew.
  [[nodiscard]] static StatusOr<std::unique_ptr<Projection>> open(std::unique_ptr<Store> store, const EventLog& log, uint64_t batch_records_max,
                                                                  const std::function<void(const std::string&)>& say);

  [[nodiscard]] const Store& store() const { return *store_; }
  [[nodiscard]] const Generations& generations() const { return generations_; }

  // What is served, up to where the log ends now. Stops between two batches when `go_on` says no.
  [[nodiscard]] Status follow(const std::function<bool()>& go_on);
  [[nodiscard]] Status begin_build();
  // One batch of what is being built; when it has come as far as what is served (without that: as the log), it is served instead.
  [[nodiscard]] Status build_on();
  [[nodiscard]] Status give_up_build();
  // Records that the build has, of how many.
  struct Built {
    uint64_t records = 0, of = 0;
  };
  [[nodiscard]] StatusOr<Built> built() const;

 private:
  Projection(std::unique_ptr<Store> store, const EventLog& log, uint64_t batch_records_max)
      : store_(std::move(store)), log_(log), batch_records_max_(batch_records_max) {}
  [[nodiscard]] Status load(const std::function<void(const std::string&)>& say);
  // Why the log is not the one that was folded; empty: it is.
  [[nodiscard]] StatusOr<std::string> other_log(const Positions& positions) const;
  [[nodiscard]] Status fold_batch(uint32_t generation, Positions& positions, uint32_t partition, uint64_t end);
  [[nodiscard]] Status set(const Generations& generations);

  std::unique_ptr<Store> store_;
  const EventLog& log_;
  const uint64_t batch_records_max_;
  Generations generations_;
  Positions active_, built_;
  Changes changes_;  // of one batch
};

}  // namespace tollgate::report
