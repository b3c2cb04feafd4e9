// Units of time. All times are UTC microseconds since 1970, all durations microseconds, unless a name says otherwise.
#pragma once
#include <cstdint>

namespace tollgate {

inline constexpr int64_t us_per_ms = 1'000;
inline constexpr int64_t us_per_second = 1'000'000;
inline constexpr int64_t us_per_day = 86'400 * us_per_second;

}  // namespace tollgate
