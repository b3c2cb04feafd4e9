// Figures as `tollgate top` shows them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::cli {

// "0.4", "31.0", "1,204"
[[nodiscard]] std::string rate_text(double per_second);
// "96.1 %"
[[nodiscard]] std::string percent_text(double percent);
// "850 us", "1.20 ms", "35.0 ms", "2.10 s"
[[nodiscard]] std::string latency_text(int64_t us);
// "45 s", "12 min", "3 h 05 min", "2 d 4 h"
[[nodiscard]] std::string age_text(int64_t seconds);

// A column for each value, the newest `width` of them, from nothing to the largest; a blank where there is none. A value above zero is always
// told from zero.
[[nodiscard]] std::string sparkline(const std::vector<std::optional<double>>& values, std::size_t width);

}  // namespace tollgate::cli
