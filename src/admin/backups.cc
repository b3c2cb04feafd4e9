// Backups: how the last ones went, and a new one when asked.
#include "admin/admin_api.h"
#include "admin/body.h"

namespace tollgate::admin {

HttpResponse AdminApi::backups() const {
  if (!ports_.backup_status) return failure(404, "not_found", "This node makes no backups.");
  return reply(Json::parse(ports_.backup_status()));
}

HttpResponse AdminApi::begin_backup(const HttpRequest& request) const {
  if (!ports_.begin_backup) return failure(404, "not_found", "This node makes no backups.");
  Body body(request.body);
  std::string directory;
  body.text("directory", directory);
  if (const auto wrong = body.finish()) return failure(*wrong);
  if (const Status begun = ports_.begin_backup(directory); !begun.ok()) return failure(409, "backup_not_begun", message_of(begun));
  return reply(Json::parse(ports_.backup_status()), 202);
}

}  // namespace tollgate::admin
