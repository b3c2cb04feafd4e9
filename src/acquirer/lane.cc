#include "acquirer/lane.h"

namespace tollgate {

bool Lane::admit(AcquirerRequest& request, int64_t now_us) {
  // The bound first: whom the breaker lets through in half-open state must be sent.
  if (!in_flight_.full() && breaker_.admit(now_us)) return in_flight_.add(request, now_us + call_timeout_us_);
  ++refused_;
  return false;
}

Lane::Settled Lane::settle(const AcquirerRequest& request, const AcquirerAnswer& answer, int64_t now_us) {
  breaker_.on_result(answer.reached, now_us);
  if (is_resolving(request.action)) return {resolver_.settle(request, answer, now_us)};
  Settled settled{in_flight_.take(request.call)};
  settled.repeated = !settled.request;
  return settled;
}

void Lane::take_expired(int64_t now_us, std::vector<AcquirerRequest>& expired) {
  const std::size_t before = expired.size();
  in_flight_.take_expired(now_us, expired);
  for (std::size_t i = before; i < expired.size(); ++i) breaker_.on_result(false, now_us);
}

AcquirerHealth Lane::health(int64_t now_us) const {
  const bool cut_off = breaker_.cuts_off(now_us);
  return {.name = name_,
          .breaker = breaker_.state() == BreakerState::open && !cut_off ? BreakerState::half_open : breaker_.state(),
          .cut_off = cut_off,
          .in_flight = in_flight_.size(),
          .inquiries = resolver_.inquiries(),
          .reversals = resolver_.reversals(),
          .failures = breaker_.failures(),
          .opened = breaker_.opened(),
          .refused = refused_};
}

}  // namespace tollgate
