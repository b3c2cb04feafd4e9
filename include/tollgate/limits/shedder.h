// Leaves out what an engine thread and the io threads cannot do in time. Pure but for its state: no clock, no locks.
//
// What it looks at is the standing queue: the shortest wait of a window. A queue that is emptied now and then is a batch that forms, and
// healthy; one whose shortest wait stays over the target only costs time. Then it lets in what was completed, less a little so that the
// queue goes, and afterwards a little more in each window until there is a queue again, or everyone is in.
//
// Who is left out: every request has a level, its class and, within the class, how many its partner had in this window already. Those below
// the threshold go. So the least important class goes first, and in the class at the threshold the partners get equal shares.
#pragma once
#include <array>
#include <cstdint>

#include "tollgate/limits/limits.h"

namespace tollgate::limits {

class Shedder {
 public:
  static constexpr int64_t window_us = 100'000;
  static constexpr uint32_t steps = 48;  // of a class
  static constexpr uint32_t levels = static_cast<uint32_t>(request_class_count) * steps;

  explicit Shedder(int64_t target_us) : target_us_(target_us) {}

  // The number of the window that `now_us` is in. Ends the one before.
  [[nodiscard]] uint64_t window(int64_t now_us, int64_t io_delay_us);
  // `nth`: how many requests of the same partner came before this one in this window.
  [[nodiscard]] bool admit(RequestClass of, uint32_t nth);
  void completed() { ++completed_; }
  void engine_delay(int64_t delay_us);

  [[nodiscard]] bool shedding() const { return threshold_ > 0 || part_ < whole; }
  [[nodiscard]] static uint32_t level_of(RequestClass of, uint32_t nth);

 private:
  static constexpr int64_t silence_us = 10 * window_us;
  static constexpr uint32_t whole = 1'024;
  static constexpr uint64_t probes_min = 4;  // a window

  void decide(int64_t delay_us, int64_t length_us, int64_t since_us);
  void let_in(uint64_t wanted);

  const int64_t target_us_;
  int64_t begin_us_ = INT64_MIN, decided_us_ = 0;
  uint64_t number_ = 0;
  bool sampled_ = false;
  int64_t shortest_us_ = 0, last_us_ = 0;  // waits in the engine
  std::array<uint32_t, levels> arrived_{};
  uint64_t admitted_ = 0, completed_ = 0;  // since the last decision
  uint64_t capacity_ = 0;  // completed in a window while there was a queue
  bool overloaded_ = false;
  // Levels below the threshold are left out; of the level at it, part_ of `whole` are let in.
  uint32_t threshold_ = 0, part_ = whole, carry_ = 0;
};

}  // namespace tollgate::limits
