// Everything as Prometheus reads it.
#pragma once
#include <string>

#include "observe/conditions.h"
#include "observe/partner_watch.h"
#include "observe/totals.h"
#include "tollgate/observe/node_facts.h"

namespace tollgate::observe {

struct Shown {
  const Metrics& metrics;
  const Totals& totals;
  const PartnerWatch& partners;
  const NodeFacts& facts;
  const std::vector<Alert>& alerts;
  const std::string& version;
};

[[nodiscard]] std::string exposition(const Shown& shown);

}  // namespace tollgate::observe
