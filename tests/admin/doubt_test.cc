// What is in doubt through the admin API: the list, the next inquiry at once, and the resolution by two people.
#include "admin/users.h"

namespace tollgate {
namespace {

class DoubtFixture : public UsersFixture {
 public:
  explicit DoubtFixture() : UsersFixture(true) {
    bearer["pia"] = add("pia", "security_officer");
    partner = *PartnerId::parse(create("Shop"));
    payment = add_doubt(4'200, 1);
    path = "/admin/v1/in_doubt/" + payment.text() + "/1";
    resolving = Resolving{.tries = 3, .last_try_us = clock.now_us(), .next_us = clock.now_us() + 60 * us_per_second, .answered = true};
  }

  PaymentId add_doubt(int64_t amount, int number) {
    const int64_t at_us = clock.now_us() + number * us_per_second;
    const PaymentId id{IdCore::make(at_us, static_cast<uint16_t>(number), 7)};
    Payment made;
    uint64_t sequence = 0;
    const auto happen = [&](const PaymentEvent& event) { apply(made, event, partner, Mode::test, ++sequence, at_us); };
    PaymentCreated created;
    created.payment = id;
    created.amount = amount;
    created.currency = *Currency::parse("usd");
    created.method = MethodSnapshot{.id = {id.core, 1}, .card_token = "pm_card_visa"};
    happen(created);
    happen(AuthorizationRequested{.payment = id, .operation = 1, .attempt = 1, .amount = amount});
    happen(OperationInDoubt{.payment = id, .operation = 1});
    const std::string key = keys::object(partner, Mode::test, id.core);
    log.put(Table::payments, key, wire::encode(made));
    log.put(Table::in_doubt, keys::partition(1) + key, "");
    return id;
  }
  Payment stored() {
    std::string row;
    REQUIRE(log.get(Table::payments, keys::object(partner, Mode::test, payment.core), row).ok());
    Payment decoded;
    REQUIRE(wire::decode(row, decoded).ok());
    return decoded;
  }
  static Json statement(const std::string& outcome = "approved") {
    return {{"outcome", outcome}, {"reference", "ARN 74"}, {"reason", "Told by their support, ticket 9"}};
  }
  Answer say(const std::string& by, const Json& body = statement()) { return post_as(by, path + "/resolve", body); }
  Answer approve(const Answer& said, const std::string& by) {
    return post_as(by, "/admin/v1/approvals/" + said.body["approval"]["id"].get<std::string>() + "/approve");
  }

  PartnerId partner;
  PaymentId payment;
  std::string path;
};

}  // namespace

TEST_CASE_METHOD(DoubtFixture, "What is in doubt is listed by its age, with how far the resolver has come and what can be said of it") {
  const PaymentId newer = add_doubt(100, 5), newest = add_doubt(200, 9);
  const auto ids = [&](const std::string& query) {
    std::vector<std::string> found;
    const Answer page = get("/admin/v1/in_doubt?" + query);
    REQUIRE(page.status == 200);
    for (const Json& one : page.body["data"]) found.push_back(one["object"]);
    return found;
  };
  using Ids = std::vector<std::string>;
  CHECK(ids("order=oldest") == Ids{payment.text(), newer.text(), newest.text()});
  CHECK(ids("order=newest") == Ids{newest.text(), newer.text(), payment.text()});
  const Answer page = get("/admin/v1/in_doubt?order=newest&limit=2");
  CHECK(page.body["has_more"] == true);
  CHECK(ids("order=newest&limit=2&after=" + page.body["next"].get<std::string>()) == Ids{payment.text()});
  CHECK(get("/admin/v1/in_doubt?order=largest").body["error"]["field"] == "order");

  const Json one = get("/admin/v1/in_doubt?order=oldest").body["data"][0]["operations"][0];
  CHECK(one["operation"] == 1);
  CHECK(one["kind"] == "sale");
  CHECK(one["acquirer"] == "sandbox");
  CHECK(one["resolving"]["asks"] == "inquire");
  CHECK(one["resolving"]["tries"] == 3);
  CHECK(one["resolving"]["last_answer"] == "no_answer");
  CHECK(one["can_be_resolved_as"] == Json({"approved", "declined", "never_happened"}));
  CHECK(one["approval"].is_null());
  CHECK(get(path).body["operations"].size() == 1);
  CHECK(get("/admin/v1/in_doubt/" + payment.text()).body["operations"][0]["reference"] == reference_of(partner, payment, 1));
  CHECK(get("/admin/v1/in_doubt/" + payment.text() + "/2").body["error"]["code"] == "operation_not_found");
  CHECK(get("/admin/v1/in_doubt/pi_00000000000000001").status == 404);
}

TEST_CASE_METHOD(DoubtFixture, "An operator has the acquirer asked at once, within bounds") {
  CHECK(post_as(bearer["viewer"], path + "/inquire").status == 403);
  CHECK(post_as(bearer["operator"], path + "/inquire").status == 200);
  CHECK(inquired == std::vector<std::string>{reference_of(partner, payment, 1)});
  CHECK(trail().front()["action"] == "in_doubt.inquire");
  ask_now_answer = AskNow::too_soon;
  CHECK(post_as(bearer["operator"], path + "/inquire").body["error"]["code"] == "asked_just_now");
  ask_now_answer = AskNow::too_many;
  CHECK(post_as(bearer["operator"], path + "/inquire").status == 429);
  resolving.reset();
  CHECK(post_as(bearer["operator"], path + "/inquire").body["error"]["code"] == "not_asked_about");
  CHECK(post_as(bearer["operator"], "/admin/v1/in_doubt/" + payment.text() + "/9/inquire").status == 404);
}

TEST_CASE_METHOD(DoubtFixture, "An operator says what became of it, a security officer approves, and the engine is told both names") {
  const Answer said = say(bearer["operator"]);
  REQUIRE(said.status == 202);
  CHECK(said.body["approval"]["why"] == "money in doubt: sale of 42.00 USD, said to have been approved");
  CHECK(stored().status == PaymentStatus::processing);
  CHECK(get(path).body["operations"][0]["approval"]["requested_by"] == "operator");
  // Sent again after an answer that was lost: nothing more waits. Said by another: one is enough.
  CHECK(say(bearer["operator"]).body["approval"]["id"] == said.body["approval"]["id"]);
  CHECK(say(bearer["pia"]).body["error"]["code"] == "approval_waits");
  CHECK(approve(said, bearer["partner_manager"]).status == 403);
  const Answer done = approve(said, bearer["pia"]);
  REQUIRE(done.status == 200);
  CHECK(done.body["resolved_by_hand"] == "approved");
  CHECK(stored().status == PaymentStatus::succeeded);
  CHECK(port->last.actor == "admin:operator");
  CHECK(port->last_said.resolved_by == "operator");
  CHECK(port->last_said.approved_by == "pia");
  CHECK(port->last_said.approval == said.body["approval"]["id"]);
  CHECK(port->last_said.reference == "ARN 74");
  const auto items = trail();
  CHECK(items[0]["action"] == "approval.approve");
  const Json& item = items[1];
  CHECK(item["action"] == "in_doubt.resolve");
  CHECK(item["user"] == "operator");
  CHECK(item["approved_by"] == "pia");
  CHECK(item["subject"] == payment.text());
  CHECK(item["result"] == "done");
  // The same again changes nothing; anything else is too late.
  CHECK(say(bearer["operator"]).status == 200);
  CHECK(say(bearer["operator"], statement("declined")).body["error"]["code"] == "not_in_doubt");
  // The acquirer is still asked, but nothing is in doubt.
  CHECK(get("/admin/v1/in_doubt?order=oldest").body["data"].empty());
}

TEST_CASE_METHOD(DoubtFixture, "Nobody resolves alone, whether or not approvals are on, and the bootstrap token not at all") {
  approvals = false;
  make(true);
  const Answer said = say(bearer["pia"]);
  CHECK(said.status == 202);
  CHECK(approve(said, bearer["pia"]).body["error"]["code"] == "own_approval");
  CHECK(post("/admin/v1/approvals/" + said.body["approval"]["id"].get<std::string>() + "/approve").status == 403);
  CHECK(approve(said, bearer["security_officer"]).status == 200);
  CHECK(post(path + "/resolve", statement()).body["error"]["code"] == "bootstrap_resolves_nothing");
  CHECK(say(bearer["viewer"]).status == 403);
  CHECK(say(bearer["partner_manager"]).status == 403);
}

TEST_CASE_METHOD(DoubtFixture, "One officer alone makes no second person who resolves, whether or not approvals are on") {
  const std::string officer = bearer["security_officer"];
  for (const bool with_approvals : {true, false}) {
    INFO(with_approvals);
    approvals = with_approvals;
    make(true);
    const std::string name = with_approvals ? "sock" : "sock2";
    const Answer asked = post_as(officer, "/admin/v1/users", {{"name", name}, {"role", "operator"}});
    REQUIRE(asked.status == 202);
    CHECK(asked.body["approval"]["why"] == "a further user who may resolve money in doubt");
    CHECK(post_as(officer, "/admin/v1/users/operator/tokens").status == 202);
    CHECK(post_as(officer, "/admin/v1/users/pia/tokens").status == 202);
    CHECK(post_as(officer, "/admin/v1/users", {{"name", "other"}, {"role", "security_officer"}}).status == 202);
    // Nor by being the only one left.
    CHECK(post_as(officer, "/admin/v1/users/pia/disable").status == 202);
    CHECK(approve(asked, officer).body["error"]["code"] == "own_approval");
    CHECK(approve(asked, bearer["pia"]).body["name"] == name);
    CHECK(post_as(officer, "/admin/v1/users/" + name + "/tokens").status == 202);
    // Everybody's own is their own.
    CHECK(post_as(bearer["operator"], "/admin/v1/users/operator/tokens").status == 200);
  }
  // Without approvals a partner manager approves nothing, and the bootstrap token is the way back in.
  CHECK(post_as(officer, "/admin/v1/users", {{"name", "manager2"}, {"role", "partner_manager"}}).status == 200);
  CHECK(post("/admin/v1/users/pia/tokens").status == 200);
  approvals = true;
  make(true);
  CHECK(post("/admin/v1/users/pia/tokens").status == 202);
}

TEST_CASE_METHOD(DoubtFixture, "Before the acquirer was asked again nothing can be said, unless nobody asks it") {
  resolving->tries = 0;
  CHECK(say(bearer["operator"]).body["error"]["code"] == "too_early");
  resolving.reset();
  CHECK(say(bearer["operator"]).status == 409);
  clock.advance(700 * us_per_second);
  CHECK(say(bearer["operator"]).status == 202);
}

TEST_CASE_METHOD(DoubtFixture, "What does not fit is refused before anybody is asked to approve it") {
  const std::string by = bearer["operator"];
  const auto field = [&](const Json& body) { return say(by, body).body["error"].value("field", std::string()); };
  CHECK(field({{"reference", "x"}, {"reason", "long enough"}}) == "outcome");
  CHECK(field(statement("unknown")) == "outcome");
  Json body = statement();
  body["reason"] = "short";
  CHECK(field(body) == "reason");
  body["reason"] = "the card 4242 4242 4242 4242 was charged";
  CHECK(field(body) == "reason");
  CHECK(say(by, body).text.find("4242 4242") == std::string::npos);
  body["reason"] = "Their support \u202edias ti";  // right to left: it would read as something else
  CHECK(field(body) == "reason");
  body = statement();
  body.erase("reference");
  CHECK(field(body) == "reference");
  body = statement("declined");
  body["acquirer_payment"] = "pi_123";
  CHECK(field(body) == "acquirer_payment");
  body = statement();
  body["other"] = 1;
  CHECK(field(body) == "other");
  CHECK(say(by, statement("reversed")).body["error"]["code"] == "outcome_not_possible");
  CHECK(directory->admins()->approvals.empty());
}

TEST_CASE_METHOD(DoubtFixture, "When the acquirer answers while the approval waits, it wins, and who approves is told") {
  const Answer said = say(bearer["operator"]);
  REQUIRE(said.status == 202);
  port->meanwhile = [this] {
    Payment now = stored();
    apply(now, AuthorizationDeclined{.payment = payment, .operation = 1}, partner, Mode::test, 4, clock.now_us());
    log.put(Table::payments, keys::object(partner, Mode::test, payment.core), wire::encode(now));
  };
  const Answer done = approve(said, bearer["pia"]);
  CHECK(done.status == 409);
  CHECK(done.body["error"]["code"] == "not_in_doubt");
  CHECK(stored().status == PaymentStatus::requires_payment_method);
  CHECK(trail().front()["result"] == "not_in_doubt");
}

}  // namespace tollgate
