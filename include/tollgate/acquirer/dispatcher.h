// Routes calls to acquirers, puts a deadline on each, and owns what is in doubt: an inquiry or a reversal that stays without
// an answer is repeated with growing delays until it has one. Nothing is ever sent to another acquirer while an
// operation is unknown. Each acquirer has bounds and a circuit breaker of its own: one that hangs holds no other.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tollgate/acquirer/acquirer.h"
#include "tollgate/base/clock.h"

namespace tollgate::observe {
class Metrics;
}

namespace tollgate {

struct AcquirerHealth;

struct DispatcherOptions {
  int64_t call_timeout_us = 10 * us_per_second;       // then the outcome is unknown
  int64_t inquiry_delay_first_us = 200 * us_per_ms;   // doubles
  int64_t inquiry_delay_max_us = 60 * us_per_second;
  // An inquiry answered "never seen" is definite only after this long since the doubt began here: the request may still arrive.
  int64_t not_found_grace_us = 2 * us_per_second;
  std::size_t in_flight_max = 65'536;  // calls beyond it, of the sandbox, are not sent: declined for certain
  // Operations of an acquirer that are being inquired or reversed at a time. Beyond it they are left to in_doubt_dropped().
  std::size_t in_doubt_max = 1'000'000;
  observe::Metrics* metrics = nullptr;  // nullptr: nothing is counted
  uint64_t jitter_seed = 1;  // of the delays, so that what failed together is not asked again together
  // A breaker has opened, or closed again; from the dispatcher's timer thread. May be empty.
  std::function<void(const AcquirerHealth&)> breaker_changed = {};
};

enum class BreakerState : uint8_t {
  closed = 1,  // calls are sent
  open,        // the acquirer did not answer several times in a row: calls are declined for certain, without being sent
  half_open,   // one call is on its way to find out, or the next one does
};

// What keeps one acquirer from holding the others.
struct BulkheadOptions {
  std::size_t in_flight_max = 1'024;  // calls beyond it are not sent: declined for certain
  std::size_t resolving_max = 64;     // inquiries and reversals at the acquirer at a time; the others wait their turn
  uint32_t failures_max = 10;         // calls in a row without an answer that open the breaker; 0: it never opens
  int64_t open_us = 5 * us_per_second;        // then one call is let through; without an answer it stays open twice as long
  int64_t open_max_us = 60 * us_per_second;
  int64_t unasked_us = 300 * us_per_second;   // nothing was asked for so long: it no longer counts as cut off
};

// What the engine calls. Requests with action inquire and reverse are repeated until definite (inquire: approved, declined,
// pending, authentication_required or not_found; reverse: approved); all others are sent once and answered once at their deadline at the latest.
class AcquirerPort {
 public:
  virtual ~AcquirerPort() = default;
  // Any thread; never blocks.
  virtual void send(std::vector<AcquirerRequest> requests) = 0;
  // How many inquiries and reversals were not taken so far, because too many are in doubt. Whoever keeps them for good sends them
  // again while there is room: one that is being resolved already stays as it is.
  [[nodiscard]] virtual uint64_t in_doubt_dropped() const { return 0; }
  [[nodiscard]] virtual bool in_doubt_room() const { return true; }
};

// How one acquirer does.
struct AcquirerHealth {
  std::string name;  // "sandbox", or as it is configured
  BreakerState breaker = BreakerState::closed;
  bool cut_off = false;   // operations are declined without being sent
  std::size_t in_flight = 0, inquiries = 0, reversals = 0;
  uint32_t failures = 0;  // calls in a row without an answer
  uint64_t opened = 0;    // times that the breaker did
  uint64_t refused = 0;   // calls that were not sent, by the breaker or by the bound
  std::string problem;    // why it was not reached the last time; empty while all is well
};

struct InDoubtSummary {
  std::size_t inquiries = 0, reversals = 0, in_flight = 0;
  uint64_t dropped = 0;  // AcquirerPort::in_doubt_dropped()
  std::vector<AcquirerHealth> acquirers;
};

// How far one operation in doubt has come, since it is asked about here. Times are UTC.
struct Resolving {
  AcquirerAction action = AcquirerAction::inquire;  // or reverse
  uint64_t tries = 0;
  int64_t last_try_us = 0;  // 0: none yet
  bool waiting = false;     // the newest try has no answer yet
  int64_t next_us = 0;      // of the next try; while one waits: if no answer comes
  bool answered = false;    // to any of the tries, but not definitely: the newest answer follows
  Outcome outcome = Outcome::unknown;
  bool not_found = false;  // too early to be sure
  bool reached = true;
  DoubtCause doubt = DoubtCause::no_answer;
};

enum class AskNow : uint8_t {
  asked,        // goes out now, or as soon as the acquirer's bound lets it
  too_soon,     // it was asked a moment ago
  too_many,     // too many others were hurried within this second
  not_waiting,  // it is not being asked about here: it has its outcome, or waits for room
};
// Between two tries of one operation that people ask for, and how many a second in all.
inline constexpr int64_t ask_now_pause_us = 2 * us_per_second;
inline constexpr uint32_t ask_now_per_second_max = 10;

class Dispatcher : public AcquirerPort {
 public:
  virtual InDoubtSummary summary() const = 0;
  // `action`: inquire or reverse, `reference` as reference_of() makes it. Nothing if it is not being asked about.
  [[nodiscard]] virtual std::optional<Resolving> resolving(AcquirerAction action, Mode mode, const std::string& reference) const = 0;
  // The next try at once instead of at its time.
  [[nodiscard]] virtual AskNow ask_now(AcquirerAction action, Mode mode, const std::string& reference) = 0;
  // Stops the timers; what is still unanswered is settled after the next start.
  virtual void stop() = 0;
};

// Answers arrive in batches; also late and repeated ones. From the acquirers' threads and the dispatcher's own timer thread.
using AnswersHandler = std::function<void(std::vector<std::pair<AcquirerRequest, AcquirerAnswer>>)>;
// Makes an acquirer that reports to `answered`.
using AcquirerFactory = std::function<std::unique_ptr<Acquirer>(Acquirer::Answered answered)>;
struct LiveAcquirer {
  AcquirerFactory factory;
  BulkheadOptions bulkhead;
};

// Test mode always goes to `sandbox`. Live mode goes to the acquirer of `live` that the request names; where it names none, to that
// of `live_route` (the partner's configuration). Where there is none, the answer is a decline, since nothing was sent, and what is
// in doubt stays so until the acquirer is configured again.
[[nodiscard]] std::unique_ptr<Dispatcher> make_dispatcher(const DispatcherOptions& options, AcquirerFactory sandbox,
                                                          std::map<std::string, LiveAcquirer> live,
                                                          std::function<std::string(PartnerId)> live_route, AnswersHandler answers);

}  // namespace tollgate
