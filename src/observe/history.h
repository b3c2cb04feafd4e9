// Six hours of what matters for the objectives, in slots of ten seconds.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace tollgate::observe {

struct Outcomes {
  uint64_t requests = 0, failed = 0, slow = 0, turned_away = 0, authorizations = 0;
};

class History {
 public:
  static constexpr int64_t slot_s = 10;
  static constexpr std::size_t slots = 6 * 3'600 / slot_s;

  void add(const Outcomes& more, int64_t now_s) {
    Slot& slot = slots_[static_cast<std::size_t>(now_s / slot_s) % slots];
    if (slot.number != now_s / slot_s) slot = {now_s / slot_s, {}};
    slot.outcomes.requests += more.requests;
    slot.outcomes.failed += more.failed;
    slot.outcomes.slow += more.slow;
    slot.outcomes.turned_away += more.turned_away;
    slot.outcomes.authorizations += more.authorizations;
  }
  // Of the last `seconds`.
  [[nodiscard]] Outcomes sum(int64_t seconds, int64_t now_s) const {
    Outcomes sum;
    const int64_t newest = now_s / slot_s, oldest = newest - seconds / slot_s;
    for (const Slot& slot : slots_) {
      if (slot.number <= oldest || slot.number > newest) continue;
      sum.requests += slot.outcomes.requests;
      sum.failed += slot.outcomes.failed;
      sum.slow += slot.outcomes.slow;
      sum.turned_away += slot.outcomes.turned_away;
      sum.authorizations += slot.outcomes.authorizations;
    }
    return sum;
  }
  // The last `count` slots that are over, oldest first; nothing where nobody looked.
  [[nodiscard]] std::vector<std::optional<Outcomes>> last(std::size_t count, int64_t now_s) const {
    std::vector<std::optional<Outcomes>> then;
    const int64_t newest = now_s / slot_s;
    for (int64_t number = newest - static_cast<int64_t>(count); number < newest; ++number) {
      const Slot& slot = slots_[static_cast<std::size_t>(number) % slots];
      then.push_back(slot.number == number ? std::optional(slot.outcomes) : std::nullopt);
    }
    return then;
  }

 private:
  struct Slot {
    int64_t number = INT64_MIN;
    Outcomes outcomes;
  };
  std::array<Slot, slots> slots_;
};

}  // namespace tollgate::observe
