// A partner and its configuration as JSON.
#pragma once
#include "admin/body.h"
#include "tollgate/partner/partner.h"

namespace tollgate::admin {

// Takes the configuration's fields that the body has, and leaves the others as they are.
void read_config(Body& body, PartnerConfig& config);
[[nodiscard]] Json to_json(const Partner& partner, int64_t now_us);
[[nodiscard]] Json to_json(const ApiKey& key, int64_t now_us);

}  // namespace tollgate::admin
