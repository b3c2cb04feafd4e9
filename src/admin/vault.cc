// The vault's keys: which there are, and their rotation.
#include "admin/admin_api.h"
#include "admin/body.h"

namespace tollgate::admin {

HttpResponse AdminApi::vault() const {
  if (!ports_.vault_status) return failure(404, "not_found", "This node has no vault.");
  return reply(Json::parse(ports_.vault_status()));
}

// Answers at once: what waits for a key-encryption key's device must not hold this listener.
HttpResponse AdminApi::begin_vault_job(const std::function<Status()>& begin, const HttpRequest& request) const {
  if (!begin) return failure(404, "not_found", "This node has no vault.");
  Body body(request.body);
  if (const auto wrong = body.finish()) return failure(*wrong);
  const Json before = Json::parse(ports_.vault_status());
  if (const Status begun = begin(); !begun.ok()) return failure(409, "vault_busy", message_of(begun));
  return reply({{"began_after_job", before.at("jobs_done")}}, 202);
}

}  // namespace tollgate::admin
