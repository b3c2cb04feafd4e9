// The test cards, as a table that someone who writes integration tests can check against.
#include <set>

#include "acquirer/fixture.h"

namespace tollgate::test {
namespace {

using O = Outcome;
using D = DeclineCode;

struct Expected {
  const char* number;
  Outcome sale;
  DeclineCode code;
  Outcome authenticated;  // the same sale after its 3-D Secure challenge
  Outcome off_session;    // without the cardholder, of a card that was set up
  Outcome verification;
};

constexpr Expected table[] = {
    // number              sale                         code                      authenticated  off session    verification
    {"4242424242424242", O::approved, D::none, O::approved, O::approved, O::approved},
    {"5555555555554444", O::approved, D::none, O::approved, O::approved, O::approved},
    {"378282246310005", O::approved, D::none, O::approved, O::approved, O::approved},
    {"6011111111111117", O::approved, D::none, O::approved, O::approved, O::approved},
    {"3566002020360505", O::approved, D::none, O::approved, O::approved, O::approved},
    {"6200000000000005", O::approved, D::none, O::approved, O::approved, O::approved},
    {"4000000000000002", O::declined, D::generic_decline, O::declined, O::declined, O::declined},
    {"4000000000009995", O::declined, D::insufficient_funds, O::declined, O::declined, O::declined},
    {"4000000000009987", O::declined, D::lost_card, O::declined, O::declined, O::declined},
    {"4000000000009979", O::declined, D::stolen_card, O::declined, O::declined, O::declined},
    {"4000000000000069", O::declined, D::expired_card, O::declined, O::declined, O::declined},
    {"4000000000000127", O::declined, D::incorrect_cvc, O::declined, O::declined, O::declined},
    {"4000000000000119", O::declined, D::processing_error, O::declined, O::declined, O::declined},
    {"4000000000006975", O::declined, D::card_velocity_exceeded, O::declined, O::declined, O::declined},
    {"4100000000000019", O::declined, D::fraudulent, O::declined, O::declined, O::declined},
    {"4000000000000341", O::declined, D::generic_decline, O::declined, O::declined, O::approved},
    {"4000000000000259", O::approved, D::none, O::approved, O::approved, O::approved},
    {"4000000000002685", O::approved, D::none, O::approved, O::approved, O::approved},
    {"4000000000001976", O::approved, D::none, O::approved, O::approved, O::approved},
    {"4000000000005423", O::approved, D::none, O::approved, O::approved, O::approved},
    {"4000000404000079", O::approved, D::none, O::approved, O::approved, O::approved},
    {"4000000000007726", O::approved, D::none, O::approved, O::approved, O::approved},
    {"4000000000005126", O::approved, D::none, O::approved, O::approved, O::approved},
    {"4000000000000077", O::approved, D::none, O::approved, O::approved, O::approved},
    {"4000002500003155", O::authentication_required, D::authentication_required, O::approved, O::approved, O::authentication_required},
    {"4000002760003184", O::authentication_required, D::authentication_required, O::approved, O::authentication_required,
     O::authentication_required},
    {"4000003800000446", O::authentication_required, D::authentication_required, O::approved, O::approved, O::approved},
    {"4000008260003178", O::authentication_required, D::authentication_required, O::declined, O::declined, O::authentication_required},
    {"4000000000003220", O::authentication_required, D::authentication_required, O::approved, O::authentication_required,
     O::authentication_required},
    {"4000008400001629", O::authentication_required, D::authentication_required, O::declined, O::authentication_required,
     O::authentication_required},
    {"4000008400001280", O::declined, D::processing_error, O::declined, O::declined, O::declined},
    {"4000009900000103", O::approved, D::none, O::approved, O::approved, O::approved},
    {"4111111111111111", O::declined, D::test_mode_live_card, O::declined, O::declined, O::declined},
};

bool luhn(std::string_view number) {
  int sum = 0;
  for (std::size_t i = 0; i < number.size(); ++i) {
    int digit = number[number.size() - 1 - i] - '0';
    if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

StatusOr<Secret> reveal_as_is(PartnerId, Mode, std::string_view token) { return Secret(std::string(token)); }

}  // namespace

TEST_CASE("every test number has the outcome that its table says") {
  Bank bank({}, reveal_as_is);
  int payment = 0;
  for (const Expected& expected : table) {
    INFO(expected.number);
    const auto sale = bank.ask(request(AcquirerAction::sale, ++payment, 1, 1'000, expected.number));
    CHECK(sale.outcome == expected.sale);
    CHECK(sale.code == expected.code);
    CHECK(sale.amount == 1'000);
    CHECK(sale.currency == usd());

    auto authenticated = request(AcquirerAction::authorize, payment, 2, 1'000, expected.number);
    authenticated.authenticated = true;
    CHECK(bank.ask(authenticated).outcome == expected.authenticated);
    auto off_session = request(AcquirerAction::sale, payment, 3, 1'000, expected.number);
    off_session.off_session = off_session.setup_done = true;
    CHECK(bank.ask(off_session).outcome == expected.off_session);
    CHECK(bank.ask(request(AcquirerAction::verify, payment, 4, 0, expected.number)).outcome == expected.verification);
  }
}

TEST_CASE("after the challenge the card that has no funds says so") {
  Bank bank;
  auto sale = request(AcquirerAction::sale, 1, 1, 1'000, "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds");
  sale.authenticated = true;
  CHECK(bank.ask(sale).code == DeclineCode::insufficient_funds);
}

TEST_CASE("test cards are well-formed, and found by alias, twin and number") {
  std::set<std::string> aliases;
  for (const TestCard& card : test_cards()) {
    INFO(card.alias);
    CHECK(luhn(card.number));
    CHECK(aliases.insert(card.alias).second);
    CHECK(find_test_card(card.alias) == &card);
    CHECK(find_test_card("tok_" + card.alias.substr(8)) == &card);
    REQUIRE(find_test_card_by_number(card.number) != nullptr);
    CHECK(find_test_card_by_number(card.number)->number == card.number);
    CHECK(card.card.last4 == card.number.substr(card.number.size() - 4));
    CHECK(!card.description.empty());
    CHECK(card.ours == card.number.starts_with("40000099"));
    CHECK(card.ours == card.alias.starts_with("pm_card_tollgate_"));
  }
  CHECK(find_test_card("pm_card_visa_chargeDeclined") == find_test_card("pm_card_chargeDeclined"));
  CHECK(find_test_card("pm_card_visa_chargeDeclinedLostCard") == find_test_card("tok_chargeDeclinedLostCard"));
  CHECK(find_test_card("pm_card_chargeDeclinedNever") == nullptr);
  CHECK(find_test_card("visa") == nullptr);
  CHECK(find_test_card("") == nullptr);
  CHECK(find_test_card_by_number("4111111111111111") == nullptr);
}

TEST_CASE("a CVC that is given is checked, one that is not given is not") {
  Bank bank;
  auto sale = request(AcquirerAction::sale, 1, 1, 500);
  CHECK(bank.ask(sale).cvc_check == Check::none);
  const auto cvc = std::make_shared<const Secret>(std::string("123"));
  sale = request(AcquirerAction::sale, 2, 1, 500);
  sale.cvc = cvc;
  CHECK(bank.ask(sale).cvc_check == Check::pass);
  sale = request(AcquirerAction::sale, 3, 1, 500, "pm_card_chargeDeclinedIncorrectCvc");
  sale.cvc = cvc;
  CHECK(bank.ask(sale).cvc_check == Check::fail);
  sale = request(AcquirerAction::sale, 4, 1, 500, "pm_card_cvcCheckFail");
  sale.cvc = cvc;
  const auto answer = bank.ask(sale);
  CHECK(answer.cvc_check == Check::fail);
  CHECK(answer.outcome == Outcome::approved);
}

TEST_CASE("a token that the vault does not know is declined, and so is one that it cannot read") {
  Bank unknown({}, [](PartnerId, Mode, std::string_view) -> StatusOr<Secret> { return not_found("no such token"); });
  CHECK(unknown.ask(request(AcquirerAction::sale, 1, 1, 100, "tok_x")).code == DeclineCode::incorrect_number);
  Bank broken({}, [](PartnerId, Mode, std::string_view) -> StatusOr<Secret> { return data_loss("damaged"); });
  CHECK(broken.ask(request(AcquirerAction::sale, 1, 1, 100, "tok_x")).code == DeclineCode::processing_error);
}

}  // namespace tollgate::test
