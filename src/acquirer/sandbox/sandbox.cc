#include "tollgate/acquirer/sandbox.h"

#include <mutex>
#include <unordered_map>

#include "acquirer/sandbox/bank.h"
#include "acquirer/sandbox/cards.h"
#include "acquirer/sandbox/delay_queue.h"
#include "tollgate/acquirer/sandbox_snapshot.h"
#include "tollgate/base/assert.h"
#include "tollgate/base/clock.h"

namespace tollgate {
namespace sandbox {
namespace {

constexpr std::size_t delayed_batches_max = 65'536;
constexpr std::size_t held_requests_max = 65'536;  // beyond it a held request is as one that never arrives
constexpr std::size_t refunds_per_report_max = 1'000;
// A reported refund is kept this long, and reported again if the process starts anew meanwhile.
constexpr int64_t report_kept_us = 3'600 * us_per_second;

[[nodiscard]] bool needs_card(AcquirerAction action) {
  return action == AcquirerAction::authorize || action == AcquirerAction::sale || action == AcquirerAction::verify;
}

struct Outgoing {
  AcquirerRequest request;
  Reply reply;
};

class SandboxImpl final : public Sandbox {
 public:
  SandboxImpl(std::unique_ptr<Ledger> ledger, const SandboxOptions& options, RevealCard reveal, Answered answered, RefundReport settled)
      : options_(options), reveal_(std::move(reveal)), answered_(std::move(answered)), settled_(std::move(settled)),
        ledger_(std::move(ledger)), later_(delayed_batches_max) {
    // Those of an earlier process, once whoever listens has had the time to start.
    const std::lock_guard lock(mutex_);
    schedule_report(options_.refund_pending_us);
  }
  ~SandboxImpl() override { later_.stop(); }

  void send(std::vector<AcquirerRequest> requests) override {
    std::vector<Reply> replies;
    replies.reserve(requests.size());
    std::vector<Outgoing> late;
    std::vector<CardAtBank> cards;
    cards.reserve(requests.size());
    for (const AcquirerRequest& request : requests) cards.push_back(card_of(request));
    if (!process(requests, cards, replies, late)) return;
    if (options_.latency_us > 0) {
      // With the queue full the answers are lost, as they may be on any network.
      later_.after(options_.latency_us,
                   [this, requests = std::move(requests), replies = std::move(replies)] { answer(requests, replies); });
    } else {
      answer(requests, replies);
    }
    if (!late.empty()) answer_late(std::move(late));
  }

  StatusOr<SandboxEntry> entry(const std::string& reference) const override {
    TOLLGATE_ASSIGN_OR_RETURN(const Entry found, ledger_->read(reference));
    return to_public(reference, found);
  }

  Status entries(const std::string& after, const std::function<bool(const SandboxEntry&)>& visit) const override {
    return ledger_->scan(after, [&](std::string_view reference, const Entry& found) {
      return visit(to_public(std::string(reference), found));
    });
  }

  Snapshotter& snapshotter() { return ledger_->snapshotter(); }
  CacheStats cache() const { return ledger_->block_cache(); }

 private:
  [[nodiscard]] CardAtBank card_of(const AcquirerRequest& request) const {
    if (!needs_card(request.action)) return {};
    if (const Behaviour* behaviour = behaviour_by_alias(request.card_token)) return {behaviour, DeclineCode::none};
    if (!reveal_) return {nullptr, DeclineCode::incorrect_number};
    const StatusOr<Secret> number = reveal_(request.partner, request.mode, request.card_token);
    if (absl::IsNotFound(number.status())) return {nullptr, DeclineCode::incorrect_number};
    if (!number.ok()) return {nullptr, DeclineCode::processing_error};
    const Behaviour* behaviour = behaviour_by_number(number->reveal());
    return {behaviour, behaviour == nullptr ? DeclineCode::test_mode_live_card : DeclineCode::none};
  }

  // All of a batch in one write. False: it could not be written, nothing happened, and there are no answers.
  bool process(const std::vector<AcquirerRequest>& requests, const std::vector<CardAtBank>& cards, std::vector<Reply>& replies,
               std::vector<Outgoing>& late) {
    const std::lock_guard lock(mutex_);
    // Each touches its own reference and that of the charge it is about; one that was held arrives in a round of its own.
    Round round(*ledger_, 2 * requests.size());
    bool refund_pending = false;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const AcquirerRequest& request = requests[i];
      switch (request.action) {
        case AcquirerAction::inquire: replies.push_back({.answer = inquire(round, request)}); break;
        case AcquirerAction::reverse: replies.push_back({.answer = reverse(round, request)}); break;
        default: {
          replies.push_back(arrive(round, request, cards[i]));
          refund_pending |= follow_refund(round, request, replies.back().course);
        }
      }
    }
    if (!round.commit().ok()) return false;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (replies[i].held && held_.size() < held_requests_max) held_.emplace(requests[i].reference, requests[i]);
      if (requests[i].action == AcquirerAction::reverse && !held_.empty()) release(requests[i].reference, late);
    }
    if (refund_pending) schedule_report(options_.refund_pending_us);
    return true;
  }

  // With the mutex held: what was on its way arrives, now that it was reversed.
  void release(const std::string& reference, std::vector<Outgoing>& late) {
    auto held = held_.extract(reference);
    if (held.empty()) return;
    Round round(*ledger_, 2);
    Outgoing outgoing{std::move(held.mapped()), {}};
    outgoing.reply = arrive(round, outgoing.request, card_of(outgoing.request), true);
    if (round.commit().ok()) late.push_back(std::move(outgoing));
  }

