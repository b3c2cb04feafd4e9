// /openapi.json: what this API is, for programs. tests/openapi/ holds it against every route, parameter and answer.
#include "api/openapi_text.h"
#include "api/render.h"
#include "api/v1/resources.h"

namespace tollgate::api {
namespace {

Reply show(CallPtr& call) {
  if (const auto error = call->params.finish()) return *error;
  return Reply::json(std::string(openapi_text()));
}

constexpr Route routes[] = {
    {Method::get, "/openapi.json", show, Kind::none, false, true},
};

}  // namespace

Routes openapi_routes() { return routes; }

}  // namespace tollgate::api
