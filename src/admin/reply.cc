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

HttpResponse failure(AdminRefusal refusal) {
  switch (refusal) {
    case AdminRefusal::invalid_name:
      return failure(400, "invalid_field",
                     fmt::format("name must be a letter a-z and up to {} more of a-z, 0-9, dot, dash and underscore, and not \"bootstrap\"",
                         admin_name_bytes_max - 1), "name");
    case AdminRefusal::user_exists: return failure(409, "user_exists", "There is an admin user of this name already; names are not used twice.");
    case AdminRefusal::user_missing: return failure(404, "user_not_found", "There is no admin user of this name.");
    case AdminRefusal::user_disabled: return failure(409, "user_disabled", "The admin user is disabled: make another one.");
    case AdminRefusal::too_many_users: return failure(409, "too_many_users", fmt::format("There may be {} admin users.", admin_users_max));
    case AdminRefusal::last_officer:
      return failure(409, "last_officer",
          "This is the last active security officer: make another one first, or nobody could make users any more.");
    case AdminRefusal::token_missing: return failure(404, "token_not_found", "There is no token with this id.");
    case AdminRefusal::too_many_tokens:
      return failure(409, "too_many_tokens", fmt::format("A user has at most {} valid tokens: revoke one first.", admin_tokens_max));
    case AdminRefusal::approval_missing:
      return failure(404, "approval_not_found", "Nothing of this id waits for approval: it was decided, or has expired.");
    case AdminRefusal::too_many_approvals:
      return failure(409, "too_many_approvals", fmt::format("{} requests wait for approval already: have some decided first.",
          approvals_waiting_max));
    case AdminRefusal::own_approval: return failure(403, "own_approval", "You asked for this yourself: another person must approve it.");
    case AdminRefusal::none: break;
  }
  return failure(409, "refused", "It was refused.");
}

HttpResponse busy() { return failure(503, "overloaded", "The node is busy or stopping; nothing was changed. Try again."); }

}  // namespace tollgate::admin
