// What waits for an engine thread: a queue for each partner and mode, taken in turns, so that nobody's command waits for all of
// somebody else's. Commands of partners are bounded, in all and for each: a full mailbox refuses, it never makes anyone wait. What the node
// itself has to say (acquirer answers, timers) comes first and is always taken; it is bounded by the calls in flight.
#pragma once
#include <absl/container/flat_hash_map.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "tollgate/engine/command.h"

namespace tollgate::engine {

struct Input {
  Command command;
  ResultSink* sink = nullptr;  // nullptr: nobody waits
  ResultHandler handler;
  int64_t since_us = 0;  // when it came, monotonic; 0: not measured
};

// What a command costs the thread, about, in units of the smallest: a payment is four records in two rounds.
[[nodiscard]] uint32_t cost_of(const Command& command);
inline constexpr uint32_t cost_max = 4;

class Mailbox {
  struct Node;

 public:
  enum class Offer : uint8_t {
    taken,
    queue_full,    // of this partner
    mailbox_full,  // no room for it, or closed
  };

  // What one round works on. Valid until the next take().
  class Batch {
   public:
    std::vector<Input*> inputs;
    int64_t shortest_wait_us = 0;  // of the commands among them
    bool left = false;             // commands are still waiting

   private:
    friend class Mailbox;
    std::vector<Input> internal_;
    std::vector<Node*> commands_;
  };

  explicit Mailbox(std::size_t commands_max) : commands_max_(commands_max) {}

  // Unless it is taken, `input` is as it was. `queue_max`: how many of its partner and mode may wait; 0: no limit of its own.
  [[nodiscard]] Offer offer(Input& input, std::size_t queue_max);
  void push_internal(std::vector<Input> inputs);

  // Takes what the node has to say and at most `commands_max` commands, waiting until there is something, wake() is called or the time
  // is up.
  void take(Batch& to, std::size_t commands_max, std::chrono::steady_clock::time_point until);

  void wake();
  // From now on no command is taken.
  void close();
  [[nodiscard]] std::size_t waiting(PartnerId partner, Mode mode) const;

 private:
  struct Node {
    std::optional<Input> input;
    int64_t offered_us = 0;
    uint32_t cost = 1;
    Node* next = nullptr;
  };
  struct Key {
    PartnerId partner;
    Mode mode = Mode::none;
    bool operator==(const Key&) const = default;
    template <class H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.partner.value, static_cast<uint8_t>(key.mode));
    }
  };
  // Commands of one partner and mode; in the ring as long as there are any.
  struct Queue {
    Key key;
    Node *first = nullptr, *last = nullptr;
    std::size_t length = 0;
    uint32_t credit = 0;   // cost that it may still take in this turn
    bool in_turn = false;  // its turn has begun, and its credit was given
    Queue* next = nullptr;
  };

  [[nodiscard]] Queue& queue_of(const Key& key);
  [[nodiscard]] Node& free_node();
  void take_turns(Batch& to, std::size_t commands_max);
  void end_turn();  // of the first in the ring: to the end, or out if it has nothing left

  const std::size_t commands_max_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<Input> internal_;
  absl::flat_hash_map<Key, Queue*> queues_;
  Queue *ring_first_ = nullptr, *ring_last_ = nullptr;
  std::size_t commands_ = 0;
  // Never given back, only reused: as many as were ever needed at a time.
  std::deque<Node> nodes_;
  std::deque<Queue> queue_store_;
  Node* free_nodes_ = nullptr;
  Queue* free_queues_ = nullptr;
  bool closed_ = false, woken_ = false, waiting_ = false;
};

}  // namespace tollgate::engine
