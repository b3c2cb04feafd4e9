// An acquirer that is reached over the Stripe API: a payment service provider that speaks it, or another tollgate.
#pragma once
#include "tollgate/acquirer/acquirer.h"
#include "tollgate/base/time.h"
#include "tollgate/transport/upstream.h"

namespace tollgate {

struct StripeOptions {
  UpstreamOptions upstream;
  Secret secret_key;
  std::string api_version = "2023-10-16";  // one that has latest_charge: 2022-11-15 or later
  // For all that one request takes (up to three calls). Less than the dispatcher's call_timeout_us: then the answer says how far it got.
  int64_t timeout_us = 8 * us_per_second;
  // For how long the upstream surely knows an idempotency key.
  int64_t key_life_us = 20 * 3'600 * us_per_second;
};

[[nodiscard]] StatusOr<std::unique_ptr<Acquirer>> open_stripe(StripeOptions options, RevealCard reveal, Acquirer::Answered answered);

}  // namespace tollgate
