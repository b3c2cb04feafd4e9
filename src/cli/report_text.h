// Reports as people and spreadsheets read them, from the admin API's JSON.
#pragma once
#include <string>

#include "cli/admin_client.h"

namespace tollgate::cli {

// Lines end with CR and LF (RFC 4180); amounts in minor units, the currency's exponent beside them.
[[nodiscard]] std::string report_csv(const Json& report);
[[nodiscard]] std::string report_text(const Json& report);
// What whoever reads the figures must know of them: a rebuild, a problem, records that are missing yet. Empty: nothing.
[[nodiscard]] std::string report_notes(const Json& report);

}  // namespace tollgate::cli
