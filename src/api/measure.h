// A request is over: counted, logged, and its times told to the partner.
#pragma once
#include "api/call.h"

namespace tollgate::api {

// May add a header to `response`.
void measure(Call& call, const Reply& reply, HttpResponse& response);

}  // namespace tollgate::api
