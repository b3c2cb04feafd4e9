// API versions. The core speaks one current form; each change of the past is one line of a table, undone for versions older than it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::api {

// What a request gets that names no version, of a partner that has none yet.
inline constexpr std::string_view current_version = "2026-07-29.dahlia";
inline constexpr int oldest_version_date = 20200827;

struct ApiVersion {
  std::string text;  // "2026-07-29.dahlia"
  int date = 0;      // 20260729
  // "YYYY-MM-DD" or "YYYY-MM-DD.name"; nothing for another form or one before the oldest.
  [[nodiscard]] static std::optional<ApiVersion> parse(std::string_view text);
  [[nodiscard]] static ApiVersion current();
};

// In which form objects are shown. The defaults are the current form.
struct Form {
  bool charges_on_payment_intent = false;  // a list of charges in the place of latest_charge
  bool refunds_on_charge = false;          // the list of refunds without being asked for
};
[[nodiscard]] Form form_of(const ApiVersion& version);

}  // namespace tollgate::api
