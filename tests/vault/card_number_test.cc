#include "support/catch.h"
#include "tollgate/vault/vault.h"

namespace tollgate::test {

TEST_CASE("card numbers and their brands") {
  struct Row {
    const char* number;
    DeclineCode code;
    CardBrand brand;
  };
  using D = DeclineCode;
  using B = CardBrand;
  const Row table[] = {
      {"4242424242424242", D::none, B::visa},       {"4222222222222", D::none, B::visa},
      {"5555555555554444", D::none, B::mastercard}, {"2223003122003222", D::none, B::mastercard},
      {"378282246310005", D::none, B::amex},        {"6011111111111117", D::none, B::discover},
      {"3056930009020004", D::none, B::diners},     {"36227206271667", D::none, B::diners},
      {"3566002020360505", D::none, B::jcb},        {"6200000000000005", D::none, B::unionpay},
      {"6205500000000000004", D::none, B::unionpay},
      {"4242424242424241", D::incorrect_number, B::visa},
      {"42424242424242424242", D::incorrect_number, B::visa},
      {"424242424242", D::incorrect_number, B::visa},
      {"4242 4242 4242 4242", D::incorrect_number, B::unknown},
      {"4242424242424a42", D::incorrect_number, B::unknown},
      {"3782822463100050", D::incorrect_number, B::amex},
      {"", D::incorrect_number, B::unknown},
      {"0000000000000000", D::card_not_supported, B::unknown},
      {"9999999999999995", D::card_not_supported, B::unknown},
  };
  for (const Row& row : table) {
    INFO(row.number);
    CHECK(check_card(row.number) == row.code);
    CHECK(brand_of(row.number) == row.brand);
  }
}

TEST_CASE("any single wrong digit fails the check") {
  const std::string good = "4000056655665556";
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string changed = good;
      changed[i] = digit;
      CHECK((check_card(changed) == DeclineCode::none) == (changed == good));
    }
  }
}

}  // namespace tollgate::test
