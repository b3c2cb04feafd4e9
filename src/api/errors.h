// An error as the API answers it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tollgate/base/status.h"

namespace tollgate::api {

enum class ErrorType : uint8_t { invalid_request, card, idempotency, api };
// What Stripe-Should-Retry says: nothing, no, or yes. Clients obey it before their own rules.
enum class Retry : uint8_t { unsaid, never, later };

struct ApiError {
  int status = 400;
  ErrorType type = ErrorType::invalid_request;
  std::string_view code{};  // static text; empty: none
  std::string message{};
  std::string param{};
  std::string_view decline_code{};  // static text
  std::string charge{};             // id
  std::string members{};            // ready JSON members: the objects that the error is about
  Retry retry = Retry::unsaid;
  int retry_after_seconds = 0;
};

// {"error":{...}}
[[nodiscard]] std::string render(const ApiError& error);

[[nodiscard]] ApiError missing_param(std::string param);
[[nodiscard]] ApiError unknown_param(std::string param);
[[nodiscard]] ApiError invalid_param(std::string param, std::string message, std::string_view code = {});
// "No such payment_intent: 'pi_...'": of the path 404, of a parameter 400.
[[nodiscard]] ApiError no_such_in_path(std::string_view object, std::string_view id, std::string_view param = "id");
[[nodiscard]] ApiError no_such(std::string_view object, std::string_view id, std::string_view param);
// Of reads as of an earlier moment: by a read that knows only now, of a moment that is no longer kept, and of one that is too far back.
[[nodiscard]] ApiError as_of_unsupported();
[[nodiscard]] ApiError as_of_too_old();
[[nodiscard]] ApiError as_of_too_far();
[[nodiscard]] ApiError unauthorized(std::string message, std::string_view code = {});
[[nodiscard]] ApiError forbidden(std::string message, std::string_view code);
[[nodiscard]] ApiError overloaded();
// What was asked for is more than one answer holds.
[[nodiscard]] ApiError answer_too_large(std::size_t bytes_max);
// Over a limit of the partner's own; nothing was done.
[[nodiscard]] ApiError rate_limited(std::string message, int retry_after_seconds, Retry retry = Retry::later);
// Of a failed read or a bug of ours: says nothing of the inside.
[[nodiscard]] ApiError internal();

}  // namespace tollgate::api
