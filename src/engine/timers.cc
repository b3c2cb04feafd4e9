#include "engine/timers.h"

#include "tollgate/eventlog/keys.h"

namespace tollgate::engine {
namespace {
constexpr std::size_t timer_key_bytes = 4 + 8 + 1 + 8 + 1 + 12;
}

std::string timer_key(const Timer& timer) {
  std::string key = keys::partition(timer.partition);
  append_be64(key, static_cast<uint64_t>(timer.due_us));
  key.push_back(static_cast<char>(timer.kind));
  key.append(keys::object(timer.partner, timer.mode, timer.core));
  return key;
}

std::optional<Timer> parse_timer_key(std::string_view key) {
  if (key.size() != timer_key_bytes) return std::nullopt;
  Timer timer;
  timer.partition = load_be32(key.data());
  timer.due_us = static_cast<int64_t>(load_be64(key.data() + 4));
  timer.kind = static_cast<TimerKind>(key[12]);
  timer.partner = PartnerId{load_be64(key.data() + 13)};
  timer.mode = static_cast<Mode>(key[21]);
  std::memcpy(timer.core.bytes.data(), key.data() + 22, 12);
  return timer;
}

std::string timers_end(uint32_t partition, int64_t now_us) {
  std::string key = keys::partition(partition);
  append_be64(key, static_cast<uint64_t>(now_us) + 1);
  return key;
}

}  // namespace tollgate::engine
