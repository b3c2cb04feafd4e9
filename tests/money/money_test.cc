#include "tollgate/money/money.h"

#include <limits>
#include <set>

#include "support/catch.h"

namespace tollgate {
namespace {

constexpr int64_t int64_max = std::numeric_limits<int64_t>::max();
constexpr int64_t int64_min = std::numeric_limits<int64_t>::min();

TEST_CASE("a currency is parsed in any case and written in both") {
  for (const char* code : {"usd", "USD", "Usd", "uSD"}) {
    const auto currency = Currency::parse(code);
    REQUIRE(currency);
    CHECK(currency->lower() == "usd");
    CHECK(currency->upper() == "USD");
    CHECK(currency->numeric() == 840);
    CHECK(currency->packed() == 0x555344);
  }
}

TEST_CASE("what is no active currency is refused") {
  for (const char* code :
       {"", "u", "us", "usdd", "us1", "u d", "zzz", "XAU", "XXX", "XTS", "DEM", "HRK", "[[[", "@@@", "{{{"}) {
    INFO(code);
    CHECK_FALSE(Currency::parse(code));
  }
  CHECK_FALSE(Currency::parse(std::string_view("US\0", 3)));
  CHECK_FALSE(Currency::parse("\xff\xff\xff"));
  CHECK_FALSE(Currency::from_packed(0));
  CHECK_FALSE(Currency::from_packed(0x01555344));
  CHECK_FALSE(Currency::from_packed(0x757364));  // lower case is not the packed form
}

TEST_CASE("exponents are those of ISO 4217") {
  const std::set<std::string> none = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
                                      "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
  const std::set<std::string> three = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  const std::set<std::string> four = {"CLF", "UYW"};
  std::set<int> numerics;
  int found = 0;
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) {
      for (char c = 'A'; c <= 'Z'; ++c) {
        const std::string code{a, b, c};
        const auto currency = Currency::parse(code);
        if (!currency) continue;
        INFO(code);
        ++found;
        CHECK(currency->upper() == code);
        CHECK(Currency::from_packed(currency->packed()) == currency);
        CHECK(currency->exponent() == (none.count(code) ? 0 : three.count(code) ? 3 : four.count(code) ? 4 : 2));
        CHECK(currency->numeric() > 0);
        CHECK(currency->numeric() < 1000);
        CHECK(numerics.insert(currency->numeric()).second);
      }
    }
  }
  CHECK(found == 166);
}

TEST_CASE("no currency is empty and has neither text nor digits") {
  const Currency none;
  CHECK(none.empty());
  CHECK(none.upper().empty());
  CHECK(none.lower().empty());
  CHECK(none.exponent() == 0);
  CHECK(none.numeric() == 0);
}

TEST_CASE("sums and differences are checked for overflow") {
  CHECK(checked_add(1, 2) == 3);
  CHECK(checked_add(int64_max - 1, 1) == int64_max);
  CHECK_FALSE(checked_add(int64_max, 1));
  CHECK_FALSE(checked_add(int64_min, -1));
  CHECK(checked_subtract(1, 2) == -1);
  CHECK(checked_subtract(int64_min + 1, 1) == int64_min);
  CHECK_FALSE(checked_subtract(int64_min, 1));
  CHECK_FALSE(checked_subtract(0, int64_min));
}

TEST_CASE("basis points are exact and rounded half up") {
  CHECK(basis_points_of(0, 290) == 0);
  CHECK(basis_points_of(10'000, 290) == 290);
  CHECK(basis_points_of(1'000, 290) == 29);
  CHECK(basis_points_of(50, 100) == 1);   // 0.50
  CHECK(basis_points_of(49, 100) == 0);   // 0.49
  CHECK(basis_points_of(150, 100) == 2);  // 1.50
  CHECK(basis_points_of(1, 5'000) == 1);  // 0.50
  CHECK(basis_points_of(1, 4'999) == 0);
  CHECK(basis_points_of(amount_max, 10'000) == amount_max);
  CHECK(basis_points_of(amount_max, 1) == 10'000'000'000);
  CHECK(basis_points_of(amount_max, 290) == 2'900'000'000'000);
}

TEST_CASE("money is written with the digits of its currency") {
  const auto text = [](int64_t minor, const char* code) { return to_text({minor, *Currency::parse(code)}); };
  CHECK(text(1'099, "usd") == "10.99 USD");
  CHECK(text(5, "usd") == "0.05 USD");
  CHECK(text(-5, "usd") == "-0.05 USD");
  CHECK(text(-1'234, "eur") == "-12.34 EUR");
  CHECK(text(500, "jpy") == "500 JPY");
  CHECK(text(-500, "jpy") == "-500 JPY");
  CHECK(text(1'500, "kwd") == "1.500 KWD");
  CHECK(text(15, "clf") == "0.0015 CLF");
  CHECK(text(int64_min, "usd") == "-92233720368547758.08 USD");
}

}  // namespace
}  // namespace tollgate
