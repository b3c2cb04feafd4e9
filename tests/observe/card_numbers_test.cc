#include "tollgate/observe/card_numbers.h"

#include "support/catch.h"

namespace tollgate::observe {
namespace {

std::string masked(std::string text) {
  (void)mask_card_numbers(text);
  return text;
}

}  // namespace

TEST_CASE("Card numbers of every length are masked down to their last four digits") {
  CHECK(masked("card 4242424242424242 end") == "card ************4242 end");
  CHECK(masked("378282246310005") == "***********0005");        // 15 digits
  CHECK(masked("4222222222222") == "*********2222");            // 13
  CHECK(masked("6304000000000000000") == "***************0000");  // 19
  CHECK(masked("{\"number\":\"5555555555554444\",\"cvc\":\"123\"}") == "{\"number\":\"************4444\",\"cvc\":\"123\"}");
}

TEST_CASE("Card numbers in groups are masked, whatever single separator stands between") {
  CHECK(masked("4242 4242 4242 4242") == "**** **** **** 4242");
  CHECK(masked("4242-4242-4242-4242") == "****-****-****-4242");
  CHECK(masked("number=4242+4242+4242+4242&x=1") == "number=****+****+****+4242&x=1");
  CHECK(masked("4242%204242%204242%204242") == "****%20****%20****%204242");
  CHECK(masked("3782 822463 10005") == "**** ****** *0005");
}

TEST_CASE("Digits in front of a card number or behind it do not hide it") {
  CHECK(masked("status 200 4242424242424242") == "status 200 ************4242");
  CHECK(masked("4242424242424242 12 34") == "************4242 12 34");
  CHECK(masked("1 2 3 4242 4242 4242 4242 99") == "1 2 3 **** **** **** 4242 99");
  CHECK(masked("4242424242424242=25121010000") == "************4242=25121010000");
  CHECK(masked("pan4242424242424242x") == "pan************4242x");
}

TEST_CASE("Several card numbers of one text are all masked and counted") {
  std::string text = "4242424242424242,5555555555554444\n378282246310005";
  CHECK(mask_card_numbers(text) == 3);
  CHECK(text == "************4242,************4444\n***********0005");
}

TEST_CASE("What is no card number stays as it is") {
  for (const std::string text :
       {"4242424242424241",                       // check digit
        "424242424242",                           // 12 digits
        "42424242424242424242",                   // 20
        "0000000000000000",                       // all zeros have the right check digit
        "4242  4242  4242  4242",                 // two spaces: not one number
        "2026-01-31T00:00:00.123456Z", "pi_4kf93K21", "", "7", "1,234,567,890,123,456"}) {
    std::string copy = text;
    CHECK(mask_card_numbers(copy) == 0);
    CHECK(copy == text);
  }
}

TEST_CASE("A card number is not seen across lines") {
  std::string text = "42424242\n42424242";
  CHECK(mask_card_numbers(text) == 0);
}

}  // namespace tollgate::observe
