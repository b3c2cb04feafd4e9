#include "acquirer/sandbox/delay_queue.h"

#include <chrono>

#include "tollgate/base/clock.h"

namespace tollgate::sandbox {

bool DelayQueue::after(int64_t delay_us, Task task, bool reserved) {
  const std::lock_guard lock(mutex_);
  if (stopped_ || (tasks_.size() >= tasks_max_ && !reserved)) return false;
  const auto added = tasks_.emplace(monotonic_us() + delay_us, std::move(task));
  if (added == tasks_.begin()) wake_.notify_one();
  return true;
}

void DelayQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void DelayQueue::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (tasks_.empty()) {
      wake_.wait(lock);
      continue;
    }
    const int64_t wait_us = tasks_.begin()->first - monotonic_us();
    if (wait_us > 0) {
      wake_.wait_for(lock, std::chrono::microseconds(wait_us));
      continue;
    }
    auto due = tasks_.extract(tasks_.begin());
    lock.unlock();
    due.mapped()();
    lock.lock();
  }
}

}  // namespace tollgate::sandbox
