// Times as people write them.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate {

// RFC 3339 ("2025-06-15T12:00:00Z", "2025-06-15T14:00:00.5+02:00"), or a day alone ("2025-06-15": its beginning, UTC). Digits behind the
// sixth of a fraction are dropped. Nothing for any other text, and for a day that there is not.
[[nodiscard]] std::optional<int64_t> time_from_text(std::string_view text);

}  // namespace tollgate
