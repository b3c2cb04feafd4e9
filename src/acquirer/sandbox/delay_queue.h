// Runs things later, on a thread of its own, in the order of their time. Bounded; what is left at the end is dropped.
#pragma once
#include <absl/functional/any_invocable.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>

namespace tollgate::sandbox {

class DelayQueue {
 public:
  using Task = absl::AnyInvocable<void()>;

  explicit DelayQueue(std::size_t tasks_max) : tasks_max_(tasks_max), thread_([this] { run(); }) {}
  ~DelayQueue() { stop(); }

  // False, and the task is dropped: full, or stopped. `reserved`: a task of which there is only ever one, which always finds room.
  bool after(int64_t delay_us, Task task, bool reserved = false);
  // Waits for the task that runs. Idempotent.
  void stop();

 private:
  void run();

  const std::size_t tasks_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::multimap<int64_t, Task> tasks_;  // by monotonic time
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace tollgate::sandbox
