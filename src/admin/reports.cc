// Reports: the figures of days, how far they go, and a rebuild when asked.
#include "tollgate/report/reports.h"

#include "admin/admin_api.h"
#include "admin/body.h"

namespace tollgate::admin {
namespace {

HttpResponse no_reports() { return failure(404, "not_found", "This node makes no reports: reports.enabled is off in its configuration."); }

HttpResponse already_json(const std::string& text, int status = 200) { return reply(Json::parse(text), status); }

}  // namespace

HttpResponse AdminApi::reports(std::span<const std::string_view> path, const HttpRequest& request) const {
  if (ports_.reports == nullptr) return no_reports();
  if (path.empty()) return already_json(report::to_json(ports_.reports->progress()));
  report::Query query;
  if (path.size() == 2 && path[0] == "partners") {
    const auto id = PartnerId::parse(path[1]);
    const auto partner = id ? ports_.directory.find(*id) : nullptr;
    if (partner == nullptr) return no_such_partner(id);
    query.partner = partner->id;
    query.partner_name = partner->config.name;
  }
  const Query given(request.query, {"from", "to", "mode"});
  if (given.error()) return failure(*given.error());
  const auto text = [&given](std::string_view name) {
    const std::string* value = given.find(name);
    return value == nullptr ? std::string_view() : std::string_view(*value);
  };
  if (const Status days = report::set_days(query, text("from"), text("to"), ports_.clock.now_us() / us_per_day); !days.ok()) return failure(days);
  if (const Status mode = report::set_mode(query, text("mode")); !mode.ok()) return failure(mode);
  const auto made = ports_.reports->figures(query);
  if (!made.ok()) return failure(made.status());
  return already_json(report::to_json(*made));
}

// Answers at once; how far it is shows in `reports`.
HttpResponse AdminApi::rebuild_reports(const HttpRequest& request) const {
  if (ports_.reports == nullptr) return no_reports();
  Body body(request.body);
  if (const auto wrong = body.finish()) return failure(*wrong);
  const report::Progress before = ports_.reports->progress();
  if (const Status begun = ports_.reports->rebuild(); !begun.ok()) return failure(409, "rebuild_under_way", message_of(begun));
  return reply({{"began_after", {{"rebuilds_done", before.rebuilds_done}, {"rebuilds_failed", before.rebuilds_failed}}}}, 202);
}

}  // namespace tollgate::admin
