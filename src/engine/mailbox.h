// What waits for an engine thread. Commands of partners are bounded: a full mailbox refuses, it never makes anyone wait. What
// the node itself has to say (acquirer answers, timers) is always taken; it is bounded by the calls in flight.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "tollgate/engine/command.h"

namespace tollgate::engine {

struct Input {
  Command command;
  ResultSink* sink = nullptr;  // nullptr: nobody waits
  ResultHandler handler;
  int64_t since_us = 0;  // when it came, monotonic; 0: not measured
};

class Mailbox {
 public:
  explicit Mailbox(std::size_t commands_max) : commands_max_(commands_max) {}

  // False if the mailbox is full or closed: `input` is as it was.
  [[nodiscard]] bool offer(Input& input) {
    bool wake;
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || commands_ >= commands_max_) return false;
      ++commands_;
      wake = inputs_.empty() && waiting_;
      inputs_.push_back(std::move(input));
    }
    if (wake) ready_.notify_one();
    return true;
  }

  void push_internal(std::vector<Input> inputs) {
    bool wake;
    {
      const std::lock_guard lock(mutex_);
      wake = waiting_;
      for (Input& input : inputs) inputs_.push_back(std::move(input));
    }
    if (wake) ready_.notify_one();
  }

  // Takes everything there is into `to` (emptied first), waiting until there is something, wake() is called or the time is up.
  void take(std::vector<Input>& to, std::chrono::steady_clock::time_point until) {
    to.clear();
    std::unique_lock lock(mutex_);
    if (inputs_.empty() && !woken_) {
      waiting_ = true;
      ready_.wait_until(lock, until, [&] { return !inputs_.empty() || woken_; });
      waiting_ = false;
    }
    woken_ = false;
    commands_ = 0;
    to.swap(inputs_);
  }

  void wake() {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    ready_.notify_one();
  }

  // From now on no command is taken.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }

 private:
  const std::size_t commands_max_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<Input> inputs_;
  std::size_t commands_ = 0;
  bool closed_ = false, woken_ = false, waiting_ = false;
};

}  // namespace tollgate::engine
