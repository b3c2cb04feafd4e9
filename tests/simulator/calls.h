// The simulator's dispatcher: the real calls in flight and the real resolver, on one thread and without a clock of its own. What the real
// dispatcher has besides, a lane with bulkhead and breaker for each acquirer, is not in it.
#pragma once
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "acquirer/lane.h"
#include "tollgate/acquirer/dispatcher.h"

namespace tollgate {

using Answers = std::vector<std::pair<AcquirerRequest, AcquirerAnswer>>;

// Times are monotonic, except `utc_us`.
class Calls {
 public:
  explicit Calls(const DispatcherOptions& options) : options_(options), in_flight_(options.in_flight_max), resolver_(options) {}

  // Takes what the engine asks. Leaves in `requests` what is to be sent now, with the inquiries and reversals that are due. Calls that
  // there is no room for are answered unknown; inquiries and reversals are counted.
  void take(std::vector<AcquirerRequest>& requests, int64_t now_us, int64_t utc_us, Answers& answers);
  // The request whose answer this is, for the engine; nothing if an inquiry or a reversal goes on.
  [[nodiscard]] std::optional<AcquirerRequest> answered(const AcquirerRequest& request, const AcquirerAnswer& answer, int64_t now_us);
  // Calls whose time is up are answered unknown; inquiries and reversals that are due are to be sent.
  void take_due(int64_t now_us, Answers& answers, std::vector<AcquirerRequest>& due);

  // When take_due() has something to do next; INT64_MAX if never.
  [[nodiscard]] int64_t next_us() const { return std::min(in_flight_.next_deadline_us(), resolver_.next_us()); }
  [[nodiscard]] InDoubtSummary summary() const { return {resolver_.inquiries(), resolver_.reversals(), in_flight_.size()}; }
  [[nodiscard]] uint64_t dropped() const { return dropped_; }
  [[nodiscard]] bool has_room() const { return resolver_.inquiries() + resolver_.reversals() < options_.in_doubt_max; }

 private:
  const DispatcherOptions options_;
  InFlight in_flight_;
  Resolver resolver_;
  uint64_t dropped_ = 0;
};

// The answer to a request that no acquirer is configured for. What was never sent is declined for certain; what is in doubt stays so
// until the acquirer is configured again.
[[nodiscard]] AcquirerAnswer answer_without_acquirer(const AcquirerRequest& request);

}  // namespace tollgate
