// One engine thread of a node with its share of the io threads: requests come in, the shedder lets them in or not, the io thread reads
// them, commands wait in the bounded mailbox and are done in rounds that share a sync. Whole requests, in steps of a few milliseconds.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "tollgate/limits/shedder.h"

namespace tollgate::plan {

using Requests = std::array<uint64_t, request_class_count>;

struct LaneOptions {
  int64_t queue_delay_target_us = 25'000;
  // One simulated request stands for several where there are very many: costs are then higher and bounds lower.
  uint64_t mailbox_max = 16'384, batch_max = 512, connections_max = 20'000;
  std::array<double, request_class_count> engine_us{}, io_us{};  // of each; engine 0: it never enters the engine
  double refused_us = 0;  // of the io thread, for one that is not let in
  double sync_us = 0;     // of a round
  uint64_t partners = 1;
};

struct LaneSecond {
  Requests served{}, shed{}, refused{};
  uint64_t waiting_max = 0;
  int64_t wait_max_us = 0;
};

class Lane {
 public:
  Lane(const LaneOptions& options, int64_t now_us) : options_(options), shedder_(options.queue_delay_target_us), now_us_(now_us) {}

  // So many arrive in the next second, evenly.
  [[nodiscard]] LaneSecond second(const Requests& arriving);
  // Nothing waits, and everyone is let in.
  [[nodiscard]] bool idle() const { return commands_ + unread_count_ == 0 && batch_.empty() && !shedder_.shedding(); }
  [[nodiscard]] Requests waiting() const;

 private:
  struct Item {
    int64_t since_us;
    RequestClass of;
    uint64_t count;
    bool let_in = true;  // else the io thread has to read it and say no, and no more
  };

  void arrive(RequestClass of, uint64_t count);
  void read();
  void decide();
  void take_round();
  void served(const Item& item);
  [[nodiscard]] bool is_command(RequestClass of) const { return options_.engine_us[static_cast<std::size_t>(of)] > 0; }
  [[nodiscard]] int64_t io_delay_us() const;

  const LaneOptions options_;
  limits::Shedder shedder_;
  int64_t now_us_;
  LaneSecond* into_ = nullptr;

  uint64_t window_ = 0, live_in_window_ = 0, test_in_window_ = 0;
  std::deque<Item> unread_, mailbox_;
  uint64_t unread_count_ = 0, commands_ = 0;  // that wait in them
  double io_free_us_ = 0, engine_free_us_ = 0;
  std::vector<Item> batch_;
};

}  // namespace tollgate::plan
