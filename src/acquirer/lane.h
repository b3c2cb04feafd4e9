// One acquirer's share of the dispatcher: its calls in flight, what is in doubt there, and whether it is worth calling at all. No
// thread and no clock of its own; the dispatcher drives it.
#pragma once
#include "acquirer/breaker.h"
#include "acquirer/in_flight.h"
#include "acquirer/resolver.h"

namespace tollgate {

class Lane {
 public:
  Lane(std::string name, const DispatcherOptions& options, const BulkheadOptions& bulkhead)
      : name_(std::move(name)), call_timeout_us_(options.call_timeout_us), in_flight_(bulkhead.in_flight_max),
        resolver_(options, bulkhead.resolving_max), breaker_(bulkhead) {}

  // Numbers the request. False: it must not be sent, now.
  [[nodiscard]] bool admit(AcquirerRequest& request, int64_t now_us);
  // False: too many are in doubt.
  [[nodiscard]] bool resolve(AcquirerRequest request, int64_t now_us, int64_t utc_us) {
    return resolver_.add(std::move(request), now_us, utc_us);
  }
  [[nodiscard]] std::optional<Resolving> resolving(AcquirerAction action, Mode mode, const std::string& reference) const {
    return resolver_.find(action, mode, reference);
  }
  [[nodiscard]] AskNow ask_now(AcquirerAction action, Mode mode, const std::string& reference, int64_t now_us) {
    return resolver_.hurry(action, mode, reference, now_us);
  }
  // What an answer settles: for a call that waits, and for an inquiry or a reversal with a definite answer, its request. Nothing is
  // left to do for other inquiries and reversals; other calls were answered before, late or twice, and are handed on as they come.
  struct Settled {
    std::optional<AcquirerRequest> request;
    bool repeated = false;
  };
  [[nodiscard]] Settled settle(const AcquirerRequest& request, const AcquirerAnswer& answer, int64_t now_us);
  // Calls whose time is up.
  void take_expired(int64_t now_us, std::vector<AcquirerRequest>& expired);
  // Inquiries and reversals to be sent now.
  void take_due(int64_t now_us, std::vector<AcquirerRequest>& due) { resolver_.take_due(now_us, due); }

  [[nodiscard]] int64_t next_us() const { return std::min(in_flight_.next_deadline_us(), resolver_.next_us()); }
  [[nodiscard]] std::size_t in_doubt() const { return resolver_.inquiries() + resolver_.reversals(); }
  [[nodiscard]] AcquirerHealth health(int64_t now_us) const;
  // Whether the breaker has opened, or has closed again, since mark_told().
  [[nodiscard]] bool breaker_changed() const { return told_open_ != is_open(); }
  void mark_told() { told_open_ = is_open(); }

 private:
  // Half-open is on the way from one to the other.
  [[nodiscard]] bool is_open() const { return breaker_.state() != BreakerState::closed; }

  std::string name_;
  int64_t call_timeout_us_;
  InFlight in_flight_;
  Resolver resolver_;
  Breaker breaker_;
  uint64_t refused_ = 0;
  bool told_open_ = false;
};

[[nodiscard]] inline bool is_resolving(AcquirerAction action) {
  return action == AcquirerAction::inquire || action == AcquirerAction::reverse;
}

}  // namespace tollgate
