// A request is over: counted, logged, and its times told to the partner.
#pragma once
#include "api/call.h"

namespace tollgate::api {

// May add a header to `response`.
void measure(Call& call, const Reply& reply, HttpResponse& response);

// The same of a request that was not let in: there is no call for it.
struct Refused {
  RequestId request;
  Stream stream;  // whose key it was, if anybody's
  uint16_t route_number = 0;
  int64_t now_us = 0;
  int64_t begin_us = 0;  // 0: nothing is measured
};
void measure(const Services& services, const Refused& refused, const ApiError& error);

}  // namespace tollgate::api
