// Every resource of the API.
#include "api/router.h"
#include "api/v1/resources.h"

namespace tollgate::api {
namespace {

std::vector<Routes> all_resources() {
  return {
      account_routes(),
      balance_routes(),
      balance_transaction_routes(),
      challenge_routes(),
      charge_routes(),
      customer_routes(),
      event_routes(),
      openapi_routes(),
      payment_intent_routes(),
      payment_method_routes(),
      receipt_routes(),
      refund_routes(),
      setup_intent_routes(),
      timeline_routes(),
  };
}

}  // namespace

Router::Router() : Router(all_resources()) {}

}  // namespace tollgate::api
