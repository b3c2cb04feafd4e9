// What weakens a partner's protection, field by field. A new field that nobody has classified fails here.
#include "admin/weakening.h"

#include <fmt/format.h>

#include "admin/users.h"

namespace tollgate {
namespace {

using admin::FieldProtection;
using admin::weakening;
using admin::Weaker;

struct Names {
  std::vector<std::string> of;
  template <class F>
  void operator()(int, const char* name, const F&) {
    of.emplace_back(name);
  }
};

template <class Struct>
std::vector<std::string> fields_of() {
  Names names;
  const Struct value{};
  Struct::fields(value, names);
  return names.of;
}

std::vector<std::string> names_of(std::span<const FieldProtection> fields) {
  std::vector<std::string> names;
  for (const FieldProtection& field : fields) names.emplace_back(field.name);
  return names;
}

// Sets one field by its name.
struct Setter {
  std::string_view name;
  int64_t value;
  template <class F>
  void operator()(int, const char* field, F& to) {
    if (name == field) to = static_cast<F>(value);
  }
};

PartnerConfig with(std::string_view limit, int64_t value, PartnerConfig config = {}) {
  Setter setter{limit, value};
  PartnerLimits::fields(config.limits, setter);
  return config;
}

// Of a partner that has every limit.
PartnerConfig limited() {
  PartnerConfig config;
  for (const FieldProtection& field : admin::limit_fields()) config = with(field.name, 10, config);
  return config;
}

ApiKey key(Mode mode, KeyScope scope, int64_t expires_us, std::vector<std::string> networks) {
  ApiKey made;
  made.mode = mode;
  made.scope = scope;
  made.expires_us = expires_us;
  made.networks = std::move(networks);
  return made;
}

}  // namespace

TEST_CASE("Every field of a partner is classified by whether changing it weakens a protection") {
  CHECK(names_of(admin::limit_fields()) == fields_of<PartnerLimits>());
  CHECK(names_of(admin::config_fields()) == fields_of<PartnerConfig>());
  CHECK(names_of(admin::key_fields()) == fields_of<ApiKey>());
}

TEST_CASE("Of every limit, the weaker value is told from the stronger one, and none from any") {
  for (const FieldProtection& field : admin::limit_fields()) {
    INFO(field.name);
    const bool higher = field.weaker == Weaker::if_higher;
    REQUIRE((higher || field.weaker == Weaker::if_lower));
    CHECK(weakening(limited(), limited(), {}) == "");
    CHECK(weakening(limited(), with(field.name, 11, limited()), {}).empty() == !higher);
    CHECK(weakening(limited(), with(field.name, 9, limited()), {}).empty() == higher);
    // A burst of no number of its own is twice the rate: higher than it was.
    CHECK_FALSE(weakening(limited(), with(field.name, 0, limited()), {}).empty());
    CHECK(weakening(with(field.name, 0, limited()), limited(), {}) == "");
  }
}

TEST_CASE("A limit is weaker or not against what the node has for those without one of their own") {
  for (const FieldProtection& field : admin::limit_fields()) {
    if (field.weaker != Weaker::if_higher || field.name == "burst") continue;
    INFO(field.name);
    const PartnerLimits defaults = with(field.name, 100).limits;
    const PartnerConfig none{}, low = with(field.name, 50), high = with(field.name, 200);
    CHECK(weakening(none, low, defaults) == "");
    CHECK(weakening(none, high, defaults) == fmt::format("a higher limit: {}", field.name));
    // The declines that a node allows hold for live payments: for test ones there is no limit then.
    const bool declines = field.name.starts_with("declines");
    CHECK(weakening(high, none, defaults) == (declines ? fmt::format("no limit any more: {}", field.name) : ""));
    CHECK_FALSE(weakening(low, none, defaults).empty());
    CHECK(weakening(low, none, {}) == fmt::format("no limit any more: {}", field.name));
  }
}

TEST_CASE("Limits that hang together are judged together") {
  PartnerConfig slow = with("requests_per_second", 10), bursting = with("burst", 100, slow);
  CHECK(weakening(slow, bursting, {}) == "a higher limit: burst");
  CHECK(weakening(bursting, slow, {}) == "");
  CHECK(weakening(slow, with("requests_per_second", 5), {}) == "");
  // Without a rate a burst means nothing.
  CHECK(weakening({}, with("burst", 7), {}) == "");
  // Nor a window without declines that are counted in it.
  CHECK(weakening(with("decline_window_s", 60), with("decline_window_s", 30), {}) == "");
  const PartnerConfig counting = with("declines_per_card", 3, with("decline_window_s", 60));
  CHECK(weakening(counting, with("decline_window_s", 30, counting), {}) == "less protection by a lower decline_window_s");
  CHECK(weakening(counting, with("decline_window_s", 90, counting), {}) == "");
  // One that is stronger does not make up for one that is weaker.
  CHECK(weakening(limited(), with("burst", 1, with("queue_depth", 11, limited())), {}) == "a higher limit: queue_depth");
}

TEST_CASE("What is not a limit weakens by the acquirer and by earlier funds alone") {
  PartnerConfig before, after;
  before.live_acquirer = after.live_acquirer = "psp";
  after.name = "New name";
  after.country = "DE";
  after.api_version = "2023-08-16";
  after.metadata.emplace_back("a", "b");
  after.fees = {FeeRule{}};
  after.availability_delay_days = before.availability_delay_days + 1;
  CHECK(weakening(before, after, {}) == "");
  CHECK(weakening(after, before, {}) == "less protection by a lower availability_delay_days");
  after.live_acquirer = "other";
  CHECK(weakening(before, after, {}) == "another acquirer for the partner's live payments");
  before.live_acquirer = "";
  CHECK(weakening(before, after, {}) == "");
}

TEST_CASE("A key weakens if it may do more, from elsewhere or for longer than the others of its mode") {
  using enum KeyScope;
  const auto live = [](KeyScope scope, int64_t expires_us, std::vector<std::string> networks) {
    return key(Mode::live, scope, expires_us, std::move(networks));
  };
  const int64_t now_us = 1'000;
  const auto why = [&](const std::vector<ApiKey>& keys, const ApiKey& added) { return weakening(keys, added, now_us); };
  CHECK(why({}, live(all, 0, {})) == "");
  CHECK(why({key(Mode::test, read_only, 5'000, {"10.0.0.0/8"})}, live(all, 0, {})) == "");
  CHECK(why({live(all, 0, {})}, live(all, 0, {})) == "");

  // Longer is told by the life and not by the end: a key is followed by one like it. They are made at 0 here.
  CHECK(why({live(all, 5'000, {})}, live(all, 5'000, {})) == "");
  CHECK(why({live(all, 5'000, {})}, live(all, 9'000, {})) == "a key that lives longer than the partner's others");
  ApiKey next = live(all, 5'900, {});
  next.created_us = 1'000;
  CHECK(why({live(all, 5'000, {})}, next) == "");
  CHECK(why({live(all, 5'000, {})}, live(all, 0, {})) == "a key without an end, where the partner's others have one");
  CHECK(why({live(all, 5'000, {}), live(all, 0, {})}, live(all, 0, {})) == "");
  // One that has ended, or was revoked, says nothing.
  CHECK(why({live(all, 5'000, {}), live(all, 1'000, {})}, live(all, 4'000, {})) == "");
  CHECK(why({live(all, 5'000, {}), live(all, 900, {})}, live(all, 0, {})) != "");
  ApiKey revoked = live(all, 0, {});
  revoked.revoked_us = 1;
  CHECK(why({live(all, 5'000, {}), revoked}, live(all, 0, {})) != "");

  const std::vector<ApiKey> at_home = {live(all, 0, {"10.0.0.0/8"}), live(all, 0, {"2001:db8::/32"})};
  CHECK(why(at_home, live(all, 0, {"10.1.0.0/16", "2001:db8::1"})) == "");
  CHECK(why(at_home, live(all, 0, {})) == "a key that may be used from anywhere, where the partner's others may not");
  CHECK(why(at_home, live(all, 0, {"10.1.0.0/16", "11.0.0.0/8"})) == "a key for a network that the partner's others may not be used from: 11.0.0.0/8");
  CHECK(why(at_home, live(all, 0, {"10.0.0.0/7"})) != "");

  CHECK(why({live(read_only, 0, {})}, live(refunds, 0, {})) == "a key that may do more than the partner's others");
  CHECK(why({live(payments, 0, {})}, live(all, 0, {})) != "");
  CHECK(why({live(payments, 0, {}), live(refunds, 0, {})}, live(all, 0, {})) == "");
  CHECK(why({live(payments, 0, {})}, live(read_only, 0, {})) == "");
}

TEST_CASE("What one key may from anywhere and another only at home, or not for long, nobody may from anywhere for ever") {
  using enum KeyScope;
  const auto why = [](const std::vector<ApiKey>& keys, const ApiKey& added) { return weakening(keys, added, 1'000); };
  const std::vector<ApiKey> reads_anywhere = {key(Mode::live, read_only, 0, {}), key(Mode::live, all, 0, {"10.0.0.0/8"})};
  CHECK(why(reads_anywhere, key(Mode::live, read_only, 0, {})) == "");
  CHECK(why(reads_anywhere, key(Mode::live, all, 0, {"10.1.0.0/16"})) == "");
  CHECK(why(reads_anywhere, key(Mode::live, payments, 0, {})) == "a key that may be used from anywhere, where the partner's others may not");
  CHECK(why(reads_anywhere, key(Mode::live, refunds, 0, {"10.0.0.1", "11.0.0.1"})) ==
        "a key for a network that the partner's others may not be used from: 11.0.0.1");
  const std::vector<ApiKey> reads_for_ever = {key(Mode::live, read_only, 0, {}), key(Mode::live, all, 5'000, {})};
  CHECK(why(reads_for_ever, key(Mode::live, read_only, 0, {})) == "");
  CHECK(why(reads_for_ever, key(Mode::live, all, 5'000, {})) == "");
  CHECK(why(reads_for_ever, key(Mode::live, refunds, 0, {})) == "a key without an end, where the partner's others have one");
}

TEST_CASE("Where the keys of a mode have all ended, a further one weakens, whatever it may") {
  const ApiKey bound = key(Mode::live, KeyScope::read_only, 5'000, {"10.0.0.0/8"});
  ApiKey revoked = bound;
  revoked.revoked_us = 1;
  const char* const none_left = "a new key, where none of the partner's is valid any more";
  CHECK(weakening({revoked}, bound, 1'000) == none_left);
  CHECK(weakening({bound}, bound, 5'000) == none_left);
  CHECK(weakening({bound, revoked}, bound, 1'000) == "");
  // The first of its mode is onboarding.
  CHECK(weakening({revoked}, key(Mode::test, KeyScope::all, 0, {}), 1'000) == "");
}

namespace {

class WeakeningFixture : public UsersFixture {
 public:
  WeakeningFixture() : UsersFixture(true) {
    manager = bearer["partner_manager"];
    const Answer made = post_as(manager, "/admin/v1/partners",
                                {{"name", "Shop"}, {"keys", {"live"}}, {"limits", {{"declines_per_card", 3}, {"decline_window_s", 3'600}}}});
    REQUIRE(made.status == 200);
    partner = "/admin/v1/partners/" + made.body["id"].get<std::string>();
    first_key = made.body["secret_keys"][0]["id"];
  }
  std::string manager, partner, first_key;
};

}  // namespace

TEST_CASE_METHOD(WeakeningFixture, "A shorter window of declines and earlier funds wait for a second person") {
  CHECK(post_as(manager, partner, {{"limits", {{"decline_window_s", 60}}}}).status == 202);
  CHECK(get(partner).body["limits"]["decline_window_s"] == 3'600);
  CHECK(post_as(manager, partner, {{"limits", {{"decline_window_s", 7'200}}}}).status == 200);
  CHECK(post_as(manager, partner, {{"availability_delay_days", 0}}).status == 202);
  CHECK(post_as(manager, partner, {{"availability_delay_days", 7}}).status == 200);
}

TEST_CASE_METHOD(WeakeningFixture, "A key without the end or the networks of the others waits for a second person, who is shown it") {
  const Json bound = {{"mode", "live"}, {"expires_in_s", 600}, {"networks", {"10.0.0.0/8"}}};
  CHECK(post_as(manager, partner + "/keys", bound).status == 200);
  CHECK(post_as(manager, partner + "/keys/" + first_key + "/revoke").status == 200);
  const Answer asked = post_as(manager, partner + "/keys", {{"mode", "live"}, {"expires_in_s", 600}});
  CHECK(asked.status == 202);
  CHECK_FALSE(asked.body.contains("secret_key"));
  CHECK(post_as(manager, partner + "/keys", {{"mode", "live"}, {"networks", {"10.0.0.0/8"}}}).status == 202);
  CHECK(post_as(manager, partner + "/keys", bound).status == 200);
  const std::string way = "/admin/v1/approvals/" + asked.body["approval"]["id"].get<std::string>() + "/approve";
  const Answer made = post_as(add("other", "partner_manager"), way);
  CHECK(made.status == 200);
  CHECK_FALSE(failure_of(made.body["secret_key"]));
}

TEST_CASE_METHOD(WeakeningFixture, "To revoke the keys that are bound makes no way to one that is not, and a roll needs nobody") {
  const Json bound = {{"mode", "live"}, {"expires_in_s", 600}, {"networks", {"10.0.0.0/8"}}};
  const Answer made = post_as(manager, partner + "/keys", bound);
  REQUIRE(made.status == 200);
  CHECK(post_as(manager, partner + "/keys/" + first_key + "/revoke").status == 200);
  const Answer rolled = post_as(manager, partner + "/keys/" + made.body["id"].get<std::string>() + "/roll", {{"old_valid_s", 0}});
  CHECK(rolled.status == 200);
  CHECK(post_as(manager, partner + "/keys/" + rolled.body["id"].get<std::string>() + "/revoke").status == 200);
  for (const Json& body : {Json{{"mode", "live"}}, bound}) {
    const Answer asked = post_as(manager, partner + "/keys", body);
    CHECK(asked.status == 202);
    CHECK(asked.body["approval"]["why"] == "a new key, where none of the partner's is valid any more");
  }
  CHECK(post_as(manager, partner + "/keys", {{"mode", "test"}}).status == 200);
}

TEST_CASE_METHOD(WeakeningFixture, "A roll gives no key without the end that the old one had") {
  const Answer made = post_as(manager, partner + "/keys", {{"mode", "live"}, {"expires_in_s", 600}});
  REQUIRE(made.status == 200);
  clock.advance(300 * us_per_second);
  const Answer rolled = post_as(manager, partner + "/keys/" + made.body["id"].get<std::string>() + "/roll", {{"old_valid_s", 0}});
  REQUIRE(rolled.status == 200);
  CHECK(rolled.body["expires"] == clock.now_us() / us_per_second + 600);
  const Answer endless = post_as(manager, partner + "/keys/" + first_key + "/roll");
  CHECK(endless.body["expires"].is_null());
}

}  // namespace tollgate
