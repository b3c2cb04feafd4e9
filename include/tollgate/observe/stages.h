// Where the time of a request went. Microseconds of the monotonic clock.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace tollgate::observe {

// prepare: authenticate, decode, make the command. queue: in the mailbox of its partition's thread. decide: guards, decision and
// encoding. append: the round's write, without its sync. sync: of that write. acquirer: until its answer arrived. reply: from
// durable to the rendered answer.
enum class Stage : uint8_t { prepare, queue, decide, append, sync, acquirer, reply };
inline constexpr std::size_t stage_count = 7;
inline constexpr std::array<std::string_view, stage_count> stage_names = {"prepare", "queue",    "decide", "append",
                                                                          "sync",    "acquirer", "reply"};

// A request that waits for an acquirer passes through the engine twice: both times are summed up.
struct StageTimes {
  std::array<uint32_t, stage_count> us{};
  int64_t submitted_us = 0;  // when the engine took the command; 0: it measured nothing
  int64_t delivered_us = 0;  // when the result was handed back

  [[nodiscard]] uint32_t& operator[](Stage stage) { return us[static_cast<std::size_t>(stage)]; }
  [[nodiscard]] uint32_t operator[](Stage stage) const { return us[static_cast<std::size_t>(stage)]; }
  void add(Stage stage, int64_t by_us) {
    if (by_us > 0) (*this)[stage] += static_cast<uint32_t>(by_us < UINT32_MAX ? by_us : UINT32_MAX);
  }
};

}  // namespace tollgate::observe
