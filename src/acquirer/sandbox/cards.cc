#include "acquirer/sandbox/cards.h"

#include <absl/container/flat_hash_map.h>

#include <array>

namespace tollgate {
namespace sandbox {
namespace {

using D = DeclineCode;
using A = Authentication;
using B = CardBrand;
using F = CardFunding;

struct CardRow {
  const char* name;  // behind "pm_card_" and "tok_"
  const char* number;
  const char* description;
  Behaviour behaviour = {};
  B brand = B::visa;
  F funding = F::credit;
  const char* country = "US";
  bool ours = false;
};

constexpr Behaviour declined(D code) { return {.charge = code, .verification = code}; }
constexpr Behaviour authenticated(A when, D charge = D::none, D verification = D::none) {
  return {.charge = charge, .verification = verification, .authentication = when};
}
constexpr Behaviour delivered(Delivery delivery, D charge = D::none, uint8_t traits = 0) {
  return {.charge = charge, .delivery = delivery, .traits = traits};
}
constexpr Behaviour with(uint8_t traits) { return {.traits = traits}; }

constexpr const char* succeeds = "succeeds";
constexpr const char* disputed = "succeeds (the sandbox raises no disputes)";

// The numbers and aliases that partners' test suites already use, and cards of our own in 4000 0099, for what no other sandbox
// shows: outcomes that are in doubt. A number may have several names; the first is the one that it is found by.
constexpr CardRow rows[] = {
    {"visa", "4242424242424242", succeeds},
    {"visa_debit", "4000056655665556", succeeds, {}, B::visa, F::debit},
    {"mastercard", "5555555555554444", succeeds, {}, B::mastercard},
    {"mastercard_2series", "2223003122003222", succeeds, {}, B::mastercard},
    {"mastercard_debit", "5200828282828210", succeeds, {}, B::mastercard, F::debit},
    {"mastercard_prepaid", "5105105105105100", succeeds, {}, B::mastercard, F::prepaid},
    {"amex", "378282246310005", succeeds, {}, B::amex},
    {"amex_second", "371449635398431", succeeds, {}, B::amex},
    {"discover", "6011111111111117", succeeds, {}, B::discover},
    {"discover_second", "6011000990139424", succeeds, {}, B::discover},
    {"discover_debit", "6011981111111113", succeeds, {}, B::discover, F::debit},
    {"diners", "3056930009020004", succeeds, {}, B::diners},
    {"diners_14digits", "36227206271667", succeeds, {}, B::diners},
    {"jcb", "3566002020360505", succeeds, {}, B::jcb, F::credit, "JP"},
    {"unionpay", "6200000000000005", succeeds, {}, B::unionpay, F::credit, "CN"},
    {"unionpay_second", "6200000000000047", succeeds, {}, B::unionpay, F::credit, "CN"},
    {"unionpay_19digits", "6205500000000000004", succeeds, {}, B::unionpay, F::debit, "CN"},
    {"us", "4242424242424242", succeeds},
    {"br", "4000000760000002", succeeds, {}, B::visa, F::credit, "BR"},
    {"ca", "4000001240000000", succeeds, {}, B::visa, F::credit, "CA"},
    {"mx", "4000004840008001", succeeds, {}, B::visa, F::credit, "MX"},
    {"at", "4000000400000008", succeeds, {}, B::visa, F::credit, "AT"},
    {"be", "4000000560000004", succeeds, {}, B::visa, F::credit, "BE"},
    {"ch", "4000007560000009", succeeds, {}, B::visa, F::credit, "CH"},
    {"de", "4000002760000016", succeeds, {}, B::visa, F::credit, "DE"},
    {"dk", "4000002080000001", succeeds, {}, B::visa, F::credit, "DK"},
    {"es", "4000007240000007", succeeds, {}, B::visa, F::credit, "ES"},
    {"fi", "4000002460000001", succeeds, {}, B::visa, F::credit, "FI"},
    {"fr", "4000002500000003", succeeds, {}, B::visa, F::credit, "FR"},
    {"gb", "4000008260000000", succeeds, {}, B::visa, F::credit, "GB"},
    {"ie", "4000003720000005", succeeds, {}, B::visa, F::credit, "IE"},
    {"it", "4000003800000008", succeeds, {}, B::visa, F::credit, "IT"},
    {"nl", "4000005280000002", succeeds, {}, B::visa, F::credit, "NL"},
    {"no", "4000005780000007", succeeds, {}, B::visa, F::credit, "NO"},
    {"pl", "4000006160000005", succeeds, {}, B::visa, F::credit, "PL"},
    {"pt", "4000006200000007", succeeds, {}, B::visa, F::credit, "PT"},
    {"se", "4000007520000008", succeeds, {}, B::visa, F::credit, "SE"},
    {"au", "4000000360000006", succeeds, {}, B::visa, F::credit, "AU"},
    {"hk", "4000003440000004", succeeds, {}, B::visa, F::credit, "HK"},
    {"in", "4000003560000008", succeeds, {}, B::visa, F::credit, "IN"},
    {"jp", "4000003920000003", succeeds, {}, B::visa, F::credit, "JP"},
    {"sg", "4000007020000003", succeeds, {}, B::visa, F::credit, "SG"},

    {"chargeDeclined", "4000000000000002", "declined: generic_decline", declined(D::generic_decline)},
    {"chargeDeclinedInsufficientFunds", "4000000000009995", "declined: insufficient_funds", declined(D::insufficient_funds)},
    {"chargeDeclinedLostCard", "4000000000009987", "declined: lost_card", declined(D::lost_card)},
    {"chargeDeclinedStolenCard", "4000000000009979", "declined: stolen_card", declined(D::stolen_card)},
    {"chargeDeclinedExpiredCard", "4000000000000069", "declined: expired_card", declined(D::expired_card)},
    {"chargeDeclinedIncorrectCvc", "4000000000000127", "declined: incorrect_cvc",
     {.charge = D::incorrect_cvc, .verification = D::incorrect_cvc, .cvc = Check::fail}},
    {"chargeDeclinedProcessingError", "4000000000000119", "declined: processing_error", declined(D::processing_error)},
    {"chargeDeclinedVelocityLimitExceeded", "4000000000006975", "declined: card_velocity_exceeded",
     declined(D::card_velocity_exceeded)},
    {"chargeDeclinedFraudulent", "4100000000000019", "blocked as fraudulent", declined(D::fraudulent)},
    {"radarBlock", "4100000000000019", "blocked as fraudulent", declined(D::fraudulent)},
    {"riskLevelHighest", "4000000000004954", "blocked as fraudulent", declined(D::fraudulent)},
    {"riskLevelElevated", "4000000000009235", succeeds},
    {"chargeCustomerFail", "4000000000000341", "can be kept for later, but charges are declined: generic_decline",
     {.charge = D::generic_decline}},
    {"cvcCheckFail", "4000000000000101", "succeeds; a CVC that is given does not match", {.cvc = Check::fail}},
    {"avsFail", "4000000000000010", succeeds},
    {"avsLine1Fail", "4000000000000028", succeeds},
    {"avsZipFail", "4000000000000036", succeeds},
    {"avsUnchecked", "4000000000000044", succeeds},

    {"authenticationRequiredOnSetup", "4000002500003155", "3-D Secure, unless the card was set up for later",
     authenticated(A::unless_set_up)},
    {"authenticationRequired", "4000002760003184", "3-D Secure on every charge", authenticated(A::always)},
    {"authenticationRequiredSetupForOffSession", "4000003800000446", "set up already: 3-D Secure only while the cardholder is present",
     authenticated(A::on_session)},
    {"authenticationRequiredChargeDeclinedInsufficientFunds", "4000008260003178",
     "3-D Secure unless set up, and then declined: insufficient_funds", authenticated(A::unless_set_up, D::insufficient_funds)},
    {"threeDSecure2Required", "4000000000003220", "3-D Secure must be completed", authenticated(A::always)},
    {"threeDSecureRequired", "4000000000003063", "3-D Secure must be completed", authenticated(A::always)},
    {"threeDSecureRequiredChargeDeclined", "4000008400001629", "3-D Secure must be completed, and then declined: generic_decline",
     authenticated(A::always, D::generic_decline, D::generic_decline)},
    {"threeDSecureRequiredProcessingError", "4000008400001280", "3-D Secure cannot be started: declined, processing_error",
     declined(D::processing_error)},
    {"threeDSecureOptional", "4000000000003055", "3-D Secure is possible and not asked for: succeeds"},

    {"pendingRefund", "4000000000007726", "succeeds; a refund is pending first and succeeds later", with(refund_pending)},
    {"refundFail", "4000000000005126", "succeeds; a refund succeeds first and fails later", with(refund_fails_later)},
    {"bypassPending", "4000000000000077", "succeeds (funds become available as for any card)"},
    {"createDispute", "4000000000000259", disputed},
    {"createDisputeProductNotReceived", "4000000000002685", disputed},
    {"createDisputeInquiry", "4000000000001976", disputed},
    {"createIssuerFraudRecord", "4000000000005423", disputed},
    {"createMultipleDisputes", "4000000404000079", disputed},

    {"tollgate_answerLost", "4000009900000012", "approved, but the answer is lost: an inquiry finds it approved",
     delivered(Delivery::answer_lost), B::visa, F::credit, "US", true},
    {"tollgate_declinedAnswerLost", "4000009900000020", "declined, but the answer is lost: an inquiry finds it declined",
     delivered(Delivery::answer_lost, D::generic_decline), B::visa, F::credit, "US", true},
    {"tollgate_neverArrives", "4000009900000038", "the request is lost: an inquiry finds nothing",
     delivered(Delivery::never_arrives), B::visa, F::credit, "US", true},
    {"tollgate_arrivesAfterReversal", "4000009900000046", "the request arrives only after its reversal, and is refused then",
     delivered(Delivery::arrives_after_reversal), B::visa, F::credit, "US", true},
    {"tollgate_answeredTwice", "4000009900000053", "approved, and the answer comes twice", delivered(Delivery::answered_twice),
     B::visa, F::credit, "US", true},
    {"tollgate_answeredAfterReversal", "4000009900000061",
     "approved, but an inquiry finds nothing, and the answer comes only after the reversal",
     delivered(Delivery::answered_after_reversal, D::none, hidden_from_inquiry), B::visa, F::credit, "US", true},
    {"tollgate_wrongAmount", "4000009900000079", "approved, but the answer and every inquiry name another amount",
     with(wrong_amount_echoed), B::visa, F::credit, "US", true},
    {"tollgate_captureAnswerLost", "4000009900000087", "authorized; the answer to a capture is lost, an inquiry finds it approved",
     with(capture_answer_lost), B::visa, F::credit, "US", true},
    {"tollgate_refundAnswerLost", "4000009900000095", "succeeds; the answer to a refund is lost, an inquiry finds it approved",
     with(refund_answer_lost), B::visa, F::credit, "US", true},
    {"tollgate_incrementDeclined", "4000009900000103", "authorized; an increment of the authorization is declined",
     with(increment_declined), B::visa, F::credit, "US", true},
};

TestCard card_of(const CardRow& row) {
  TestCard card;
  card.alias = std::string("pm_card_") + row.name;
  card.number = row.number;
  card.card.brand = row.brand;
  card.card.funding = row.funding;
  card.card.last4 = card.number.substr(card.number.size() - 4);
  card.card.exp_month = 12;
  card.card.exp_year = 2040;
  card.card.country = row.country;
  card.description = row.description;
  card.ours = row.ours;
  return card;
}

// Rows found by name or by number.
class Index {
 public:
  Index() {
    for (std::size_t i = 0; i < std::size(rows); ++i) {
      by_name_.emplace(rows[i].name, i);
      by_number_.emplace(rows[i].number, i);
      cards_.push_back(card_of(rows[i]));
    }
  }
  [[nodiscard]] std::optional<std::size_t> alias(std::string_view alias) const {
    if (alias.starts_with("pm_card_")) {
      alias.remove_prefix(8);
    } else if (alias.starts_with("tok_")) {
      alias.remove_prefix(4);
    } else {
      return std::nullopt;
    }
    auto found = by_name_.find(alias);
    // Some declines are known with the brand in their name as well.
    if (found == by_name_.end() && alias.starts_with("visa_chargeDeclined")) found = by_name_.find(alias.substr(5));
    return found == by_name_.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] std::optional<std::size_t> number(std::string_view number) const {
    const auto found = by_number_.find(number);
    return found == by_number_.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] const std::vector<TestCard>& cards() const { return cards_; }

 private:
  struct Hash {
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  absl::flat_hash_map<std::string_view, std::size_t, Hash, std::equal_to<>> by_name_, by_number_;
  std::vector<TestCard> cards_;
};

const Index& index() {
  static const Index made;
  return made;
}

}  // namespace

const Behaviour* behaviour_by_alias(std::string_view alias) {
  const auto row = index().alias(alias);
  return row ? &rows[*row].behaviour : nullptr;
}

const Behaviour* behaviour_by_number(std::string_view number) {
  const auto row = index().number(number);
  return row ? &rows[*row].behaviour : nullptr;
}

}  // namespace sandbox

const std::vector<TestCard>& test_cards() { return sandbox::index().cards(); }

const TestCard* find_test_card(std::string_view alias) {
  const auto row = sandbox::index().alias(alias);
  return row ? &test_cards()[*row] : nullptr;
}

const TestCard* find_test_card_by_number(std::string_view number) {
  const auto row = sandbox::index().number(number);
  return row ? &test_cards()[*row] : nullptr;
}

}  // namespace tollgate
