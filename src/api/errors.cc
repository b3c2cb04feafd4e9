#include "api/errors.h"

#include "api/text.h"
#include "api/writer.h"

namespace tollgate::api {
namespace {

std::string_view name_of(ErrorType type) {
  switch (type) {
    case ErrorType::invalid_request: return "invalid_request_error";
    case ErrorType::card: return "card_error";
    case ErrorType::idempotency: return "idempotency_error";
    case ErrorType::api: return "api_error";
  }
  return "api_error";
}

}  // namespace

std::string render(const ApiError& error) {
  std::string body;
  body.reserve(256 + error.members.size());
  Writer out(body);
  out.begin_object();
  out.object("error");
  if (!error.charge.empty()) out.text("charge", error.charge);
  if (!error.code.empty()) out.text("code", error.code);
  if (!error.decline_code.empty()) out.text("decline_code", error.decline_code);
  out.text("message", error.message);
  if (!error.param.empty()) out.text("param", error.param);
  if (!error.members.empty()) out.members(error.members);
  out.text("type", name_of(error.type));
  out.end_object();
  out.end_object();
  return body;
}

ApiError missing_param(std::string param) {
  std::string message = fmt::format("Missing required param: {}.", param);
  return {.code = "parameter_missing", .message = std::move(message), .param = std::move(param)};
}

ApiError unknown_param(std::string param) {
  std::string message = fmt::format("Received unknown parameter: {}", param);
  return {.code = "parameter_unknown", .message = std::move(message), .param = std::move(param)};
}

ApiError invalid_param(std::string param, std::string message, std::string_view code) {
  return {.code = code, .message = std::move(message), .param = std::move(param)};
}

ApiError no_such(std::string_view object, std::string_view id, std::string_view param) {
  return {.code = "resource_missing", .message = fmt::format("No such {}: '{}'", object, shown(id)), .param = std::string(param)};
}

ApiError no_such_in_path(std::string_view object, std::string_view id, std::string_view param) {
  ApiError error = no_such(object, id, param);
  error.status = 404;
  return error;
}

ApiError as_of_unsupported() {
  return invalid_param("as_of", "This request cannot be answered as of an earlier moment. Leave out as_of.", "as_of_unsupported");
}

ApiError as_of_too_old() {
  return invalid_param("as_of", "What was recorded until then is no longer kept online: it was moved to the archive. Ask the operator of this gateway.",
                       "as_of_too_old");
}

ApiError as_of_too_far() {
  return invalid_param("as_of", "Too much has happened since then to tell. Give a later moment, or ask the operator of this gateway.", "as_of_too_far");
}

ApiError unauthorized(std::string message, std::string_view code) {
  return {.status = 401, .code = code, .message = std::move(message)};
}

ApiError forbidden(std::string message, std::string_view code) {
  return {.status = 403, .code = code, .message = std::move(message)};
}

ApiError overloaded() {
  return {.status = 503, .type = ErrorType::api, .message = "The server is busy. Nothing was done; try again in a moment.",
          .retry = Retry::later, .retry_after_seconds = 1};
}

ApiError answer_too_large(std::size_t bytes_max) {
  return invalid_param({}, fmt::format("The answer would be larger than {} MiB. Ask for less at a time: a smaller `limit`, fewer expansions. What the "
                                       "request was to change is changed.", bytes_max >> 20), "answer_too_large");
}

ApiError rate_limited(std::string message, int retry_after_seconds, Retry retry) {
  return {.status = 429, .code = "rate_limit", .message = std::move(message), .retry = retry, .retry_after_seconds = retry_after_seconds};
}

ApiError internal() {
  return {.status = 500, .type = ErrorType::api, .message = "Something went wrong on our side. Quote the Request-Id when you report it."};
}

}  // namespace tollgate::api
