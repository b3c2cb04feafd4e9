#include "cli/plan_json.h"

#include <cmath>
#include <fstream>
#include <iterator>

namespace tollgate::cli {
namespace {

using Json = nlohmann::ordered_json;
using plan::Capacities;

constexpr std::string_view format_name = "tollgate-calibration";
constexpr int format_version = 1;
constexpr std::size_t file_bytes_max = 1 << 20;

// Every number of it with its place in the file.
template <class C, class Visit>
void each_number(C& c, Visit&& visit) {
  visit("/node/cores", c.cores);
  visit("/node/engine_threads", c.engine_threads);
  visit("/node/io_threads", c.io_threads);
  visit("/node/partners", c.partners);
  const auto cost = [&](const std::string& name, auto& of, bool in_engine) {
    visit("/cost/" + name + "/cpu_us", of.cpu_us);
    if (in_engine) visit("/cost/" + name + "/engine_us", of.engine_us);
    visit("/cost/" + name + "/io_us", of.io_us);
  };
  cost("payment", c.payment, true);
  cost("card", c.card, true);
  cost("read", c.read, false);
  cost("list", c.list, false);
  const auto wire = [&](const std::string& name, auto& of) {
    visit("/wire/" + name + "/request_bytes", of.request_bytes);
    visit("/wire/" + name + "/answer_bytes", of.answer_bytes);
  };
  wire("payment", c.payment_wire);
  wire("card", c.card_wire);
  wire("read", c.read_wire);
  wire("list", c.list_wire);
  visit("/disk/sync_us", c.sync_us);
  visit("/disk/log_bytes_per_payment", c.log_bytes);
  visit("/disk/sandbox_bytes_per_test_payment", c.sandbox_bytes);
  visit("/disk/tree_bytes_per_payment", c.tree_bytes);
  visit("/disk/archive_bytes_per_payment", c.archive_bytes);
  visit("/disk/vault_bytes_per_card", c.vault_bytes);
  visit("/disk/log_bytes_per_card", c.card_log_bytes);
  visit("/disk/records_per_payment", c.records);
  visit("/memory/base_bytes", c.memory_base_bytes);
  visit("/memory/partner_bytes", c.memory_partner_bytes);
  visit("/memory/loaded_bytes", c.memory_loaded_bytes);
  visit("/recovery/restart_s", c.restart_s);
  visit("/recovery/verify_records_per_s", c.verify_records_per_s);
  visit("/recovery/replay_records_per_s", c.replay_records_per_s);
  visit("/recovery/restore_payments_per_s", c.restore_payments_per_s);
}

double rounded(double value) {
  if (!std::isfinite(value) || std::fabs(value) >= 1e15) return value;
  const double scale = std::fabs(value) < 10 ? 1e4 : std::fabs(value) < 1'000 ? 100 : 1;
  return std::round(value * scale) / scale;
}

std::string dotted(std::string pointer) {
  for (char& c : pointer)
    if (c == '/') c = '.';
  return pointer.substr(1);
}

StatusOr<double> number_at(const Json& json, const std::string& pointer, const std::string& path) {
  const Json::json_pointer at(pointer);
  if (!json.contains(at)) return invalid_argument("{}: {} is missing: make the file anew with `tollgate plan --calibrate`", path,
      dotted(pointer));
  if (!json[at].is_number()) return invalid_argument("{}: {} must be a number", path, dotted(pointer));
  return json[at].get<double>();
}

Status read_points(const Json& json, const std::string& path, Capacities& to) {
  const auto found = json.find("points");
  if (found == json.end() || !found->is_array()) return invalid_argument("{}: points must be an array of measured rates", path);
  for (const Json& one : *found) {
    plan::Point point;
    const std::pair<const char*, double*> fields[] = {
        {"/payments_per_s", &point.payments_per_s}, {"/cpu_us", &point.cpu_us}, {"/p50_ms", &point.p50_ms}, {"/p99_ms", &point.p99_ms}};
    for (const auto& [name, value] : fields) {
      TOLLGATE_ASSIGN_OR_RETURN(*value, number_at(one, name, path + ": points"));
    }
    to.points.push_back(point);
  }
  return absl::OkStatus();
}

Json by_class(const plan::ByClass& of) {
  Json json = Json::object();
  for (std::size_t i = 0; i < request_class_count; ++i) json[name_of(static_cast<RequestClass>(i))] = std::round(of[i]);
  return json;
}

Json day_json(const plan::Day& day, bool with_minutes) {
  Json json = {{"arrived", by_class(day.arrived)},
               {"served", by_class(day.served)},
               {"shed", by_class(day.shed)},
               {"refused", by_class(day.refused)},
               {"waiting_at_midnight", by_class(day.waiting)},
               {"waiting_max", std::round(day.waiting_max)},
               {"waiting_max_at_s", day.waiting_max_at_s},
               {"wait_max_ms", rounded(day.wait_max_ms)},
               {"first_trouble_s", day.trouble() ? Json(day.first_trouble_s) : Json(nullptr)},
               {"last_trouble_s", day.trouble() ? Json(day.last_trouble_s) : Json(nullptr)},
               {"recovered", day.recovered()}};
  if (!with_minutes) return json;
  Json minutes = Json::array();
  for (std::size_t at = 0; at < day.seconds.size(); at += 60) {
    double arrived = 0, served = 0, left_out = 0, waiting = 0;
    for (std::size_t i = at; i < at + 60; ++i) {
      const plan::Second& one = day.seconds[i];
      arrived += one.arrived;
      served += one.served;
      left_out += one.shed + one.refused;
      waiting = std::max(waiting, one.waiting);
    }
    minutes.push_back({std::round(arrived), std::round(served), std::round(left_out), std::round(waiting)});
  }
  json["minutes"] = {{"columns", {"arrived", "served", "left_out", "waiting_max"}}, {"rows", std::move(minutes)}};
  return json;
}

Json asked_json(const Plan& plan) {
  const plan::Mix& mix = plan.demand.mix;
  return {{"partners", plan.demand.partners},
          {"average_per_s", plan.demand.average_per_s},
          {"peak_per_s", plan.demand.peak_per_s},
          {"besides_100_payments", {{"list", mix.lists}, {"read", mix.reads}, {"test", mix.tests}, {"settlement", mix.settlements},
              {"card", mix.cards}}},
          {"utilisation", plan.deployment.utilisation},
          {"utilisation_node_lost", plan.deployment.utilisation_degraded},
          {"spare_nodes", plan.deployment.spare},
          {"retention_days", plan.demand.retention_days},
          {"archive_days", plan.demand.archive_days},
          {"spike", {{"factor", plan.day_options.spike.factor}, {"minutes", plan.day_options.spike.minutes}, {"at_s",
              plan.day_options.spike.at_s}}}};
}

}  // namespace

Json calibration_json(const Capacities& capacities) {
  Json json = {{"format", format_name}, {"version", format_version}, {"machine", capacities.machine}, {"measured", capacities.measured},
      {"source", capacities.source}};
  Json points = Json::array();
  for (const plan::Point& point : capacities.points)
    points.push_back({{"payments_per_s", rounded(point.payments_per_s)}, {"cpu_us", rounded(point.cpu_us)}, {"p50_ms",
        rounded(point.p50_ms)}, {"p99_ms", rounded(point.p99_ms)}});
  json["points"] = std::move(points);
  each_number(capacities, [&](const std::string& pointer, double value) { json[Json::json_pointer(pointer)] = rounded(value); });
  return json;
}

StatusOr<Capacities> read_calibration(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return not_found("there is no calibration file {}: make it with `tollgate plan --calibrate --output {}`", path, path);
  std::string text;
  for (char c; text.size() <= file_bytes_max && file.get(c);) text.push_back(c);
  const Json json = Json::parse(text, nullptr, false);
  const auto text_of = [&](const char* name) {
    const auto at = json.find(name);
    return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  if (!json.is_object() || text_of("format") != format_name)
    return invalid_argument("{} is not a calibration file: `tollgate plan --calibrate` writes them", path);
  const auto version = json.find("version");
  if (version == json.end() || !version->is_number_integer() || version->get<int64_t>() != format_version)
    return invalid_argument("{} is a calibration of another version of tollgate: make it anew with `tollgate plan --calibrate`", path);
  Capacities found;
  found.machine = text_of("machine");
  found.measured = text_of("measured");
  found.source = text_of("source");
  TOLLGATE_RETURN_IF_ERROR(read_points(json, path, found));
  Status wrong;
  each_number(found, [&](const std::string& pointer, double& value) {
    const auto number = number_at(json, pointer, path);
    if (number.ok()) value = *number;
    else if (wrong.ok()) wrong = number.status();
  });
  TOLLGATE_RETURN_IF_ERROR(wrong);
  if (const Status status = check(found); !status.ok()) return invalid_argument("{}: {}", path, message_of(status));
  return found;
}

Json plan_json(const Plan& plan) {
  const plan::Sizing& s = plan.sizing;
  const auto whole = [](double value) { return std::round(value); };
  Json components = Json::array();
  uint64_t average = 0, peak = 0;
  for (const plan::Component& one : plan::components(plan.demand.average_per_s, plan.demand.peak_per_s)) {
    components.push_back({{"name", one.name}, {"per_instance_per_s", one.per_instance}, {"instances_average", one.average},
        {"instances_peak", one.peak}});
    average += one.average;
    peak += one.peak;
  }
  return {{"holds", plan.holds()},
          {"problems", s.problems},
          {"advice", s.advice},
          {"asked", asked_json(plan)},
          {"capacities", {{"built_in", plan.capacities.built_in}, {"machine", plan.capacities.machine}, {"measured",
              plan.capacities.measured}, {"source", plan.capacities.source}}},
          {"node",
           {{"capacity_per_s", whole(s.capacity_per_s)},
            {"bound", name_of(s.bound)},
            {"cores_bound_per_s", whole(s.limits[0])},
            {"engine_bound_per_s", whole(s.limits[1])},
            {"io_bound_per_s", whole(s.limits[2])},
            {"planned_per_s", whole(s.planned_per_s)},
            {"cores", s.cores},
            {"cores_busy_average", rounded(s.cores_average)},
            {"cores_busy_peak", rounded(s.cores_peak)},
            {"cpu_headroom_peak", rounded(s.cpu_headroom_peak)},
            {"utilisation_average", rounded(s.utilisation_average)},
            {"utilisation_peak", rounded(s.utilisation_peak)},
            {"utilisation_peak_node_lost", rounded(s.utilisation_peak_degraded)},
            {"p50_ms_at_peak", rounded(s.p50_ms)},
            {"memory_bytes", whole(s.memory_bytes_per_node)},
            {"disk_bytes", whole(s.disk_bytes_per_node)}}},
          {"nodes", s.nodes},
          {"nodes_needed", s.nodes_needed},
          {"partitions", s.partitions},
          {"peak_factor", rounded(s.peak_factor)},
          {"peak_factor_node_lost", rounded(s.peak_factor_degraded)},
          {"payments_per_day", whole(s.payments_per_day)},
          {"disk",
           {{"log_bytes_per_day", whole(s.log_bytes_per_day)},
            {"vault_bytes_per_day", whole(s.vault_bytes_per_day)},
            {"sandbox_bytes_per_day", whole(s.sandbox_bytes_per_day)},
            {"tree_bytes_per_day", whole(s.tree_bytes_per_day)},
            {"nodes_bytes_per_day", whole(s.node_bytes_per_day)},
            {"rows_bytes_per_day_kept", whole(s.rows_bytes_per_day)},
            {"archive_bytes_per_day", whole(s.archive_bytes_per_day)},
            {"archive_bytes", whole(s.archive_bytes)},
            {"backup_bytes", whole(s.backup_bytes)}}},
          {"network",
           {{"in_bits_per_s_average", whole(s.in_bits_average)},
            {"in_bits_per_s_peak", whole(s.in_bits_peak)},
            {"out_bits_per_s_average", whole(s.out_bits_average)},
            {"out_bits_per_s_peak", whole(s.out_bits_peak)},
            {"archive_bits_per_s_peak", whole(s.archive_bits_peak)}}},
          {"recovery",
           {{"restart_s", rounded(s.restart_s)},
            {"restore_s", rounded(s.restore_s)},
            {"verify_day_s", rounded(s.verify_day_s)},
            {"replay_day_s", rounded(s.replay_day_s)}}},
          {"components", {{"each", std::move(components)}, {"instances_average", average}, {"instances_peak", peak}}},
          {"day", day_json(plan.day, true)},
          {"day_node_lost", plan.day_degraded ? day_json(*plan.day_degraded, false) : Json(nullptr)},
          {"assumptions", plan.assumptions}};
}

}  // namespace tollgate::cli
