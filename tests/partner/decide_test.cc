#include <algorithm>

#include "support/catch.h"
#include "tollgate/base/clock.h"
#include "tollgate/partner/partner.h"

namespace tollgate {
namespace {

constexpr int64_t hour_us = us_per_day / 24;
constexpr PartnerId id{42};

ApiKey key(std::string key_id, Mode mode = Mode::test, KeyScope scope = KeyScope::all) {
  return {.id = std::move(key_id), .mode = mode, .scope = scope, .hash = std::string(32, 'h')};
}

PartnerConfig config(std::string name = "Shop") {
  PartnerConfig made;
  made.name = std::move(name);
  return made;
}

// Commands run one after the other at one hour each, as the engine would run them.
class Life {
 public:
  PartnerDecision run(const PartnerCommand& command) {
    now_us += hour_us;
    PartnerDecision decision = decide(partner.id.empty() ? nullptr : &partner, command, now_us);
    for (const PartnerEvent& event : decision.events) apply(partner, event, ++sequence, now_us);
    return decision;
  }
  Refusal refusal_of(const PartnerCommand& command) {
    const auto decision = run(command);
    return decision.refusal ? decision.refusal->refusal : Refusal::none;
  }
  const ApiKey* find(std::string_view key_id) const {
    const auto at =
        std::find_if(partner.keys.begin(), partner.keys.end(), [&](const ApiKey& k) { return k.id == key_id; });
    return at == partner.keys.end() ? nullptr : &*at;
  }

