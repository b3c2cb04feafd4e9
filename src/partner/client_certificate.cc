#include "tollgate/partner/client_certificate.h"

#include <array>

#include "tollgate/base/digest.h"

namespace tollgate {
namespace {

constexpr std::size_t pin_characters = 2 * sizeof(Digest);

}  // namespace

std::optional<std::string> parse_certificate_pin(std::string_view text) {
  constexpr std::string_view prefix = "sha256:";
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  // Colons stand behind each second digit, or nowhere.
  const bool colons = text.size() == pin_characters + pin_characters / 2 - 1;
  std::array<char, pin_characters> pin;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (colons && i % 3 == 2) {
      if (text[i] != ':') return std::nullopt;
      continue;
    }
    const char c = text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] + 32) : text[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) || digits == pin_characters) return std::nullopt;
    pin[digits++] = c;
  }
  if (digits != pin_characters) return std::nullopt;
  return std::string(pin.data(), pin.size());
}

bool may_come_with(const std::vector<std::string>& pins, std::string_view presented) {
  bool found = pins.empty();
  for (const std::string& pin : pins) found |= equal_in_constant_time(pin, presented);
  return found;
}

}  // namespace tollgate
