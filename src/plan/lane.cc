#include "plan/lane.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tollgate/base/time.h"

namespace tollgate::plan {
namespace {

constexpr int64_t step_us = 5'000;
constexpr int64_t steps = us_per_second / step_us;

std::size_t index(RequestClass of) { return static_cast<std::size_t>(of); }

}  // namespace

int64_t Lane::io_delay_us() const {
  if (!unread_.empty()) return now_us_ - unread_.front().since_us;
  return std::max<int64_t>(static_cast<int64_t>(io_free_us_) - now_us_, 0);
}

void Lane::arrive(RequestClass of, uint64_t count) {
  uint64_t in = 0, shed = 0, refused = 0;
  uint64_t& in_window = of == RequestClass::test ? test_in_window_ : live_in_window_;
  for (uint64_t i = 0; i < count; ++i) {
    // Each request holds a connection; one that finds none is closed at once.
    if (unread_count_ + commands_ + in + shed >= options_.connections_max) {
      ++refused;
      continue;
    }
    // The partners take turns: one's nth request of this window.
    const auto nth = static_cast<uint32_t>(std::min<uint64_t>(in_window++ / options_.partners, UINT32_MAX));
    ++(shedder_.admit(of, nth) ? in : shed);
  }
  into_->shed[index(of)] += shed;
  into_->refused[index(of)] += refused;
  unread_count_ += in + shed;
  if (in > 0) unread_.push_back({now_us_, of, in});
  if (shed > 0) unread_.push_back({now_us_, of, shed, false});
}

void Lane::served(const Item& item) {
  into_->served[index(item.of)] += item.count;
  into_->wait_max_us = std::max(into_->wait_max_us, now_us_ - item.since_us);
  for (uint64_t i = 0; i < item.count; ++i) shedder_.completed();
}

// What the io thread comes to until now.
void Lane::read() {
  const auto until_us = static_cast<double>(now_us_);
  while (!unread_.empty() && io_free_us_ < until_us) {
    Item& first = unread_.front();
    const double each_us = first.let_in ? options_.io_us[index(first.of)] : options_.refused_us;
    const double fit = each_us > 0 ? std::ceil((until_us - io_free_us_) / each_us) : static_cast<double>(first.count);
    const uint64_t count = std::min<uint64_t>(first.count, static_cast<uint64_t>(std::min(fit, 1e15)));
    Item read{first.since_us, first.of, count, first.let_in};
    io_free_us_ += each_us * static_cast<double>(count);
    unread_count_ -= count;
    first.count -= count;
    if (first.count == 0) unread_.pop_front();
    if (!read.let_in) continue;
    if (!is_command(read.of)) {
      served(read);
      continue;
    }
    const uint64_t room = options_.mailbox_max - std::min(commands_, options_.mailbox_max);
    const uint64_t over = read.count - std::min(read.count, room);
    into_->refused[index(read.of)] += over;
    for (uint64_t i = 0; i < over; ++i) shedder_.completed();
    read.count -= over;
    commands_ += read.count;
    if (read.count > 0) mailbox_.push_back(read);
  }
}

void Lane::take_round() {
  double work_us = options_.sync_us;
  int64_t shortest_us = 0;
  for (uint64_t room = options_.batch_max; room > 0 && !mailbox_.empty();) {
    Item& first = mailbox_.front();
    const uint64_t count = std::min(first.count, room);
    shortest_us = now_us_ - first.since_us;
    batch_.push_back({first.since_us, first.of, count});
    work_us += options_.engine_us[index(first.of)] * static_cast<double>(count);
    room -= count;
    commands_ -= count;
    first.count -= count;
    if (first.count == 0) mailbox_.pop_front();
  }
  shedder_.engine_delay(mailbox_.empty() ? 0 : shortest_us);
  engine_free_us_ = std::max(engine_free_us_, static_cast<double>(now_us_ - step_us)) + work_us;
}

// Rounds, one after the other, until one lasts longer than now.
void Lane::decide() {
  while (engine_free_us_ <= static_cast<double>(now_us_)) {
    for (const Item& item : batch_) served(item);
    batch_.clear();
    if (mailbox_.empty()) {
      shedder_.engine_delay(0);
      return;
    }
    take_round();
  }
}

LaneSecond Lane::second(const Requests& arriving) {
  LaneSecond result;
  into_ = &result;
  Requests so_far{};
  for (int64_t step = 1; step <= steps; ++step) {
    const double step_began_us = static_cast<double>(now_us_);
    now_us_ += step_us;
    io_free_us_ = std::max(io_free_us_, step_began_us);
    const uint64_t window = shedder_.window(now_us_, io_delay_us());
    if (std::exchange(window_, window) != window) live_in_window_ = test_in_window_ = 0;
    for (std::size_t i = 0; i < request_class_count; ++i) {
      const uint64_t due = arriving[i] * static_cast<uint64_t>(step) / static_cast<uint64_t>(steps);
      arrive(static_cast<RequestClass>(i), due - std::exchange(so_far[i], due));
    }
    read();
    decide();
    result.waiting_max = std::max(result.waiting_max, unread_count_ + commands_);
  }
  into_ = nullptr;
  return result;
}

Requests Lane::waiting() const {
  Requests total{};
  for (const auto* queue : {&unread_, &mailbox_})
    for (const Item& item : *queue) total[index(item.of)] += item.let_in ? item.count : 0;
  for (const Item& item : batch_) total[index(item.of)] += item.count;
  return total;
}

}  // namespace tollgate::plan
