// A small engine for tests of the read side: each event is applied, encoded and appended with the rows that follow from
// it.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tollgate/base/clock.h"
#include "tollgate/base/random.h"
#include "tollgate/eventlog/event_log.h"
#include "tollgate/projection/index.h"
#include "tollgate/projection/views.h"
#include "tollgate/record/record.h"

namespace tollgate::testing {

class World {
 public:
  World();

  // What happened, now. The clock goes on by one millisecond after each.
  uint64_t happens(const PaymentEvent& event);
  uint64_t happens(const CustomerEvent& event);
  // Of a stream of its own: partner and mode are what the next events and reads are about.
  void switch_to(PartnerId partner, Mode mode);
  void wait(int64_t us) { now_us_ += us; }

  [[nodiscard]] int64_t now_us() const { return now_us_; }
  [[nodiscard]] const Stream& stream() const { return stream_; }
  [[nodiscard]] const Views& views() const { return views_; }
  [[nodiscard]] EventLog& log() { return *log_; }
  [[nodiscard]] const Payment& payment(PaymentId id) const { return payments_.at(id); }
  // Keys of all index rows that there should be, from what was written.
  [[nodiscard]] std::set<std::string> index_keys() const;

  [[nodiscard]] IdCore new_core() { return ids_.next(now_us_); }
  [[nodiscard]] MethodSnapshot card(CustomerId customer = {});

  // Whole stories. Each gives the payment's id.
  PaymentId created(int64_t amount = 1000, CustomerId customer = {}, CaptureMethod capture = CaptureMethod::automatic);
  PaymentId paid(int64_t amount = 1000, CustomerId customer = {});
  // A first charge of what is created() already.
  void pay(PaymentId id);
  PaymentId authorized(int64_t amount = 1000, CustomerId customer = {});
  PaymentId declined(int64_t amount = 1000);
  void request(PaymentId id, OperationKind kind, uint16_t attempt);
  void capture(PaymentId id, int64_t amount, bool final_capture);
  uint16_t refund(PaymentId id, int64_t amount);
  CustomerId customer();

 private:
  void append(const Event& event, std::vector<Row> rows, const Indexed& before, const Payment* after);

  SeededRandom random_{7};
  IdSource ids_{random_};
  int64_t now_us_ = 1'750'000'000 * us_per_second;
  Stream stream_{PartnerId{1}, Mode::test, 1};
  std::unique_ptr<EventLog> log_;
  Views views_;
  Head head_;
  std::map<PaymentId, Payment> payments_;
  std::map<CustomerId, Customer> customers_;
  std::map<PaymentMethodId, PaymentMethod> methods_;
  std::map<SetupIntentId, SetupIntent> setups_;
};

}  // namespace tollgate::testing
