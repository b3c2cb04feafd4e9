#include "simulator/calls.h"

namespace tollgate {

void Calls::take(std::vector<AcquirerRequest>& requests, int64_t now_us, int64_t utc_us, Answers& answers) {
  std::erase_if(requests, [&](AcquirerRequest& request) {
    if (is_resolving(request.action)) {
      request.cvc.reset();
      if (!resolver_.add(request, now_us, utc_us)) ++dropped_;
      return true;
    }
    if (request.sent_us == 0) request.sent_us = utc_us;
    if (in_flight_.add(request, now_us + options_.call_timeout_us)) return false;
    answers.emplace_back(std::move(request), AcquirerAnswer{});
    return true;
  });
  // Filled up with inquiries and reversals, so that all goes out in one call.
  resolver_.take_due(now_us, requests);
}

std::optional<AcquirerRequest> Calls::answered(const AcquirerRequest& request, const AcquirerAnswer& answer, int64_t now_us) {
  if (is_resolving(request.action)) return resolver_.settle(request, answer, now_us);
  std::optional<AcquirerRequest> waiting = in_flight_.take(request.call);
  // Late, or a repeat: whoever asked has its answer, and still wants to know.
  if (!waiting) {
    waiting = request;
    waiting->cvc.reset();
  }
  return waiting;
}

void Calls::take_due(int64_t now_us, Answers& answers, std::vector<AcquirerRequest>& due) {
  std::vector<AcquirerRequest> expired;
  in_flight_.take_expired(now_us, expired);
  for (AcquirerRequest& request : expired) answers.emplace_back(std::move(request), AcquirerAnswer{});
  resolver_.take_due(now_us, due);
}

AcquirerAnswer answer_without_acquirer(const AcquirerRequest& request) {
  AcquirerAnswer answer;
  answer.code = DeclineCode::test_mode_live_card;
  answer.outcome = is_resolving(request.action) ? Outcome::unknown : Outcome::declined;
  return answer;
}

}  // namespace tollgate
