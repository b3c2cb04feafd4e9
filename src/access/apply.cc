#include <algorithm>

#include "tollgate/access/access.h"
#include "tollgate/base/assert.h"

namespace tollgate {
namespace {

// Revoked and expired ones stay to be seen, the newest of them.
constexpr std::size_t dead_tokens_max = 8;

AdminUser* find(AdminState& state, std::string_view user) { return const_cast<AdminUser*>(state.find(user)); }

AdminToken* find_token(AdminUser* user, std::string_view id) {
  if (user == nullptr) return nullptr;
  for (AdminToken& token : user->tokens)
    if (token.id == id) return &token;
  return nullptr;
}

bool fold(AdminState& state, const AdminUserCreated& event, int64_t time_us) {
  state.users.push_back({.name = event.user, .role = event.role, .created_us = time_us, .disabled_us = 0, .tokens = {}});
  return true;
}

bool fold(AdminState& state, const AdminUserDisabled& event, int64_t time_us) {
  AdminUser* user = find(state, event.user);
  TOLLGATE_ASSERT(user != nullptr);
  user->disabled_us = time_us;
  return true;
}

bool fold(AdminState& state, const AdminTokenCreated& event, int64_t time_us) {
  AdminUser* user = find(state, event.user);
  TOLLGATE_ASSERT(user != nullptr);
  const auto dead = [&](const AdminToken& token) { return !token.is_valid(time_us); };
  const auto count = static_cast<std::size_t>(std::count_if(user->tokens.begin(), user->tokens.end(), dead));
  if (count >= dead_tokens_max) user->tokens.erase(std::find_if(user->tokens.begin(), user->tokens.end(), dead));
  user->tokens.push_back(event.token);
  return true;
}

bool fold(AdminState& state, const AdminTokenRevoked& event, int64_t time_us) {
  AdminToken* token = find_token(find(state, event.user), event.token_id);
  TOLLGATE_ASSERT(token != nullptr);
  token->revoked_us = time_us;
  return true;
}

bool fold(AdminState& state, const ApprovalRequested& event, int64_t time_us) {
  std::erase_if(state.approvals, [&](const Approval& approval) { return approval.expires_us <= time_us; });
  state.approvals.push_back(event.approval);
  return true;
}

bool fold(AdminState& state, const ApprovalDecided& event, int64_t) {
  std::erase_if(state.approvals, [&](const Approval& approval) { return approval.id == event.id; });
  return true;
}

bool fold(AdminState& state, const AdminActed& event, int64_t time_us) {
  AdminToken* token = event.token_id.empty() ? nullptr : find_token(find(state, event.user), event.token_id);
  if (token == nullptr) return false;  // the bootstrap token, or one that was dropped meanwhile
  token->last_used_us = time_us;
  return true;
}

bool fold(AdminState&, const AccessRefused&, int64_t) { return false; }

const char* why_not(const AdminState& state, const AdminUserCreated& event, int64_t) {
  if (text_of(event.role).empty()) return "there is no such role";
  return state.find(event.user) != nullptr ? "there is an admin user of this name already" : nullptr;
}
const char* why_not(const AdminState& state, const AdminUserDisabled& event, int64_t) {
  return state.find(event.user) == nullptr ? "there is no such admin user" : nullptr;
}
const char* why_not(const AdminState& state, const AdminTokenCreated& event, int64_t) {
  const AdminUser* user = state.find(event.user);
  if (user == nullptr) return "there is no such admin user";
  if (user->disabled_us != 0) return "the admin user is disabled";
  return state.find_owner(event.token.id) != nullptr ? "there is a token with this id already" : nullptr;
}
const char* why_not(const AdminState& state, const AdminTokenRevoked& event, int64_t) {
  const AdminUser* owner = state.find_owner(event.token_id);
  return owner == nullptr || owner->name != event.user ? "there is no such token" : nullptr;
}
const char* why_not(const AdminState& state, const ApprovalRequested& event, int64_t) {
  return state.find_approval(event.approval.id) != nullptr ? "there is an approval with this id already" : nullptr;
}
const char* why_not(const AdminState& state, const ApprovalDecided& event, int64_t time_us) {
  const Approval* approval = state.find_approval(event.id);
  if (approval == nullptr) return "no approval of this id waits";
  if (approval->expires_us <= time_us) return "the approval had expired";
  return event.approved && approval->user == event.user ? "who asked approved it" : nullptr;
}
const char* why_not(const AdminState&, const AdminActed&, int64_t) { return nullptr; }
const char* why_not(const AdminState&, const AccessRefused&, int64_t) { return nullptr; }

}  // namespace

std::string illegal(const AdminState& state, const AdminEvent& event, int64_t time_us) {
  const char* why = std::visit([&](const auto& narrow) { return why_not(state, narrow, time_us); }, event);
  return why == nullptr ? std::string() : why;
}

bool apply(AdminState& state, const AdminEvent& event, uint64_t sequence, int64_t time_us) {
  const bool changed = std::visit([&](const auto& narrow) { return fold(state, narrow, time_us); }, event);
  if (changed) state.version = sequence;
  return changed;
}

}  // namespace tollgate
