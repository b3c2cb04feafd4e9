// The trial balance on the terminal and as JSON.
#pragma once
#include "cli/audit_common.h"
#include "tollgate/audit/balances.h"

namespace tollgate::cli {
void print_balances(const audit::Balances& balances);
[[nodiscard]] Json json_of(const audit::Balances& balances);
}  // namespace tollgate::cli
