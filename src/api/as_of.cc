#include "api/as_of.h"

#include <charconv>

#include "api/text.h"
#include "tollgate/base/time_text.h"

namespace tollgate::api {
namespace {

constexpr int64_t seconds_max = 253'402'300'799;  // the year 9999

ApiError wrong(std::string message) { return invalid_param("as_of", std::move(message)); }

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Times in answers are whole seconds: the moment that one of them names is its end.
std::optional<int64_t> time_in(std::string_view text, int64_t now_us) {
  const auto seconds = number_in<int64_t>(text);
  if (!seconds) return time_from_text(text);
  if (*seconds < 0 || *seconds > seconds_max) return std::nullopt;
  const int64_t begin_us = *seconds * us_per_second, end_us = begin_us + us_per_second - 1;
  return begin_us <= now_us ? std::min(end_us, now_us) : end_us;
}

}  // namespace

void read_as_of(Call& call) {
  Params params = call.root();
  const auto given = params.text("as_of");
  if (!given) return;
  constexpr std::string_view record_prefix = "seq:";
  StatusOr<KnownAt> at;
  if (given->starts_with(record_prefix)) {
    const auto sequence = number_in<uint64_t>(given->substr(record_prefix.size()));
    if (!sequence) return params.fail(wrong(fmt::format("Invalid as_of: {}. A record is given as seq:4711.", shown(*given))));
    at = call.services.views.at_record(call.stream.partition, *sequence);
    if (absl::IsNotFound(at.status())) return params.fail(wrong(fmt::format("Invalid as_of: there is no record {} yet.", *sequence)));
  } else {
    const auto time_us = time_in(*given, call.now_us);
    if (!time_us)
      return params.fail(wrong(fmt::format("Invalid as_of: {}. Give unix seconds, a time like 2025-06-15T12:00:00Z, or a record like seq:4711.", shown(*given))));
    if (*time_us > call.now_us) return params.fail(wrong("Invalid as_of: this time is still to come."));
    at = call.services.views.at_time(call.stream.partition, *time_us);
  }
  if (at.ok()) call.known_at = *at;
  else if (absl::IsFailedPrecondition(at.status())) params.fail(as_of_too_old());
  else params.fail(internal());
}

void refuse_with_as_of(Call& call, std::string_view filter) {
  Params params = call.root();
  if (!call.known_at.is_now() && params.has(filter)) params.fail(wrong(fmt::format("as_of cannot be combined with {} in this list.", filter)));
}

}  // namespace tollgate::api
