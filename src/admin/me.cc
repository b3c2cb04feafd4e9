// Who asks, and what their role permits: a page shows what can be done, and the node stays the judge.
#include "admin/admin_api.h"
#include "tollgate/record/names.h"

namespace tollgate::admin {

HttpResponse AdminApi::me(const Principal& who) const {
  Json permissions = Json::array(), expires = nullptr;
  for (std::size_t i = 0; i < enum_names<Permission>.size(); ++i)
    if (const auto permission = static_cast<Permission>(i); !text_of(permission).empty() && permits(who.role, permission))
      permissions.push_back(Json(text_of(permission)));
  const auto state = ports_.directory.admins();
  if (const AdminUser* user = state->find(who.user); user != nullptr)
    for (const AdminToken& token : user->tokens)
      if (token.id == who.token_id) expires = token.expires_us / us_per_second;
  return reply({{"user", who.user},
                {"role", tollgate::text_of(who.role)},
                {"bootstrap", who.bootstrap},
                {"permissions", std::move(permissions)},
                {"token_expires", std::move(expires)},
                {"approvals", options_.approvals ? "on" : "off"}});
}

}  // namespace tollgate::admin
