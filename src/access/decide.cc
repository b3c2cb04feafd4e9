#include <algorithm>

#include "tollgate/access/access.h"

namespace tollgate {
namespace {

AdminDecision refuse(AdminRefusal refusal) { return {.events = {}, .refusal = refusal}; }

// It stands in the log, in command lines and in paths, and is never a number.
bool is_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_'; };
  return !name.empty() && name.front() >= 'a' && name.front() <= 'z' && name.size() <= admin_name_bytes_max && std::all_of(name.begin(),
      name.end(), allowed) && name != "bootstrap";
}

AdminDecision on(const AdminState& state, const CreateAdminUser& command, int64_t) {
  if (!is_name(command.user) || text_of(command.role).empty()) return refuse(AdminRefusal::invalid_name);
  if (state.find(command.user) != nullptr) return refuse(AdminRefusal::user_exists);
  if (state.users.size() >= admin_users_max) return refuse(AdminRefusal::too_many_users);
  return {.events = {AdminUserCreated{command.user, command.role}}};
}

AdminDecision on(const AdminState& state, const DisableAdminUser& command, int64_t) {
  const AdminUser* user = state.find(command.user);
  if (user == nullptr) return refuse(AdminRefusal::user_missing);
  if (user->disabled_us != 0) return {};
  if (user->role == AdminRole::security_officer && state.active_officers() == 1) return refuse(AdminRefusal::last_officer);
  return {.events = {AdminUserDisabled{command.user}}};
}

AdminDecision on(const AdminState& state, const CreateAdminToken& command, int64_t now_us) {
  const AdminUser* user = state.find(command.user);
  if (user == nullptr) return refuse(AdminRefusal::user_missing);
  if (user->disabled_us != 0) return refuse(AdminRefusal::user_disabled);
  const auto valid = std::count_if(user->tokens.begin(), user->tokens.end(), [&](const AdminToken& token) { return token.is_valid(now_us); });
  if (static_cast<std::size_t>(valid) >= admin_tokens_max) return refuse(AdminRefusal::too_many_tokens);
  return {.events = {AdminTokenCreated{command.user, command.token}}};
}

AdminDecision on(const AdminState& state, const RevokeAdminToken& command, int64_t) {
  const AdminUser* owner = state.find_owner(command.token_id);
  if (owner == nullptr) return refuse(AdminRefusal::token_missing);
  for (const AdminToken& token : owner->tokens)
    if (token.id == command.token_id && token.revoked_us != 0) return {};
  return {.events = {AdminTokenRevoked{owner->name, command.token_id}}};
}

AdminDecision on(const AdminState& state, const RequestApproval& command, int64_t now_us) {
  const auto waiting =
      std::count_if(state.approvals.begin(), state.approvals.end(), [&](const Approval& approval) { return approval.expires_us > now_us; });
  if (static_cast<std::size_t>(waiting) >= approvals_waiting_max) return refuse(AdminRefusal::too_many_approvals);
  return {.events = {ApprovalRequested{command.approval}}};
}

AdminDecision on(const AdminState& state, const DecideApproval& command, int64_t now_us) {
  const Approval* approval = state.find_approval(command.id);
  if (approval == nullptr || approval->expires_us <= now_us) return refuse(AdminRefusal::approval_missing);
  if (command.approved && approval->user == command.user) return refuse(AdminRefusal::own_approval);
  return {.events = {ApprovalDecided{command.id, command.user, command.approved}}};
}

AdminDecision on(const AdminState&, const NoteAction& command, int64_t) { return {.events = {command.acted}}; }
AdminDecision on(const AdminState&, const NoteRefusal& command, int64_t) { return {.events = {command.refused}}; }

}  // namespace

AdminDecision decide(const AdminState& state, const AdminCommand& command, int64_t now_us) {
  return std::visit([&](const auto& narrow) { return on(state, narrow, now_us); }, command);
}

}  // namespace tollgate