  Partner partner;
  uint64_t sequence = 0;
  int64_t now_us = 1'000 * hour_us;
};

Life created(std::vector<ApiKey> keys = {key("k1")}) {
  Life life;
  REQUIRE(life.refusal_of(CreatePartner{id, 3, config(), std::move(keys)}) == Refusal::none);
  return life;
}

Life in_status(PartnerStatus status) {
  Life life = created();
  REQUIRE(life.refusal_of(ChangePartnerStatus{status, "test"}) == Refusal::none);
  return life;
}

}  // namespace

TEST_CASE("A partner begins with what its creation says") {
  const Life life = created({key("k1"), key("k2", Mode::live)});
  CHECK(life.partner.id == id);
  CHECK(life.partner.partition == 3);
  CHECK(life.partner.status == PartnerStatus::active);
  CHECK(life.partner.config == config());
  CHECK(life.partner.created_us == life.now_us);
  CHECK(life.partner.keys.size() == 2);
  CHECK(life.partner.version == 3);
}

TEST_CASE("What each status allows") {
  const PartnerCommand create = CreatePartner{id, 1, config(), {}};
  const PartnerCommand update = UpdatePartner{config("Renamed"), 0};
  const PartnerCommand pin = PinApiVersion{"2023-08-16"};
  const PartnerCommand suspend = ChangePartnerStatus{PartnerStatus::suspended, "late"};
  const PartnerCommand resume = ChangePartnerStatus{PartnerStatus::active, ""};
  const PartnerCommand close = ChangePartnerStatus{PartnerStatus::closed, "left"};
  const PartnerCommand new_key = CreateKey{key("k9")};
  const PartnerCommand roll = RollKey{"k1", key("k9"), 0};
  const PartnerCommand revoke = RevokeKey{"k1"};
  struct Row {
    const char* name;
    const PartnerCommand& command;
    Refusal active, suspended, closed;
  };
  constexpr auto none = Refusal::none, gone = Refusal::partner_closed;
  const Row rows[] = {
      {"create", create, Refusal::partner_exists, Refusal::partner_exists, Refusal::partner_exists},
      {"update", update, none, none, gone},
      {"pin", pin, none, none, gone},
      {"suspend", suspend, none, none, gone},
      {"resume", resume, none, none, gone},
      {"close", close, none, none, none},
      {"create key", new_key, none, none, gone},
      {"roll key", roll, none, none, gone},
      {"revoke key", revoke, none, none, gone},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(in_status(PartnerStatus::active).refusal_of(row.command) == row.active);
    CHECK(in_status(PartnerStatus::suspended).refusal_of(row.command) == row.suspended);
    CHECK(in_status(PartnerStatus::closed).refusal_of(row.command) == row.closed);
  }
}

TEST_CASE("Nothing but a creation reaches a partner that does not exist") {
  Life life;
  for (const PartnerCommand& command : {PartnerCommand(UpdatePartner{config(), 0}), PartnerCommand(RevokeKey{"k1"}),
                                        PartnerCommand(ChangePartnerStatus{PartnerStatus::closed, ""})})
    CHECK(life.refusal_of(command) == Refusal::partner_unexpected_state);
  CHECK(life.sequence == 0);
}

TEST_CASE("A suspension keeps its reason until the partner is active again") {
  Life life = created();
  (void)life.run(ChangePartnerStatus{PartnerStatus::suspended, "chargebacks"});
  CHECK(life.partner.suspended_reason == "chargebacks");
  CHECK(life.run(ChangePartnerStatus{PartnerStatus::suspended, "again"}).events.empty());
  (void)life.run(ChangePartnerStatus{PartnerStatus::active, ""});
  CHECK(life.partner.status == PartnerStatus::active);
  CHECK(life.partner.suspended_reason.empty());
}

TEST_CASE("An update names the version that it was made from") {
  Life life = created();
  const uint64_t read = life.partner.version;
  CHECK(life.refusal_of(UpdatePartner{config("One"), read}) == Refusal::none);
  const auto late = life.run(UpdatePartner{config("Two"), read});
  REQUIRE(late.refusal);
  CHECK(late.refusal->param == "version");
  CHECK(life.partner.config.name == "One");
  CHECK(life.run(UpdatePartner{config("One"), 0}).events.empty());
}

TEST_CASE("A configuration out of bounds never becomes an event") {
  Life life = created();
  CHECK(life.refusal_of(UpdatePartner{config(""), 0}) == Refusal::partner_unexpected_state);
  Life other;
  CHECK(other.refusal_of(CreatePartner{id, 1, config(""), {}}) == Refusal::partner_unexpected_state);
  CHECK(life.refusal_of(PinApiVersion{"yesterday"}) == Refusal::partner_unexpected_state);
}

TEST_CASE("The first pin stays") {
  Life life = created();
  (void)life.run(PinApiVersion{"2023-08-16"});
  CHECK(life.run(PinApiVersion{"2024-01-01"}).events.empty());
  CHECK(life.partner.config.api_version == "2023-08-16");
}

TEST_CASE("After a roll both keys are valid until the old one ends") {
  Life life = created();
  const int64_t ends_us = life.now_us + 24 * hour_us;
  REQUIRE(life.refusal_of(RollKey{"k1", key("k2"), ends_us}) == Refusal::none);
  CHECK(life.find("k1")->expires_us == ends_us);
  CHECK(life.find("k2")->expires_us == 0);
  // A second roll of the old key cannot put its end off.
  REQUIRE(life.refusal_of(RollKey{"k1", key("k3"), ends_us + hour_us}) == Refusal::none);
  CHECK(life.find("k1")->expires_us == ends_us);
}

TEST_CASE("A roll without an overlap ends the old key at once") {
  Life life = created();
  REQUIRE(life.refusal_of(RollKey{"k1", key("k2"), 0}) == Refusal::none);
  CHECK(life.find("k1")->expires_us == life.now_us);
  CHECK(life.refusal_of(RollKey{"k1", key("k3"), 0}) == Refusal::key_missing);
}

TEST_CASE("A roll that does not fit its key is refused") {
  struct Row {
    const char* name;
    RollKey command;
    Refusal refusal;
  };
  const Row rows[] = {
      {"unknown key", {"zz", key("k2"), 0}, Refusal::key_missing},
      {"other mode", {"k1", key("k2", Mode::live), 0}, Refusal::partner_unexpected_state},
      {"other scope", {"k1", key("k2", Mode::test, KeyScope::read_only), 0}, Refusal::partner_unexpected_state},
      {"same id", {"k1", key("k1"), 0}, Refusal::partner_unexpected_state},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    Life life = created();
    CHECK(life.refusal_of(row.command) == row.refusal);
    CHECK(life.partner.keys.size() == 1);
  }
}

TEST_CASE("A key is revoked once, and its time stays") {
  Life life = created();
  REQUIRE(life.refusal_of(RevokeKey{"k1"}) == Refusal::none);
  const int64_t revoked_us = life.find("k1")->revoked_us;
  CHECK(revoked_us == life.now_us);
  CHECK(life.run(RevokeKey{"k1"}).events.empty());
  CHECK(life.find("k1")->revoked_us == revoked_us);
  CHECK(life.refusal_of(RevokeKey{"zz"}) == Refusal::key_missing);
}

TEST_CASE("Valid keys of a mode are bounded, dead ones do not count") {
  Life life = created({});
  for (std::size_t i = 0; i < keys_per_mode_max; ++i)
    REQUIRE(life.refusal_of(CreateKey{key("k" + std::to_string(i))}) == Refusal::none);
  CHECK(life.refusal_of(CreateKey{key("more")}) == Refusal::too_many_keys);
  CHECK(life.refusal_of(RollKey{"k0", key("more"), life.now_us + 24 * hour_us}) == Refusal::too_many_keys);
  CHECK(life.refusal_of(CreateKey{key("live", Mode::live)}) == Refusal::none);
  CHECK(life.refusal_of(RollKey{"k0", key("rolled"), 0}) == Refusal::none);
  CHECK(life.refusal_of(RevokeKey{"k1"}) == Refusal::none);
  CHECK(life.refusal_of(CreateKey{key("more")}) == Refusal::none);
}

TEST_CASE("A partner that rolls its key for years stays small, and its newest key works") {
  Life life = created();
  std::string current = "k1";
  for (int i = 0; i < 200; ++i) {
    const std::string next = "r" + std::to_string(i);
    REQUIRE(life.refusal_of(RollKey{current, key(next), 0}) == Refusal::none);
    current = next;
  }
  CHECK(life.partner.keys.size() <= 2 * keys_per_mode_max + 1);
  REQUIRE(life.find(current) != nullptr);
  CHECK(life.find(current)->expires_us == 0);
  CHECK(life.find("r198") != nullptr);  // the newest of the dead ones is still named
}

TEST_CASE("Fees and currencies are looked up by the most exact rule") {
  const Currency usd = *Currency::parse("usd"), eur = *Currency::parse("eur"), jpy = *Currency::parse("jpy");
  Partner partner;
  CHECK(partner.accepts(jpy));
  CHECK(partner.fee_of(usd).basis_points == 0);
  partner.config.currencies = {usd, eur};
  partner.config.fees = {{Currency{}, 100, 10}, {eur, 50, 5}};
  CHECK(partner.accepts(eur));
  CHECK_FALSE(partner.accepts(jpy));
  CHECK(partner.fee_of(eur).basis_points == 50);
  CHECK(partner.fee_of(eur).fixed == 5);
  CHECK(partner.fee_of(usd).basis_points == 100);
  CHECK(partner.fee_of(usd).fixed == 10);
}

}  // namespace tollgate
