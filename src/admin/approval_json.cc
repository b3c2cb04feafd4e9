#include "admin/approval_json.h"

#include "admin/body.h"
#include "admin/partner_json.h"
#include "tollgate/base/shallow_json.h"

namespace tollgate::admin {
namespace {

const Route* route_of(const Approval& approval, std::string_view& subject, std::string& path) {
  path = std::string(admin_prefix) + approval.path;
  return find_route(Method::post, path, subject);
}

Json change(std::string field, Json before, Json after) {
  return {{"field", std::move(field)}, {"before", std::move(before)}, {"after", std::move(after)}};
}

// Objects (limits, metadata) field by field.
void add_differences(const Json& before, const Json& after, const std::string& within, Json& changes) {
  for (const auto& [name, value] : after.items()) {
    const Json was = before.contains(name) ? before.at(name) : Json(nullptr);
    if (was == value) continue;
    if (value.is_object() && was.is_object()) add_differences(was, value, within + name + ".", changes);
    else changes.push_back(change(within + name, was, value));
  }
  for (const auto& [name, value] : before.items())
    if (!after.contains(name)) changes.push_back(change(within + name, value, nullptr));
}

Json changes_of(const Partner& partner, const Approval& approval, int64_t now_us) {
  Partner after = partner;
  Body body(approval.body);
  read_config(body, after.config);
  Json changes = Json::array();
  add_differences(to_json(partner, now_us), to_json(after, now_us), "", changes);
  return changes;
}

// What is made or ended and was not there before.
Json changes_of(const Route& route, const Approval& approval) {
  Json changes = Json::array();
  if (route.action == "user.disable") changes.push_back(change("status", "active", "disabled"));
  const Json body = body_of(approval);
  if (body.is_object())
    for (const auto& [name, value] : body.items()) changes.push_back(change(name, nullptr, value));
  return changes;
}

}  // namespace

Json body_of(const Approval& approval) {
  Json body = parse_shallow_json<Json>(approval.body.empty() ? "{}" : approval.body);
  return body.is_discarded() ? Json(nullptr) : std::move(body);
}

Json to_json(const Approval& approval) {
  return {{"id", approval.id},
          {"requested_by", approval.user},
          {"request", fmt::format("POST {}{}", admin_prefix, approval.path)},
          {"body", body_of(approval)},
          {"why", approval.why},
          {"requested", approval.requested_us / us_per_second},
          {"expires", approval.expires_us / us_per_second}};
}

Json what_it_changes(const Approval& approval, const Directory& directory, int64_t now_us) {
  std::string path;
  std::string_view subject;
  const Route* route = route_of(approval, subject, path);
  if (route == nullptr) return {{"action", nullptr}, {"subject", nullptr}, {"subject_name", nullptr}, {"changes", Json::array()}, {"outdated", true}};
  const auto id = PartnerId::parse(subject);
  const auto partner = id ? directory.find(*id) : nullptr;
  if (partner == nullptr || route->action != "partner.update")
    return {{"action", route->action},
            {"subject", subject.empty() ? Json(nullptr) : Json(subject)},
            {"subject_name", partner == nullptr ? Json(nullptr) : Json(partner->config.name)},
            {"changes", changes_of(*route, approval)},
            {"outdated", false}};
  // Asked for a version that is no more: it would be refused.
  const Json body = body_of(approval);
  const bool outdated = body.is_object() && body.contains("version") && body.at("version") != partner->version;
  return {{"action", route->action},
          {"subject", subject},
          {"subject_name", partner->config.name},
          {"changes", changes_of(*partner, approval, now_us)},
          {"outdated", outdated}};
}

Json what_may_be_done(const Approval& approval, const Principal& who) {
  std::string path;
  std::string_view subject;
  const Route* route = route_of(approval, subject, path);
  const auto needed = route == nullptr ? std::nullopt : std::optional(permission_for(*route, subject, approval.user));
  const bool permitted = needed && permits(who.role, Permission::approve) && permits(who.role, *needed);
  const bool own = approval.user == who.user;
  return {{"permission", needed ? Json(text_of(*needed)) : Json(nullptr)},
          {"own", own},
          {"may_approve", permitted && !own && !who.bootstrap},
          {"may_reject", permitted}};
}

}  // namespace tollgate::admin
