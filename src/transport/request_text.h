// A request as it goes over the wire.
#pragma once
#include "tollgate/transport/upstream.h"
#include "transport/url.h"

namespace tollgate::transport {

[[nodiscard]] Secret request_text(const Url& url, const UpstreamRequest& request);

}  // namespace tollgate::transport
