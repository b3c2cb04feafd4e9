// Which requests are let in: each partner's own limits, guesses at keys per address, and, when the node has more to do than it can,
// the least important left out first. Decided from a request's head, for a few hundred nanoseconds. No sockets; times are given.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "tollgate/limits/token_bucket.h"
#include "tollgate/partner/partner.h"

namespace tollgate {

// Least important first: the order in which a node that has too much to do leaves requests out. What the node itself does (answers
// of acquirers, what is in doubt, timers) is never a request and never left out.
enum class RequestClass : uint8_t { list = 0, read, test, payment, settlement };
inline constexpr std::size_t request_class_count = 5;

// Which limit a request was over.
enum class LimitKind : uint8_t { requests = 0, concurrency, queue, day_amount, declines, unknown_key };
inline constexpr std::size_t limit_kind_count = 6;

[[nodiscard]] const char* name_of(RequestClass of);
[[nodiscard]] const char* name_of(LimitKind of);

struct LimitsOptions {
  // Of partners that have none of their own; 0: none. Declines: of live mode only, tests decline on purpose.
  PartnerLimits defaults;
  // Requests without a valid key, of one address (IPv6: of one /64).
  Rate unknown_keys{10, 100};
  // Longer than this, all the time, and the node leaves requests out. 0: never.
  int64_t queue_delay_target_us = 25'000;
  uint32_t engine_threads = 1;
};

// The partner's limits where it has them, else the node's.
[[nodiscard]] PartnerLimits limits_of(const PartnerLimits& own, const PartnerLimits& defaults, Mode mode);

struct LimitsStats {
  uint64_t allowed = 0;
  std::array<uint64_t, limit_kind_count> limited{};
  std::array<uint64_t, request_class_count> shed{};
};

// Of one partner and mode, now.
struct PartnerUse {
  uint32_t requests_available = 0;  // that could come at once
  uint32_t concurrent_requests = 0;
  uint64_t allowed = 0, limited = 0, shed = 0;  // since the node started
};

class Limits {
 public:
  enum class Answer : uint8_t { allowed, limited, shed };
  struct Verdict {
    Answer answer = Answer::allowed;
    LimitKind limit = LimitKind::requests;
    int64_t retry_after_us = 0;
  };
  // A request that was let in, until it is answered or gone. Any thread.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept : limits_(std::exchange(other.limits_, nullptr)), partner_(other.partner_), mode_(other.mode_), lane_(other.lane_) {}
    Ticket& operator=(Ticket&& other) noexcept {
      std::swap(limits_, other.limits_);
      std::swap(partner_, other.partner_);
      std::swap(mode_, other.mode_);
      std::swap(lane_, other.lane_);
      return *this;
    }
    ~Ticket() {
      if (limits_ != nullptr) limits_->release(partner_, mode_, lane_);
    }

   private:
    friend class Limits;
    Limits* limits_ = nullptr;
    PartnerId partner_;
    Mode mode_ = Mode::none;
    uint32_t lane_ = 0;
  };

  explicit Limits(LimitsOptions options);
  ~Limits();
  Limits(const Limits&) = delete;
  Limits& operator=(const Limits&) = delete;

  // `peer`: a number for the address that the request came from. `now_us`: of the wall clock, `monotonic_us` of the other. Any thread.
  [[nodiscard]] Verdict admit(const Partner& partner, Mode mode, RequestClass of, uint64_t peer, int64_t now_us, int64_t monotonic_us,
                              Ticket& ticket, std::string_view key_id = {});
  // A request without a valid key, or of a page that needs none.
  [[nodiscard]] Verdict admit_unknown(uint64_t peer, int64_t now_us);

  // From an engine thread: how long the commands that it took just now had waited at least; 0 if none is left waiting.
  void engine_delay(uint32_t thread, int64_t delay_us);
  // From an io thread: how late its loop came to a timer.
  void io_delay(uint32_t thread, int64_t delay_us);

  // For limits that others decide about.
  void count(LimitKind over);

  [[nodiscard]] LimitsStats stats() const;
  // When a request with this key was last let in; 0: not since the node started.
  [[nodiscard]] int64_t last_use_us(PartnerId partner, Mode mode, std::string_view key_id) const;
  [[nodiscard]] PartnerUse use_of(const Partner& partner, Mode mode, int64_t now_us) const;
  [[nodiscard]] const LimitsOptions& options() const { return options_; }

 private:
  void release(PartnerId partner, Mode mode, uint32_t lane);

  struct State;
  const LimitsOptions options_;
  std::unique_ptr<State> state_;
};

}  // namespace tollgate
