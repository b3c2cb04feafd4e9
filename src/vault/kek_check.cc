#include "vault/kek_check.h"

#include "tollgate/base/clock.h"

namespace tollgate::vault {
namespace {

// A provider that has not answered for so long counts as one that does not, whatever it says in the end.
constexpr int64_t answer_wait_max_us = 10 * us_per_second;

}  // namespace

KekCheck::~KekCheck() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void KekCheck::begin(int64_t interval_us) { thread_ = std::thread([this, interval_us] { run(interval_us); }); }

void KekCheck::look_again() {
  {
    const std::lock_guard lock(mutex_);
    again_ = true;
    refused_ = false;
  }
  wake_.notify_all();
}

VaultKekCheck KekCheck::state() const {
  const std::lock_guard lock(mutex_);
  VaultKekCheck told = state_;
  const int64_t waited_us = asked_us_ == 0 ? 0 : monotonic_us() - asked_us_;
  if (waited_us <= answer_wait_max_us) return told;
  told.known = true;
  told.up = false;
  told.took_us = waited_us;
  told.problem = fmt::format("it has not answered for {} s", waited_us / us_per_second);
  return told;
}

void KekCheck::run(int64_t interval_us) {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    again_ = false;
    if (!refused_) {
      asked_us_ = monotonic_us();
      lock.unlock();
      look();
      lock.lock();
    }
    wake_.wait_for(lock, std::chrono::microseconds(interval_us), [this] { return stopped_ || again_; });
  }
}

void KekCheck::look() {
  const Status answered = ring_.probe();
  const int64_t now_us = SystemClock().now_us();
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed = state_.up != answered.ok();
    state_.known = true;
    state_.up = answered.ok();
    state_.checked_us = now_us;
    state_.took_us = monotonic_us() - asked_us_;
    state_.problem = message_of(answered);
    refused_ = absl::IsPermissionDenied(answered);
    if (refused_)
      state_.problem += "; it is not tried again by itself, because tokens lock after a few wrong PINs: correct the PIN's file, then restart the node or "
                        "change a key (tollgate vault rotate)";
    asked_us_ = 0;
  }
  if (!changed || !note_) return;
  note_(answered.ok() ? std::string("the vault's key provider answers again")
                      : fmt::format("the vault's key provider does not answer: {}. Payments go on; keys cannot be changed, and a restart would not succeed",
                                    message_of(answered)));
}

}  // namespace tollgate::vault
