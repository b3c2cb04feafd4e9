// Routes calls to acquirers, puts a deadline on each, and owns what is in doubt: an inquiry or a reversal that stays without
// an answer is repeated with growing delays until it has one. Nothing is ever sent to another acquirer while an
// operation is unknown.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tollgate/acquirer/acquirer.h"
#include "tollgate/base/clock.h"

namespace tollgate {

struct DispatcherOptions {
  int64_t call_timeout_us = 10 * us_per_second;       // then the outcome is unknown
  int64_t inquiry_delay_first_us = 200 * us_per_ms;   // doubles
  int64_t inquiry_delay_max_us = 60 * us_per_second;
  // An inquiry answered "never seen" is definite only after this long since the request was sent: it may still arrive.
  int64_t not_found_grace_us = 2 * us_per_second;
  std::size_t in_flight_max = 65'536;  // calls beyond it are answered unknown at once, never queued without bound
  // Operations being inquired or reversed at a time. Beyond it the answer is unknown at once as well, and the caller asks again.
  std::size_t in_doubt_max = 1'000'000;
  uint64_t jitter_seed = 1;  // of the delays, so that what failed together is not asked again together
};

// What the engine calls. Requests with action inquire and reverse are repeated until definite (inquire: approved, declined,
// pending, authentication_required or not_found; reverse: approved); all others are sent once and answered once at their deadline at the latest.
class AcquirerPort {
 public:
  virtual ~AcquirerPort() = default;
  // Any thread; never blocks.
  virtual void send(std::vector<AcquirerRequest> requests) = 0;
};

struct InDoubtSummary {
  std::size_t inquiries = 0, reversals = 0, in_flight = 0;
};

class Dispatcher : public AcquirerPort {
 public:
  virtual InDoubtSummary summary() const = 0;
  // Stops the timers; what is still unanswered is settled after the next start.
  virtual void stop() = 0;
};

// Answers arrive in batches; also late and repeated ones. From the acquirers' threads and the dispatcher's own timer thread.
using AnswersHandler = std::function<void(std::vector<std::pair<AcquirerRequest, AcquirerAnswer>>)>;
// Makes an acquirer that reports to `answered`.
using AcquirerFactory = std::function<std::unique_ptr<Acquirer>(Acquirer::Answered answered)>;

// Test mode always goes to `sandbox`; live mode to the acquirer of that name in `live`, chosen by `live_route` (the partner's
// configuration); without one the answer is declined/test_mode_live_card, which the API never lets happen.
[[nodiscard]] std::unique_ptr<Dispatcher> make_dispatcher(const DispatcherOptions& options, AcquirerFactory sandbox,
                                                          std::map<std::string, AcquirerFactory> live,
                                                          std::function<std::string(PartnerId)> live_route, AnswersHandler answers);

}  // namespace tollgate
