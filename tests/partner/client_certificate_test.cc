#include "support/catch.h"
#include "tollgate/partner/client_certificate.h"
#include "tollgate/partner/partner.h"

namespace tollgate {
namespace {

const std::string a(64, 'a'), b(64, 'b');

}  // namespace

TEST_CASE("a certificate's digest is written in one way, and taken in those that tools print") {
  const std::string digits = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  std::string upper, colons;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    upper += static_cast<char>(digits[i] >= 'a' ? digits[i] - 32 : digits[i]);
    if (i > 0 && i % 2 == 0) colons += ':';
    colons += upper.back();
  }
  for (const std::string& text : {digits, upper, colons, "sha256:" + digits, "sha256:" + colons}) {
    INFO(text);
    CHECK(parse_certificate_pin(text) == digits);
  }
}

TEST_CASE("what is no digest of a public key is refused") {
  const std::string digits(64, '1');
  std::string colons = "11";
  for (int i = 1; i < 32; ++i) colons += ":11";
  REQUIRE(parse_certificate_pin(colons));
  std::string misplaced = colons;
  std::swap(misplaced[1], misplaced[2]);
  for (const std::string& text : {std::string(), std::string("sha256:"), digits.substr(1), digits + "1", digits + digits, digits.substr(1) + "g", " " + digits, digits + " ",
                                  "sha1:" + digits, "sha256:sha256:" + digits, misplaced, colons + ":", colons + ":11", std::string(95, ':'), std::string(95, '1')}) {
    INFO(text);
    CHECK_FALSE(parse_certificate_pin(text));
  }
}

TEST_CASE("keys are used with one of their certificates, or with any if they are bound to none") {
  CHECK(may_come_with({}, ""));
  CHECK(may_come_with({}, a));
  CHECK(may_come_with({a}, a));
  CHECK(may_come_with({a, b}, b));
  CHECK_FALSE(may_come_with({a}, b));
  CHECK_FALSE(may_come_with({a, b}, std::string(64, 'c')));
  CHECK_FALSE(may_come_with({a}, ""));
  CHECK_FALSE(may_come_with({a}, a.substr(1)));
  CHECK_FALSE(may_come_with({a}, a + "a"));
}

TEST_CASE("a partner's certificates are an event like its other settings, and leave the others alone") {
  Partner partner;
  PartnerConfig config;
  config.name = "Shop";
  for (const PartnerEvent& event : decide(nullptr, CreatePartner{PartnerId{7}, 1, config, {}}, 1).events) apply(partner, event, 1, 1);
  config.client_certificates = {a, b};
  const PartnerDecision bound = decide(&partner, UpdatePartner{config, 1}, 2);
  REQUIRE(bound.events.size() == 1);
  apply(partner, bound.events[0], 2, 2);
  CHECK(partner.config.client_certificates == std::vector{a, b});
  CHECK(partner.config.name == "Shop");
  CHECK(decide(&partner, UpdatePartner{config, 2}, 3).events.empty());
  config.client_certificates = {"AA" + a.substr(2)};
  CHECK(decide(&partner, UpdatePartner{config, 2}, 3).refusal->param == "client_certificates[0]");
}

}  // namespace tollgate
