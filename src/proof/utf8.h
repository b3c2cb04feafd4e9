// What a signed note may consist of.
#pragma once
#include <string_view>

namespace tollgate::proof {

// UTF-8 (RFC 3629) without control characters below U+0020 but newlines.
[[nodiscard]] bool is_plain_utf8(std::string_view text);
// No character that Unicode calls white space. `text` is UTF-8.
[[nodiscard]] bool has_no_space(std::string_view text);

}  // namespace tollgate::proof
