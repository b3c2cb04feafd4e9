// Money: an amount in minor units of a currency (ISO 4217). Arithmetic is between amounts of one currency and checked
// for overflow. There is no floating point, here or anywhere near money.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

// An active ISO 4217 currency code, kept as its three upper-case letters.
class Currency {
 public:
  constexpr Currency() = default;
  // Any case. Nothing if it is not in the table of currency.cc.
  [[nodiscard]] static std::optional<Currency> parse(std::string_view code);
  // "usd", as the API writes it.
  [[nodiscard]] std::string lower() const;
  // "USD".
  [[nodiscard]] std::string upper() const;
  // Number of decimal digits of the minor unit: 0, 2, 3 or 4.
  [[nodiscard]] int exponent() const;
  // ISO 4217 numeric code, 840 for USD.
  [[nodiscard]] int numeric() const;
  [[nodiscard]] bool empty() const { return packed_ == 0; }
  [[nodiscard]] uint32_t packed() const { return packed_; }
  // For the codec only: nothing if the value is no known currency.
  [[nodiscard]] static std::optional<Currency> from_packed(uint32_t packed);
  auto operator<=>(const Currency&) const = default;

 private:
  constexpr explicit Currency(uint32_t packed) : packed_(packed) {}
  uint32_t packed_ = 0;  // 'U' << 16 | 'S' << 8 | 'D'
};

// The largest amount of one payment, in minor units; sums of them stay far from overflow.
inline constexpr int64_t amount_max = 99'999'999'999'999;

struct Money {
  int64_t minor = 0;
  Currency currency;
  bool operator==(const Money&) const = default;
};

// Nothing on overflow.
[[nodiscard]] std::optional<int64_t> checked_add(int64_t a, int64_t b);
[[nodiscard]] std::optional<int64_t> checked_subtract(int64_t a, int64_t b);
// amount * basis_points / 10,000, rounded half up, exact for every non-negative amount up to amount_max.
[[nodiscard]] int64_t basis_points_of(int64_t amount, int32_t basis_points);
// "10.99 USD", "500 JPY": for people, never parsed.
[[nodiscard]] std::string to_text(const Money& money);

}  // namespace tollgate
