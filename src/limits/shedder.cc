#include "tollgate/limits/shedder.h"

#include <algorithm>
#include <bit>

namespace tollgate::limits {

// The first requests of a partner in a window have a level each, then four levels for each doubling.
uint32_t Shedder::level_of(RequestClass of, uint32_t nth) {
  constexpr uint32_t exact = 16;
  uint32_t step = nth;
  if (nth >= exact) {
    const auto octave = static_cast<uint32_t>(std::bit_width(nth)) - 1;  // 4 at 16
    step = exact + (octave - 4) * 4 + ((nth >> (octave - 2)) & 3);
  }
  return static_cast<uint32_t>(of) * steps + (steps - 1 - std::min(step, steps - 1));
}

uint64_t Shedder::window(int64_t now_us, int64_t io_delay_us) {
  if (begin_us_ == INT64_MIN) begin_us_ = decided_us_ = now_us;
  const int64_t length_us = now_us - begin_us_;
  if (length_us < window_us) return number_;
  // An engine that has said nothing since, and had a queue then, is in a long round: until that is over nothing is known.
  const bool unknown = !sampled_ && last_us_ > 0;
  if (length_us >= silence_us) {
    let_in(UINT64_MAX);
    overloaded_ = false;
  } else if (!unknown) {
    decide(std::max(sampled_ ? shortest_us_ : 0, io_delay_us), length_us, now_us - decided_us_);
  }
  if (!unknown) {
    decided_us_ = now_us;
    sampled_ = false;
    admitted_ = completed_ = 0;
  }
  begin_us_ = now_us;
  ++number_;
  arrived_.fill(0);
  return number_;
}

void Shedder::engine_delay(int64_t delay_us) {
  shortest_us_ = sampled_ ? std::min(shortest_us_, delay_us) : delay_us;
  sampled_ = true;
  last_us_ = delay_us;
}

bool Shedder::admit(RequestClass of, uint32_t nth) {
  const uint32_t level = level_of(of, nth);
  ++arrived_[level];
  bool in = level > threshold_;
  if (level == threshold_) {
    carry_ += part_;
    in = carry_ >= whole;
    if (in) carry_ -= whole;
  }
  admitted_ += in ? 1 : 0;
  return in;
}

void Shedder::decide(int64_t delay_us, int64_t length_us, int64_t since_us) {
  const auto in_window = [&](uint64_t count) { return count * static_cast<uint64_t>(length_us) / static_cast<uint64_t>(since_us); };
  if (delay_us > target_us_) {
    const uint64_t done = in_window(completed_);
    capacity_ = overloaded_ ? (2 * capacity_ + done) / 3 : done;
    overloaded_ = true;
    // So much less than what can be done that the queue is gone after about four decisions.
    const int64_t over_us = std::min(delay_us - target_us_, 4 * since_us);
    const auto share = static_cast<uint64_t>(std::clamp<int64_t>(whole - over_us * whole / (4 * since_us), whole / 8, whole * 19 / 20));
    return let_in(std::max(capacity_ * share / whole, probes_min));
  }
  overloaded_ = false;
  if (!shedding()) return;
  const uint64_t in = in_window(admitted_);
  // Nobody waits: there is room. Somebody does, within the target: nearly as much as can be done.
  let_in(in + in / (delay_us == 0 ? 12 : 40) + probes_min);
}

void Shedder::let_in(uint64_t wanted) {
  uint64_t sum = 0;
  for (uint32_t level = levels; level-- > 0;) {
    if (sum + arrived_[level] > wanted) {
      threshold_ = level;
      part_ = static_cast<uint32_t>((wanted - sum) * whole / arrived_[level]);
      return;
    }
    sum += arrived_[level];
  }
  threshold_ = 0;
  part_ = whole;
}

}  // namespace tollgate::limits
