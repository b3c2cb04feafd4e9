// What each route of the admin API is called, and who may use it: the one table of that.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "tollgate/access/access.h"
#include "tollgate/api/http_message.h"

namespace tollgate::admin {

inline constexpr std::string_view admin_prefix = "/admin/v1/";

enum class Permission : uint8_t {
  see_node,         // status, overview, metrics, backups, what is in doubt
  see_partners,
  change_partners,  // onboarding, configuration, API keys
  operate,          // backups, logging, the test clock, what is in doubt
  read_log,         // records of every partner, as the verifiable log's files
  read_trail,       // the trail of the admin API, its users and what waits for approval
  manage_users,
  own_tokens,       // of oneself; those of others ask for manage_users
  manage_vault,     // its keys
  approve,          // what another asked for; that itself must be permitted as well
};
[[nodiscard]] bool permits(AdminRole role, Permission permission);
// "see_node", ...
[[nodiscard]] std::string_view text_of(Permission permission);

struct Route {
  Method method;
  std::string_view path;  // behind /admin/v1/, or from the root if it begins with '/'. {x}: any part. A last *: all that follows.
  Permission permission;
  std::string_view action;  // as the trail names it
  // Why nobody may do it alone; empty: it depends on what is asked, or is not dangerous.
  std::string_view danger = {};
  bool read_is_noted = false;  // a GET that the trail has as well; POSTs it has all
  bool noted_first = false;    // a POST that no event of its own tells of: recorded before it is done, and again with its result
};
[[nodiscard]] std::span<const Route> routes();
// nullptr if there is nothing at the path. `subject`: what stands at the first {x}.
[[nodiscard]] const Route* find_route(Method method, std::string_view path, std::string_view& subject);

// Of who asks for it and of who agrees, of what waits for a second person: what is of another needs more than what is one's own.
[[nodiscard]] Permission permission_for(const Route& route, std::string_view subject, std::string_view asker);

[[nodiscard]] std::vector<std::string_view> parts_of(std::string_view path);

}  // namespace tollgate::admin
