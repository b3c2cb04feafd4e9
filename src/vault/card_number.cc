// Card numbers: ISO/IEC 7812-1 (length, Luhn) and the ranges of the brands. Nothing here copies a number.
#include <algorithm>

#include "tollgate/vault/vault.h"
#include "vault/card_input.h"

namespace tollgate {
namespace {

struct Range {
  uint32_t first, last;  // of the leading digits, written with six of them
  CardBrand brand;
  uint8_t length_min, length_max;
};

// The narrower range stands before the wider one.
constexpr Range ranges[] = {
    {222'100, 272'099, CardBrand::mastercard, 16, 16}, {300'000, 305'999, CardBrand::diners, 14, 19},
    {309'500, 309'599, CardBrand::diners, 14, 19},     {340'000, 349'999, CardBrand::amex, 15, 15},
    {352'800, 358'999, CardBrand::jcb, 16, 19},        {360'000, 369'999, CardBrand::diners, 14, 19},
    {370'000, 379'999, CardBrand::amex, 15, 15},       {380'000, 399'999, CardBrand::diners, 14, 19},
    {400'000, 499'999, CardBrand::visa, 13, 19},       {510'000, 559'999, CardBrand::mastercard, 16, 16},
    {601'100, 601'199, CardBrand::discover, 16, 19},   {620'000, 629'999, CardBrand::unionpay, 16, 19},
    {644'000, 659'999, CardBrand::discover, 16, 19},   {810'000, 817'199, CardBrand::unionpay, 16, 19},
};

constexpr std::size_t digits_min = 12, digits_max = 19;

const Range* range_of(std::string_view number) {
  if (number.size() < 6) return nullptr;
  uint32_t leading = 0;
  for (std::size_t i = 0; i < 6; ++i) leading = leading * 10 + static_cast<uint32_t>(number[i] - '0');
  const auto* found = std::find_if(std::begin(ranges), std::end(ranges),
                                   [&](const Range& r) { return leading >= r.first && leading <= r.last; });
  return found == std::end(ranges) ? nullptr : found;
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool luhn(std::string_view digits) {
  uint32_t sum = 0;
  bool doubled = false;
  for (std::size_t i = digits.size(); i-- > 0; doubled = !doubled) {
    uint32_t digit = static_cast<uint32_t>(digits[i] - '0');
    if (doubled) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

}  // namespace

DeclineCode check_card(std::string_view number) {
  if (number.size() < digits_min || number.size() > digits_max) return DeclineCode::incorrect_number;
  if (!all_digits(number) || !luhn(number)) return DeclineCode::incorrect_number;
  const Range* const range = range_of(number);
  if (range == nullptr) return DeclineCode::card_not_supported;
  const bool fits = number.size() >= range->length_min && number.size() <= range->length_max;
  return fits ? DeclineCode::none : DeclineCode::incorrect_number;
}

CardBrand brand_of(std::string_view number) {
  if (!all_digits(number)) return CardBrand::unknown;
  const Range* const range = range_of(number);
  return range == nullptr ? CardBrand::unknown : range->brand;
}

Secret vault::card_input(PartnerId partner, Mode mode, std::string_view number) {
  // Reserved at its full length: no copy of the number is left behind by growing.
  std::string input;
  input.reserve(64);
  partner.append_text(input);
  input += mode == Mode::live ? "/live/" : "/test/";
  input += number;
  return Secret(std::move(input));
}

std::string card_fingerprint(Vault& vault, PartnerId partner, Mode mode, std::string_view number) {
  return vault.derive("fingerprint", vault::card_input(partner, mode, number).reveal(), 16);
}

}  // namespace tollgate
