// What deployed integrations send and check besides what the SDK of the day does.
#include "api/gateway.h"
#include "api/required_fields.h"

using namespace tollgate;
using namespace tollgate::testing;

namespace {

constexpr const char* paid_form = "amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa";

std::string path_of(const Answer& payment) { return "/v1/payment_intents/" + payment["id"].get<std::string>(); }

}  // namespace

TEST_CASE("booleans are taken in any case, as SDKs of other languages write them") {
  Gateway gateway;
  const std::string form = "amount=2000&currency=usd&payment_method=pm_card_visa&capture_method=manual";
  for (const char* yes : {"true", "True", "TRUE"}) CHECK(gateway.post("/v1/payment_intents", form + "&confirm=" + yes)["status"] == "requires_capture");
  for (const char* no : {"false", "False"}) CHECK(gateway.post("/v1/payment_intents", form + "&confirm=" + no)["status"] == "requires_confirmation");
  for (const char* none : {"1", "0", "yes", "tru", "truee", "True "}) CHECK(gateway.post("/v1/payment_intents", form + "&confirm=" + none).param() == "confirm");
  const std::string alone = "amount=2000&currency=usd&confirm=True&payment_method=pm_card_authenticationRequired&off_session=";
  CHECK(gateway.post("/v1/payment_intents", alone + "True").code() == "authentication_required");
  CHECK(gateway.post("/v1/payment_intents", alone + "recurring").code() == "authentication_required");
  CHECK(gateway.post("/v1/payment_intents", alone + "False")["status"] == "requires_action");
  CHECK(gateway.post("/v1/payment_intents", alone + "maybe").param() == "off_session");
}

TEST_CASE("a payment that was captured already answers a capture with its state") {
  Gateway gateway;
  const Answer paid = gateway.post("/v1/payment_intents", paid_form);
  const Answer refused = gateway.post(path_of(paid) + "/capture");
  CHECK(refused.status == 400);
  CHECK(refused.code() == "payment_intent_unexpected_state");
  CHECK(refused.error()["payment_intent"]["status"] == "succeeded");
}
