#include "transparency/waiting.h"

namespace tollgate::transparency {

void Waiting::tell(ResultSink& sink, ResultHandler handler, CommandResult::Kind kind) {
  CommandResult result;
  result.kind = kind;
  std::vector<ResultSink::Item> items;
  items.push_back({std::move(handler), std::move(result)});
  sink.deliver(std::move(items));
}

template <class Done>
void Waiting::tell_if(CommandResult::Kind kind, Done&& done) {
  std::erase_if(waiters_, [&](Waiter& waiter) {
    if (!done(waiter)) return false;
    tell(*waiter.sink, std::move(waiter.handler), kind);
    return true;
  });
}

void Waiting::add(uint32_t partition, uint64_t sequence, int64_t now_us, ResultSink& sink, ResultHandler handler) {
  if (waiters_.size() >= waiters_max) return tell(sink, std::move(handler), CommandResult::Kind::overloaded);
  waiters_.push_back({partition, sequence, now_us + wait_max_us, &sink, std::move(handler)});
}

void Waiting::covered(uint32_t partition, uint64_t size) {
  tell_if(CommandResult::Kind::done, [&](const Waiter& waiter) { return waiter.partition == partition && waiter.sequence <= size; });
}

void Waiting::expire(int64_t now_us) {
  tell_if(CommandResult::Kind::in_progress, [&](const Waiter& waiter) { return waiter.until_us <= now_us; });
}

void Waiting::give_up() {
  tell_if(CommandResult::Kind::overloaded, [](const Waiter&) { return true; });
}

}  // namespace tollgate::transparency
