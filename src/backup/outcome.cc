#include "backup/outcome.h"

#include "backup/manifest.h"
#include "tollgate/base/time.h"

namespace tollgate::backup {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t said_again_us = 600 * us_per_second;

Json time_or_null(int64_t time_us) { return time_us == 0 ? Json(nullptr) : Json(text_of_time(time_us)); }

}  // namespace

void Outcome::note(const Status& status, int64_t now_us) {
  if (status.ok()) {
    if (failures_ > 0 && say_) say_(fmt::format("{} works again, after {} that failed", what_, failures_));
    succeeded_us_ = now_us;
    failures_ = 0;
    return;
  }
  const std::string reason(message_of(status));
  failed_us_ = now_us;
  ++failures_;
  if (complain_ && (failures_ == 1 || reason != error_ || now_us - said_us_ >= said_again_us)) {
    complain_(fmt::format("{} failed{}: {}", what_, failures_ == 1 ? "" : fmt::format(", {} times in a row", failures_), reason));
    said_us_ = now_us;
  }
  error_ = reason;
}

Json Outcome::to_json() const {
  return {{"last_success", time_or_null(succeeded_us_)},
          {"last_failure", time_or_null(failed_us_)},
          {"last_error", error_.empty() ? Json(nullptr) : Json(error_)},
          {"failures", failures_}};
}

}  // namespace tollgate::backup
