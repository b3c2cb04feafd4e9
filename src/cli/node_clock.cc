#include "cli/node_clock.h"

#include <spdlog/spdlog.h>

#include <charconv>

#include "tollgate/directory/secret_file.h"

namespace tollgate::cli {

Status NodeClock::restore(const std::string& path) {
  TOLLGATE_ASSIGN_OR_RETURN(const Secret text, load_or_make_secret_file(path, [] { return std::string("0"); }));
  const std::string_view digits = text.reveal();
  if (std::from_chars(digits.data(), digits.data() + digits.size(), ahead_us_).ec != std::errc{}) return data_loss("{} holds no number", path);
  path_ = path;
  clock_.advance(ahead_us_);
  return absl::OkStatus();
}

void NodeClock::advance(int64_t by_us) {
  ahead_us_ += by_us;
  if (const Status written = write_secret_file(path_, std::to_string(ahead_us_)); !written.ok())
    spdlog::warn("the test clock will be set back at a restart: {}", message_of(written));
  clock_.advance(by_us);
}

}  // namespace tollgate::cli
