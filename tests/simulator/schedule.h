// What is going to happen, in the order of its time; what is due at the same time, in the order in which it was planned.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

namespace tollgate::sim {

class Schedule {
 public:
  using Happening = std::function<void()>;

  void at(int64_t time_us, Happening happening) {
    items_.push_back({std::max(time_us, now_us_), planned_++, std::move(happening)});
    std::push_heap(items_.begin(), items_.end(), later);
  }
  void in(int64_t delay_us, Happening happening) { at(now_us_ + delay_us, std::move(happening)); }

  // False if nothing is planned.
  bool run_next() {
    if (items_.empty()) return false;
    std::pop_heap(items_.begin(), items_.end(), later);
    Item item = std::move(items_.back());
    items_.pop_back();
    now_us_ = item.time_us;
    item.happening();
    return true;
  }
  // Monotonic: it starts at 0 and never goes back.
  [[nodiscard]] int64_t now_us() const { return now_us_; }
  [[nodiscard]] int64_t next_us() const { return items_.empty() ? INT64_MAX : items_.front().time_us; }
  [[nodiscard]] std::size_t size() const { return items_.size(); }

 private:
  struct Item {
    int64_t time_us;
    uint64_t order;
    Happening happening;
  };
  static bool later(const Item& a, const Item& b) { return a.time_us != b.time_us ? a.time_us > b.time_us : a.order > b.order; }

  std::vector<Item> items_;
  int64_t now_us_ = 0;
  uint64_t planned_ = 0;
};

}  // namespace tollgate::sim
