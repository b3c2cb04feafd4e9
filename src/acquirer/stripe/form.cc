#include "acquirer/stripe/form.h"

#include "tollgate/base/assert.h"

namespace tollgate::stripe {
namespace {

constexpr std::size_t form_bytes_max = 4'096;  // far above the longest that requests.cc makes

}  // namespace

Form::Form() { text_.reserve(form_bytes_max); }

Form& Form::add(std::string_view name, std::string_view value) {
  TOLLGATE_ASSERT(text_.size() + 3 * (name.size() + value.size()) + 2 <= form_bytes_max);
  if (!text_.empty()) text_ += '&';
  append_encoded(name);
  text_ += '=';
  append_encoded(value);
  return *this;
}

Form& Form::add(std::string_view name, int64_t value) { return add(name, std::to_string(value)); }

Secret Form::take() { return Secret(std::move(text_)); }

void Form::append_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (plain) {
      text_ += c;
    } else {
      const auto byte = static_cast<uint8_t>(c);
      (text_ += '%') += digits[byte >> 4];
      text_ += digits[byte & 15];
    }
  }
}

}  // namespace tollgate::stripe