  bool follow_refund(Round& round, const AcquirerRequest& request, RefundCourse course) {
    if (course == RefundCourse::at_once) return false;
    // Never before what was reported already, also if the clock was set back.
    const int64_t due_us = std::max(clock_.now_us() + options_.refund_pending_us, reported_to_us_);
    round.add_pending(due_us, {request, course == RefundCourse::pending});
    return true;
  }

  void answer(const std::vector<AcquirerRequest>& requests, const std::vector<Reply>& replies) const {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      for (uint8_t copy = 0; copy < replies[i].copies; ++copy) answered_(requests[i], replies[i].answer);
    }
  }

  // Behind the answers to the reversals, whatever the latency.
  void answer_late(std::vector<Outgoing> late) {
    auto task = [this, late = std::move(late)] {
      for (const Outgoing& outgoing : late) answered_(outgoing.request, outgoing.reply.answer);
    };
    const int64_t delay_us = options_.latency_us + options_.lost_answer_delay_us;
    if (delay_us == 0) return task();
    later_.after(delay_us, std::move(task));
  }

  // With the mutex held. Refunds become due in the order in which they come, so that one appointment is enough.
  void schedule_report(int64_t delay_us) {
    if (report_scheduled_) return;
    report_scheduled_ = true;
    later_.after(delay_us, [this] { report_refunds(); }, /*reserved=*/true);
  }

  // On the thread of `later_`: reports what is due and was not reported by this process yet.
  void report_refunds() {
    std::unique_lock lock(mutex_);
    report_scheduled_ = false;
    // Read while no round is open: what is due by now is in the books.
    const int64_t now_us = clock_.now_us();
    std::vector<PendingRefund> due;
    int64_t next_us = 0;
    const Status read = ledger_->scan_pending(reported_to_us_, [&](int64_t due_us, const PendingRefund& pending) {
      if (due_us > now_us || due.size() >= refunds_per_report_max) {
        next_us = due_us;
        return false;
      }
      due.push_back(pending);
      return true;
    });
    if (!read.ok() || !settle(due)) {
      schedule_report(us_per_second);
      return;
    }
    reported_to_us_ = next_us == 0 ? now_us + 1 : std::min(next_us, now_us + 1);
    if (next_us != 0) schedule_report(std::max<int64_t>(next_us - now_us, 0));
    if (!due.empty()) static_cast<void>(ledger_->forget_pending_before(std::min(reported_to_us_, now_us - report_kept_us)));
    lock.unlock();
    for (const PendingRefund& pending : due) {
      settled_(pending.refund, pending.succeeds, pending.succeeds ? DeclineCode::none : DeclineCode::generic_decline);
    }
  }

  // With the mutex held. Leaves those in `due` that are to be reported.
  bool settle(std::vector<PendingRefund>& due) {
    Round round(*ledger_, 2 * due.size());
    std::vector<bool> stands;
    for (const PendingRefund& pending : due) stands.push_back(settle_refund(round, pending));
    if (!round.commit().ok()) return false;
    std::size_t i = 0;
    std::erase_if(due, [&](const PendingRefund&) { return !stands[i++]; });
    return true;
  }

  const SandboxOptions options_;
  const RevealCard reveal_;
  const Answered answered_;
  const RefundReport settled_;
  const SystemClock clock_;
  const std::unique_ptr<Ledger> ledger_;

  std::mutex mutex_;  // one round at a time
  std::unordered_map<std::string, AcquirerRequest> held_;  // on their way until they are reversed, by reference
  int64_t reported_to_us_ = 0;  // refunds that are due before it were reported by this process
  bool report_scheduled_ = false;
  DelayQueue later_;
};

}  // namespace
}  // namespace sandbox

StatusOr<std::unique_ptr<Sandbox>> open_sandbox(const std::string& directory, const SandboxOptions& options, RevealCard reveal,
                                                Acquirer::Answered answered, RefundReport settled, std::function<void(Status)> failed) {
  TOLLGATE_ASSIGN_OR_RETURN(auto ledger, sandbox::Ledger::open(directory, options.block_cache_bytes, std::move(failed)));
  return std::unique_ptr<Sandbox>(std::make_unique<sandbox::SandboxImpl>(std::move(ledger), options, std::move(reveal), std::move(answered),
                                                                         std::move(settled)));
}

Snapshotter& snapshotter_of(Sandbox& sandbox) {
  auto* ours = dynamic_cast<sandbox::SandboxImpl*>(&sandbox);
  TOLLGATE_ASSERT(ours != nullptr);
  return ours->snapshotter();
}

CacheStats cache_of(const Sandbox& sandbox) {
  const auto* ours = dynamic_cast<const sandbox::SandboxImpl*>(&sandbox);
  TOLLGATE_ASSERT(ours != nullptr);
  return ours->cache();
}

StatusOr<SandboxTotals> totals_of(const Sandbox& sandbox, const std::string& prefix) {
  SandboxTotals totals;
  TOLLGATE_RETURN_IF_ERROR(sandbox.entries(prefix, [&](const SandboxEntry& entry) {
    if (!entry.reference.starts_with(prefix)) return false;
    const bool charge = entry.action == AcquirerAction::authorize || entry.action == AcquirerAction::sale;
    ++totals.entries;
    totals.approved_charges += charge && entry.outcome == Outcome::approved && !entry.reversed;
    totals.authorized += entry.authorized;
    totals.captured += entry.captured;
    totals.refunded += entry.refunded;
    totals.times_moved_max = std::max(totals.times_moved_max, entry.times_moved);
    totals.violations += entry.violations;
    return true;
  }));
  totals.net = totals.captured - totals.refunded;
  return totals;
}

}  // namespace tollgate
