#include "tollgate/access/access.h"

#include <algorithm>

namespace tollgate {
namespace {

constexpr std::pair<AdminRole, std::string_view> role_texts[] = {{AdminRole::viewer, "viewer"},
                                                                 {AdminRole::node_operator, "operator"},
                                                                 {AdminRole::partner_manager, "partner_manager"},
                                                                 {AdminRole::auditor, "auditor"},
                                                                 {AdminRole::security_officer, "security_officer"}};

}  // namespace

std::string_view text_of(AdminRole role) {
  for (const auto& [known, text] : role_texts)
    if (known == role) return text;
  return {};
}

std::optional<AdminRole> parse_admin_role(std::string_view text) {
  for (const auto& [role, known] : role_texts)
    if (known == text) return role;
  return std::nullopt;
}

const AdminUser* AdminState::find(std::string_view user) const {
  const auto found = std::find_if(users.begin(), users.end(), [&](const AdminUser& one) { return one.name == user; });
  return found == users.end() ? nullptr : &*found;
}

const Approval* AdminState::find_approval(std::string_view id) const {
  const auto found = std::find_if(approvals.begin(), approvals.end(), [&](const Approval& one) { return one.id == id; });
  return found == approvals.end() ? nullptr : &*found;
}

const AdminUser* AdminState::find_owner(std::string_view token_id) const {
  for (const AdminUser& user : users)
    for (const AdminToken& token : user.tokens)
      if (token.id == token_id) return &user;
  return nullptr;
}

std::size_t AdminState::active_officers() const {
  return static_cast<std::size_t>(std::count_if(users.begin(), users.end(), [](const AdminUser& user) {
    return user.disabled_us == 0 && user.role == AdminRole::security_officer;
  }));
}

}  // namespace tollgate
