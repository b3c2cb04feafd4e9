// Text from outside: well-formed UTF-8, and what of it may be shown in a message.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::api {

// Length of the longest well-formed UTF-8 prefix (RFC 3629: no surrogates, no overlong forms).
[[nodiscard]] std::size_t utf8_prefix(std::string_view text);
[[nodiscard]] inline bool is_utf8(std::string_view text) { return utf8_prefix(text) == text.size(); }

// For messages: at most 80 characters, and runs of 12 and more digits are masked, because what a partner sends in the wrong
// place may be a card number.
[[nodiscard]] std::string shown(std::string_view text);

// An absolute URL with a scheme that a browser or an app may be sent to; nothing that could break a header or a page.
[[nodiscard]] bool is_redirect_url(std::string_view text);
[[nodiscard]] bool is_email(std::string_view text);
// true or false, in any case: some SDKs send the words of their language, True and False.
[[nodiscard]] std::optional<bool> boolean_of(std::string_view text);

// application/x-www-form-urlencoded, for query parameters that we add to a URL.
void append_url_encoded(std::string& to, std::string_view text);
// For HTML text and attribute values.
void append_html(std::string& to, std::string_view text);

}  // namespace tollgate::api
