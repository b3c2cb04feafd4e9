// The countries of ISO 3166-1.
#pragma once
#include <string_view>

namespace tollgate {

// Of an alpha-2 code, in capitals.
[[nodiscard]] bool is_country(std::string_view code);

}  // namespace tollgate
