#include "admin/fixture.h"

namespace tollgate {
namespace {

Payment doubtful(uint64_t partner, uint8_t core, int64_t amount, const char* currency) {
  Payment payment;
  payment.id.core.bytes[11] = core;
  payment.partner = PartnerId{partner};
  payment.amount = amount;
  payment.currency = *Currency::parse(currency);
  payment.status = PaymentStatus::processing;
  Operation settled;
  settled.ordinal = 1;
  settled.state = OperationState::declined;
  settled.amount = 1;
  Operation open;
  open.ordinal = 2;
  open.kind = OperationKind::sale;
  open.state = OperationState::in_doubt;
  open.amount = amount;
  payment.operations = {settled, open};
  return payment;
}

void put(RowsLog& log, const Payment& payment) {
  const std::string key = keys::object(payment.partner, payment.mode, payment.id.core);
  log.put(Table::payments, key, wire::encode(payment));
  log.put(Table::in_doubt, keys::partition(1) + key, "");
}

class WitnessedLog final : public proof::StaticLog {
 public:
  StatusOr<std::string> get(uint32_t, const proof::Resource&) const override { return not_found("nothing here"); }
  StatusOr<proof::VerifierKey> key(uint32_t) const override { return not_found("nothing here"); }
  proof::LogStatus status() const override { return told; }
  proof::LogStatus told;
};

}  // namespace

TEST_CASE_METHOD(AdminFixture, "Whether the log is signed and what witnesses say is for all who may see the node") {
  CHECK_FALSE(get("/admin/v1/status").body.contains("transparency"));
  WitnessedLog signing;
  signing.told.witnesses = {{.name = "one", .url = "https://one.example", .cosigned = 3, .problem = {}},
                            {.name = "two", .url = "https://two.example", .cosigned = 0, .problem = "it does not answer"}};
  signing.told.problem = "the key is gone";
  AdminOptions options;
  options.token = Secret("admin-token");
  AdminPorts ports{.log = log,
                   .directory = *directory,
                   .commands = *port,
                   .clock = clock,
                   .engine_stats = [] { return EngineStats{}; },
                   .acquirer_summary = [] { return InDoubtSummary{}; },
                   .ready = [this] { return ready; },
                   .static_log = &signing};
  api = make_admin_api(std::move(options), std::move(ports));
  const Json told = get("/admin/v1/status").body["transparency"];
  CHECK(told["problem"] == "the key is gone");
  REQUIRE(told["witnesses"].size() == 2);
  CHECK(told["witnesses"][0]["problem"].is_null());
  CHECK(told["witnesses"][1]["name"] == "two");
  CHECK(told["witnesses"][1]["problem"] == "it does not answer");
}

TEST_CASE_METHOD(AdminFixture, "The status of the node shows its parts") {
  create("Shop");
  const auto answer = get("/admin/v1/status");
  REQUIRE(answer.status == 200);
  CHECK(answer.body["partners"] == 1);
  CHECK(answer.body["engine"]["commands"] == 7);
  CHECK(answer.body["acquirer"]["in_flight"] == 3);
  REQUIRE(answer.body["partitions"].size() == 3);
  CHECK(answer.body["partitions"][2]["sequence"] == 200);
  CHECK(answer.body["ready"] == true);
}

TEST_CASE_METHOD(AdminFixture, "What is in doubt is listed with its amounts, page by page") {
  put(log, doubtful(1, 1, 1'000, "usd"));
  put(log, doubtful(1, 2, 2'000, "usd"));
  put(log, doubtful(2, 3, 500, "eur"));
  const auto all = get("/admin/v1/in_doubt");
  REQUIRE(all.status == 200);
  REQUIRE(all.body["data"].size() == 3);
  CHECK(all.body["amount_in_doubt"] == Json({{"usd", 3'000}, {"eur", 500}}));
  const Json& first = all.body["data"][0];
  CHECK(first["partner"] == PartnerId{1}.text());
  CHECK(first["mode"] == "test");
  REQUIRE(first["operations"].size() == 1);
  CHECK(first["operations"][0]["kind"] == "sale");
  CHECK(first["operations"][0]["state"] == "in_doubt");

  const auto page = get("/admin/v1/in_doubt?limit=2");
  CHECK(page.body["data"].size() == 2);
  CHECK(page.body["has_more"] == true);
  const auto rest = get("/admin/v1/in_doubt?limit=2&after=" + page.body["next"].get<std::string>());
  REQUIRE(rest.body["data"].size() == 1);
  CHECK(rest.body["data"][0]["partner"] == PartnerId{2}.text());
  CHECK(rest.body["has_more"] == false);
  CHECK(get("/admin/v1/in_doubt?after=xyz").status == 400);
}

TEST_CASE_METHOD(AdminFixture, "The sandbox's entries are found by their reference, slashes and all") {
  for (const char* reference : {"acct_1/pi_1/1", "acct_1/pi_1/2", "acct_2/pi_9/1"})
    sandbox.listed[reference] = SandboxEntry{
        .reference = reference, .times_seen = 2, .times_moved = 1, .amount = 700, .currency = *Currency::parse("usd")};
  const auto one = get("/admin/v1/sandbox/entries/acct_1/pi_1/2");
  REQUIRE(one.status == 200);
  CHECK(one.body["reference"] == "acct_1/pi_1/2");
  CHECK(one.body["times_moved"] == 1);
  CHECK(get("/admin/v1/sandbox/entries/acct_1%2Fpi_1%2F2").body["reference"] == "acct_1/pi_1/2");
  CHECK(get("/admin/v1/sandbox/entries/acct_9/pi_1/2").status == 404);
  CHECK(get("/admin/v1/sandbox/entries/%zz").status == 400);
  const auto totals = get("/admin/v1/sandbox/totals?prefix=acct_1%2Fpi_1%2F");
  CHECK(totals.body["entries"] == 2);
  CHECK(totals.body["times_moved_max"] == 1);
  const auto page = get("/admin/v1/sandbox/entries?limit=2");
  CHECK(page.body["data"].size() == 2);
  CHECK(page.body["has_more"] == true);
  const auto rest = get("/admin/v1/sandbox/entries?limit=2&after=acct_1%2Fpi_1%2F2");
  CHECK(rest.body["data"].size() == 1);
  CHECK(rest.body["has_more"] == false);
}

TEST_CASE_METHOD(AdminFixture, "What stands where an id belongs, maybe a card number, is not repeated") {
  for (const char* path : {"/admin/v1/partners/4539578763621486", "/admin/v1/sandbox/entries/4539578763621486", "/admin/v1/4539578763621486"}) {
    const auto answer = get(path);
    CHECK(answer.status == 404);
    CHECK(answer.text.find("4539578763621486") == std::string::npos);
  }
}

TEST_CASE_METHOD(AdminFixture, "A node without a vault has no keys to show or to change") {
  CHECK(get("/admin/v1/vault").status == 404);
  CHECK(post("/admin/v1/vault/rotate").status == 404);
  CHECK(post("/admin/v1/vault/rewrap").status == 404);
  CHECK(post("/admin/v1/vault/turn").status == 404);
}

TEST_CASE_METHOD(AdminFixture, "A test clock goes ahead, the system's cannot be moved") {
  const int64_t before_us = clock.now_us();
  CHECK(post("/admin/v1/clock/advance", {{"seconds", 86'400}}).status == 200);
  CHECK(clock.now_us() - before_us == us_per_day);
  for (const Json& body :
       {Json{{"seconds", 0}}, Json{{"seconds", -5}}, Json::object(), Json{{"seconds", "1"}}, Json{{"minutes", 1}}})
    CHECK(post("/admin/v1/clock/advance", body).status == 400);
  make(false);
  CHECK(post("/admin/v1/clock/advance", {{"seconds", 1}}).status == 409);
  CHECK(clock.now_us() - before_us == us_per_day);
}

}  // namespace tollgate
