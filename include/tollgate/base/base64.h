// Standard base64 with padding (RFC 4648, section 4), and only its canonical form: no bytes have two texts.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

[[nodiscard]] std::string to_base64(std::string_view bytes);
// Nothing for another character, missing padding, line ends, or bits behind the last byte that are not zero.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace tollgate
