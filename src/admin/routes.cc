#include "admin/routes.h"

#include "tollgate/record/names.h"

namespace tollgate::admin {
namespace {

constexpr std::size_t path_parts_max = 8;
constexpr Method get = Method::get, post = Method::post;
using enum Permission;

constexpr Route table[] = {
    {get, "/metrics", see_node, "metrics.read"},
    {get, "/log", read_log, "log.read"},
    {get, "/log/*", read_log, "log.read"},
    {get, "status", see_node, "node.status"},
    {get, "overview", see_node, "node.overview"},
    {get, "overview/stream", see_node, "node.overview"},
    {get, "overview/history", see_node, "node.overview"},
    {get, "alerts", see_node, "node.alerts"},
    {get, "in_doubt", see_node, "in_doubt.list"},
    {get, "in_doubt/{payment}", see_node, "in_doubt.show"},
    {get, "in_doubt/{payment}/{operation}", see_node, "in_doubt.show"},
    {post, "in_doubt/{payment}/{operation}/inquire", operate, "in_doubt.inquire", {}, false, true},
    {post, "in_doubt/{payment}/{operation}/resolve", operate, "in_doubt.resolve"},
    {get, "backups", see_node, "backup.list"},
    {post, "backups", operate, "backup.begin", {}, false, true},
    {get, "logging", see_node, "logging.show"},
    {post, "logging", operate, "logging.change", {}, false, true},
    {post, "clock/advance", operate, "clock.advance", {}, false, true},
    {get, "sandbox/entries", see_node, "sandbox.list"},
    {get, "sandbox/entries/*", see_node, "sandbox.show"},
    {get, "sandbox/totals", see_node, "sandbox.totals"},
    {get, "vault", see_node, "vault.status"},
    {post, "vault/rotate", manage_vault, "vault.rotate", "a rotation of the vault's keys", false, true},
    {post, "vault/rewrap", manage_vault, "vault.rewrap", "a re-wrapping of the vault's keys", false, true},

    {get, "partners", see_partners, "partner.list"},
    {post, "partners", change_partners, "partner.create"},
    {get, "partners/{id}", see_partners, "partner.show"},
    {post, "partners/{id}", change_partners, "partner.update"},
    {post, "partners/{id}/suspend", change_partners, "partner.suspend"},
    {post, "partners/{id}/resume", change_partners, "partner.resume"},
    {post, "partners/{id}/close", change_partners, "partner.close"},
    {post, "partners/{id}/keys", change_partners, "key.create"},
    {post, "partners/{id}/keys/{key}/roll", change_partners, "key.roll"},
    {post, "partners/{id}/keys/{key}/revoke", change_partners, "key.revoke"},

    {get, "payments", see_partners, "payment.list"},
    {get, "payments/{id}", see_partners, "payment.show"},
    {get, "payments/{id}/receipt", see_partners, "payment.receipt"},

    {get, "reports", see_node, "report.status"},
    {get, "reports/daily", see_partners, "report.daily"},
    {get, "reports/partners/{id}", see_partners, "report.partner"},
    {post, "reports/rebuild", operate, "report.rebuild"},

    {get, "me", see_node, "me.show"},
    {get, "users", read_trail, "user.list"},
    {post, "users", manage_users, "user.create"},
    {post, "users/{name}/disable", manage_users, "user.disable"},
    {post, "users/{name}/tokens", own_tokens, "token.create"},
    {post, "tokens/{id}/revoke", own_tokens, "token.revoke"},
    {get, "approvals", see_node, "approval.list"},
    {post, "approvals/{id}/approve", approve, "approval.approve"},
    {post, "approvals/{id}/reject", approve, "approval.reject"},
    {get, "audit", read_trail, "audit.read", {}, true},
};

constexpr uint32_t bit(Permission permission) { return uint32_t{1} << static_cast<unsigned>(permission); }
template <class... P>
constexpr uint32_t bits(P... permissions) { return (bit(permissions) | ...); }

constexpr uint32_t everyone = bits(see_node, see_partners, own_tokens);
constexpr uint32_t permissions_of(AdminRole role) {
  switch (role) {
    case AdminRole::none: return 0;
    case AdminRole::viewer: return everyone;
    case AdminRole::node_operator: return everyone | bits(operate);
    case AdminRole::partner_manager: return everyone | bits(change_partners, Permission::approve);
    case AdminRole::auditor: return everyone | bits(read_log, read_trail);
    case AdminRole::security_officer: return ~uint32_t{0};
  }
  return 0;
}

bool fits(const Route& route, std::span<const std::string_view> path, std::string_view whole, std::string_view& subject) {
  if (route.path.ends_with('*')) return whole.starts_with(route.path.substr(0, route.path.size() - 1));
  const auto parts = parts_of(route.path);
  if (parts.size() != path.size()) return false;
  std::string_view found;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].starts_with('{')) {
      if (parts[i] != path[i]) return false;
    } else if (found.empty()) {
      found = path[i];
    }
  }
  subject = found;
  return true;
}

}  // namespace

bool permits(AdminRole role, Permission permission) { return (permissions_of(role) & bit(permission)) != 0; }
std::string_view text_of(Permission permission) { return name_of(permission); }
std::span<const Route> routes() { return table; }

Permission permission_for(const Route& route, std::string_view subject, std::string_view asker) {
  return route.permission == own_tokens && subject != asker ? manage_users : route.permission;
}

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (parts.size() < path_parts_max) {
    const std::size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

const Route* find_route(Method method, std::string_view path, std::string_view& subject) {
  const bool from_root = !path.starts_with(admin_prefix);
  if (!from_root) path.remove_prefix(admin_prefix.size());
  const auto parts = parts_of(path);
  for (const Route& route : table)
    if (route.method == method && route.path.starts_with('/') == from_root && fits(route, parts, path, subject)) return &route;
  return nullptr;
}

}  // namespace tollgate::admin
