#include "admin/admin_api.h"
#include "admin/body.h"
#include "admin/partner_json.h"
#include "admin/weakening.h"
#include "tollgate/partner/countries.h"
#include "tollgate/record/names.h"

namespace tollgate::admin {
namespace {

constexpr std::size_t page_partners_default = 20, page_partners_max = 1'000;
constexpr std::size_t reason_bytes_max = 500;

std::optional<PartnerStatus> parse_status(std::string_view text) {
  for (const PartnerStatus status : {PartnerStatus::active, PartnerStatus::suspended, PartnerStatus::closed})
    if (name_of(status) == text) return status;
  return std::nullopt;
}

// Whether the partner's name, id or a key's id has the text in it, whatever the case of its letters (of ASCII).
bool is_about(const Partner& partner, std::string_view text) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const auto has = [&](std::string_view where) {
    return std::search(where.begin(), where.end(), text.begin(), text.end(), [&](char a, char b) { return lower(a) == lower(b); }) != where.end();
  };
  return has(partner.config.name) || has(partner.id.text()) ||
         std::any_of(partner.keys.begin(), partner.keys.end(), [&](const ApiKey& key) { return has(key.id); });
}

// Which keys a new partner gets: one of each mode named, a test key if nothing is said.
std::vector<Mode> read_key_modes(Body& body) {
  const Json* list = body.take("keys");
  if (list == nullptr) return {Mode::test};
  std::vector<Mode> modes;
  if (list->is_array())
    for (const Json& value : *list) {
      if (value == "test") modes.push_back(Mode::test);
      else if (value == "live") modes.push_back(Mode::live);
      else modes.push_back(Mode::none);
    }
  const bool twice = modes.size() == 2 && modes[0] == modes[1];
  if (!list->is_array() || modes.size() > 2 || twice ||
      std::find(modes.begin(), modes.end(), Mode::none) != modes.end())
    body.wrong("keys", "must be a list of \"test\" and \"live\", each at most once");
  return modes;
}

}  // namespace

HttpResponse AdminApi::list_partners(const HttpRequest& request) const {
  Query query(request.query, {"after", "limit", "status", "q"});
  const auto limit = query.limit(page_partners_default, page_partners_max);
  if (query.error()) return failure(*query.error());
  PartnerId after{};
  if (const std::string* text = query.find("after")) {
    const auto id = PartnerId::parse(*text);
    if (!id) return failure(FieldError{"after", "must be a partner's id"});
    after = *id;
  }
  std::optional<PartnerStatus> wanted;
  if (const std::string* text = query.find("status")) {
    wanted = parse_status(*text);
    if (!wanted) return failure(FieldError{"status", "must be active, suspended or closed"});
  }
  const std::string* words = query.find("q");
  // Pages of the directory until this page is full: a rare status may need several.
  Json data = Json::array();
  bool has_more = false, at_end = false;
  const int64_t now_us = ports_.clock.now_us();
  while (!has_more && !at_end) {
    const auto page = ports_.directory.list(after, page_partners_max);
    at_end = page.size() < page_partners_max;
    for (const auto& partner : page) {
      after = partner->id;
      if (wanted && partner->status != *wanted) continue;
      if (words != nullptr && !is_about(*partner, *words)) continue;
      if (data.size() == *limit) {
        has_more = true;
        break;
      }
      data.push_back(to_json(*partner, now_us));
    }
  }
  return reply({{"data", std::move(data)}, {"has_more", has_more}});
}

std::optional<HttpResponse> AdminApi::refuse_config(const PartnerConfig& before, const PartnerConfig& config) const {
  if (auto invalid = invalid_field(config)) return failure(FieldError{invalid->first, invalid->second});
  // One that was taken before this was looked at stays.
  if (config.country != before.country && !is_country(config.country))
    return failure(FieldError{"country", fmt::format("is {}, which is no country of ISO 3166-1", config.country)});
  const auto contains = [](const std::vector<std::string>& list, const std::string& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  if (!config.live_acquirer.empty() && !contains(options_.live_acquirers, config.live_acquirer))
    return failure(
        FieldError{"live_acquirer",
                   fmt::format("names \"{}\", but this node has no such acquirer configured", config.live_acquirer)});
  if (!options_.partner_certificates && !config.client_certificates.empty() && config.client_certificates != before.client_certificates)
    return failure(FieldError{"client_certificates", "would lock the partner out: api.client_certificates is off on this node, so no connection has one"});
  if (!config.api_version.empty() && !options_.api_versions.empty() &&
      !contains(options_.api_versions, config.api_version))
    return failure(FieldError{"api_version", fmt::format("must be one of {}", fmt::join(options_.api_versions, ", "))});
  return std::nullopt;
}

void AdminApi::create_partner(const HttpRequest& request, Call call) {
  Body body(request.body);
  CreatePartner command;
  read_config(body, command.config);
  const std::vector<Mode> modes = read_key_modes(body);
  if (const auto wrong = body.finish()) return call.respond(failure(*wrong));
  if (auto refused = refuse_config({}, command.config)) return call.respond(*std::move(refused));

  do {
    command.partner = PartnerId{thread_random().next_u64()};
  } while (command.partner.empty() || ports_.directory.find(command.partner) != nullptr);
  command.partition = ports_.directory.choose_partition();
  Json secret_keys = Json::array();
  for (const Mode mode : modes) {
    NewKey made = ports_.directory.new_key(mode, KeyScope::all, ports_.clock.now_us(), thread_random());
    secret_keys.push_back({{"id", made.key.id}, {"mode", name_of(mode)}, {"secret_key", std::move(made.text)}});
    command.keys.push_back(std::move(made.key));
  }
  const PartnerId id = command.partner;
  submit(id, std::move(command), std::move(call),
         [show = show_partner(), secret_keys = std::move(secret_keys)](const Partner& partner) mutable {
           Json shown = show(partner);
           shown["secret_keys"] = std::move(secret_keys);
           return shown;
         });
}

void AdminApi::update_partner(const Partner& partner, const HttpRequest& request, Call call) {
  Body body(request.body);
  // What is not given stays as it was read here; a change by someone else meanwhile is refused, not overwritten.
  UpdatePartner command{.config = partner.config, .expected_version = partner.version};
  read_config(body, command.config);
  body.integer("version", 1, INT64_MAX, command.expected_version);
  if (const auto wrong = body.finish()) return call.respond(failure(*wrong));
  if (auto refused = refuse_config(partner.config, command.config)) return call.respond(*std::move(refused));
  const PartnerLimits defaults = ports_.limits != nullptr ? ports_.limits->options().defaults : PartnerLimits{};
  if (const std::string danger = weakening(partner.config, command.config, defaults); !danger.empty() && needs_approval(call))
    return request_approval(request, danger, std::move(call));
  submit(partner.id, std::move(command), std::move(call), show_partner());
}

void AdminApi::change_status(const Partner& partner, PartnerStatus status, const HttpRequest& request, Call call) {
  Body body(request.body);
  ChangePartnerStatus command{.status = status, .reason = {}};
  if (status != PartnerStatus::active) {
    body.text("reason", command.reason);
    if (command.reason.size() > reason_bytes_max)
      body.wrong("reason", fmt::format("must have at most {} bytes", reason_bytes_max));
  }
  if (const auto wrong = body.finish()) return call.respond(failure(*wrong));
  submit(partner.id, std::move(command), std::move(call), show_partner());
}

}  // namespace tollgate::admin
