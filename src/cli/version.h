#pragma once
#include <string_view>

namespace tollgate::cli {
inline constexpr std::string_view version = TOLLGATE_VERSION;
}
