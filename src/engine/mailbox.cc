#include "engine/mailbox.h"

#include <algorithm>

#include "tollgate/base/clock.h"

namespace tollgate::engine {

uint32_t cost_of(const Command& command) {
  constexpr uint32_t payment = cost_max, one_call = 3, small = 1;
  if (const auto* target = std::get_if<OnPayment>(&command.target)) {
    if (const auto* create = std::get_if<CreatePayment>(&target->command)) return create->confirm ? payment : small;
    if (std::holds_alternative<ConfirmPayment>(target->command)) return payment;
    return std::holds_alternative<UpdatePayment>(target->command) ? small : one_call;
  }
  if (const auto* target = std::get_if<OnCustomerObject>(&command.target)) {
    if (const auto* create = std::get_if<CreateSetupIntent>(&target->command)) return create->confirm ? one_call : small;
    if (std::holds_alternative<ConfirmSetupIntent>(target->command)) return one_call;
  }
  return small;
}

Mailbox::Queue& Mailbox::queue_of(const Key& key) {
  const auto [found, added] = queues_.try_emplace(key, nullptr);
  if (!added) return *found->second;
  if (free_queues_ == nullptr) {
    found->second = &queue_store_.emplace_back();
  } else {
    found->second = free_queues_;
    free_queues_ = free_queues_->next;
  }
  Queue& queue = *found->second;
  queue = Queue{.key = key};
  (ring_last_ == nullptr ? ring_first_ : ring_last_->next) = &queue;
  ring_last_ = &queue;
  return queue;
}

Mailbox::Node& Mailbox::free_node() {
  if (free_nodes_ == nullptr) return nodes_.emplace_back();
  Node& node = *free_nodes_;
  free_nodes_ = node.next;
  return node;
}

Mailbox::Offer Mailbox::offer(Input& input, std::size_t queue_max) {
  const int64_t now_us = monotonic_us();
  const uint32_t cost = cost_of(input.command);
  const Key key{input.command.partner, input.command.mode};
  bool wake;
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || commands_ >= commands_max_) return Offer::mailbox_full;
    if (const auto known = queues_.find(key); known != queues_.end()) {
      const std::size_t length = known->second->length;
      if (queue_max != 0 && length >= queue_max) return Offer::queue_full;
      // No queue may be longer than the room that it leaves: however many come from one partner, there is room for the next.
      if (length >= commands_max_ - commands_) return Offer::mailbox_full;
    }
    Queue& queue = queue_of(key);
    Node& node = free_node();
    node.input.emplace(std::move(input));
    node.offered_us = now_us;
    node.cost = cost;
    node.next = nullptr;
    (queue.last == nullptr ? queue.first : queue.last->next) = &node;
    queue.last = &node;
    ++queue.length;
    wake = commands_++ == 0 && internal_.empty() && waiting_;
  }
  if (wake) ready_.notify_one();
  return Offer::taken;
}

void Mailbox::push_internal(std::vector<Input> inputs) {
  bool wake;
  {
    const std::lock_guard lock(mutex_);
    wake = waiting_;
    for (Input& input : inputs) internal_.push_back(std::move(input));
  }
  if (wake) ready_.notify_one();
}

void Mailbox::end_turn() {
  Queue& queue = *ring_first_;
  queue.in_turn = false;
  ring_first_ = queue.next;
  if (ring_first_ == nullptr) ring_last_ = nullptr;
  queue.next = nullptr;
  if (queue.first != nullptr) {
    (ring_last_ == nullptr ? ring_first_ : ring_last_->next) = &queue;
    ring_last_ = &queue;
    return;
  }
  queues_.erase(queue.key);
  queue.next = free_queues_;
  free_queues_ = &queue;
}

// Deficit round robin: in its turn a queue may take what costs as much as the most expensive command, and keeps what it could not use.
void Mailbox::take_turns(Batch& to, std::size_t commands_max) {
  const int64_t now_us = monotonic_us();
  int64_t shortest_us = INT64_MAX;
  while (ring_first_ != nullptr && to.commands_.size() < commands_max) {
    Queue& queue = *ring_first_;
    if (!queue.in_turn) queue.credit += cost_max;
    queue.in_turn = true;
    while (queue.first != nullptr && queue.first->cost <= queue.credit && to.commands_.size() < commands_max) {
      Node& node = *queue.first;
      queue.first = node.next;
      queue.credit -= node.cost;
      --queue.length;
      shortest_us = std::min(shortest_us, now_us - node.offered_us);
      to.commands_.push_back(&node);
      to.inputs.push_back(&*node.input);
    }
    if (queue.first == nullptr) queue.last = nullptr;
    if (queue.first == nullptr || queue.first->cost > queue.credit) end_turn();
  }
  commands_ -= to.commands_.size();
  to.shortest_wait_us = to.commands_.empty() ? 0 : shortest_us;
  to.left = commands_ > 0;
}

void Mailbox::take(Batch& to, std::size_t commands_max, std::chrono::steady_clock::time_point until) {
  to.inputs.clear();
  to.internal_.clear();
  for (Node* node : to.commands_) node->input.reset();
  std::unique_lock lock(mutex_);
  for (Node* node : to.commands_) {
    node->next = free_nodes_;
    free_nodes_ = node;
  }
  to.commands_.clear();
  const auto empty = [&] { return internal_.empty() && commands_ == 0; };
  if (empty() && !woken_) {
    waiting_ = true;
    ready_.wait_until(lock, until, [&] { return !empty() || woken_; });
    waiting_ = false;
  }
  woken_ = false;
  to.internal_.swap(internal_);
  for (Input& input : to.internal_) to.inputs.push_back(&input);
  take_turns(to, commands_max);
}

void Mailbox::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  ready_.notify_one();
}

void Mailbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

std::size_t Mailbox::waiting(PartnerId partner, Mode mode) const {
  const std::lock_guard lock(mutex_);
  const auto found = queues_.find(Key{partner, mode});
  return found == queues_.end() ? 0 : found->second->length;
}

}  // namespace tollgate::engine
