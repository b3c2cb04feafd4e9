// Infrastructure errors are absl::Status values. Debian builds Abseil with its own string_view, so messages are
// made here, from std::string_view and fmt, and read back here; no other file converts between the two.
#pragma once
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <fmt/format.h>

#include <string>
#include <string_view>

namespace tollgate {

using absl::Status;
using absl::StatusOr;

template <class... Args>
[[nodiscard]] Status error(absl::StatusCode code, fmt::format_string<Args...> format, Args&&... args) {
  const std::string text = fmt::format(format, std::forward<Args>(args)...);
  return Status(code, absl::string_view(text.data(), text.size()));
}

template <class... Args>
[[nodiscard]] Status invalid_argument(fmt::format_string<Args...> format, Args&&... args) {
  return error(absl::StatusCode::kInvalidArgument, format, std::forward<Args>(args)...);
}
template <class... Args>
[[nodiscard]] Status not_found(fmt::format_string<Args...> format, Args&&... args) {
  return error(absl::StatusCode::kNotFound, format, std::forward<Args>(args)...);
}
// The bytes on disk are not what was written: a wrong checksum, hash, magic or length.
template <class... Args>
[[nodiscard]] Status data_loss(fmt::format_string<Args...> format, Args&&... args) {
  return error(absl::StatusCode::kDataLoss, format, std::forward<Args>(args)...);
}
template <class... Args>
[[nodiscard]] Status failed_precondition(fmt::format_string<Args...> format, Args&&... args) {
  return error(absl::StatusCode::kFailedPrecondition, format, std::forward<Args>(args)...);
}
template <class... Args>
[[nodiscard]] Status unavailable(fmt::format_string<Args...> format, Args&&... args) {
  return error(absl::StatusCode::kUnavailable, format, std::forward<Args>(args)...);
}
template <class... Args>
[[nodiscard]] Status internal_error(fmt::format_string<Args...> format, Args&&... args) {
  return error(absl::StatusCode::kInternal, format, std::forward<Args>(args)...);
}

[[nodiscard]] inline std::string_view message_of(const Status& status) {
  return {status.message().data(), status.message().size()};
}

#define TOLLGATE_RETURN_IF_ERROR(expression)                  \
  do {                                                        \
    if (::absl::Status status_ = (expression); !status_.ok()) \
      return status_;                                         \
  } while (false)

#define TOLLGATE_CONCAT_(a, b) a##b
#define TOLLGATE_CONCAT(a, b) TOLLGATE_CONCAT_(a, b)
#define TOLLGATE_ASSIGN_OR_RETURN_(temporary, target, expression) \
  auto temporary = (expression);                                  \
  if (!temporary.ok()) return std::move(temporary).status();      \
  target = *std::move(temporary)
#define TOLLGATE_ASSIGN_OR_RETURN(target, expression) \
  TOLLGATE_ASSIGN_OR_RETURN_(TOLLGATE_CONCAT(status_or_, __LINE__), target, expression)

}  // namespace tollgate
