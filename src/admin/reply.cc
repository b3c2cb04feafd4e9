#include "admin/reply.h"

namespace tollgate::admin {

HttpResponse reply(const Json& body, int status) {
  HttpResponse response;
  response.status = status;
  response.body = body.dump(2, ' ', false, Json::error_handler_t::replace);
  response.body.push_back('\n');
  // Answers may show a new key, and always show what an operator alone may see.
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

HttpResponse failure(int status, std::string_view code, std::string_view message, std::string_view field) {
  Json error = {{"code", code}, {"message", message}};
  if (!field.empty()) error["field"] = field;
  HttpResponse response = reply(Json{{"error", std::move(error)}}, status);
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

HttpResponse failure(const Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound: return failure(404, "not_found", message_of(status));
    case absl::StatusCode::kInvalidArgument: return failure(400, "invalid_request", message_of(status));
    case absl::StatusCode::kUnavailable: return failure(503, "unavailable", message_of(status));
    default: return failure(500, "internal", message_of(status));
  }
}

HttpResponse failure(const RefusalDetail& refusal) {
  switch (refusal.refusal) {
    case Refusal::partner_exists: return failure(409, "partner_exists", "There is a partner with this id already.");
    case Refusal::partner_closed:
      return failure(409, "partner_closed", "The partner is closed: nothing of it can be changed any more.");
    case Refusal::key_missing:
      return failure(
          404, "key_not_found",
          "The partner has no such key, or it has expired or was revoked: list the keys to see which are valid.");
    case Refusal::too_many_keys:
      return failure(
          409, "too_many_keys",
          fmt::format("A partner has at most {} valid keys of a mode: revoke one first.", keys_per_mode_max));
    case Refusal::partner_unexpected_state:
      if (refusal.param == "version")
        return failure(409, "version_conflict",
                       "The partner was changed since you read it: read it again, then repeat the change.", "version");
      if (refusal.param == "partner") return failure(404, "partner_not_found", "There is no such partner.");
      return failure(400, "invalid_field", "The value is not allowed.", refusal.param);
    default: return failure(409, "refused", "The partner's state does not allow this.");
  }
}

}  // namespace tollgate::admin
