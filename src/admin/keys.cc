#include "admin/admin_api.h"
#include "admin/body.h"
#include "admin/partner_json.h"
#include "admin/weakening.h"
#include "tollgate/partner/network.h"

#include <algorithm>

namespace tollgate::admin {
namespace {

constexpr int64_t seconds_per_day = 86'400;
constexpr int64_t key_expiry_max_s = 10 * 366 * seconds_per_day;
// How long a rolled key stays valid beside the new one.
constexpr int64_t roll_overlap_default_s = seconds_per_day, roll_overlap_max_s = 30 * seconds_per_day;

template <class E>
void read_choice(Body& body, std::string_view field, std::initializer_list<std::pair<std::string_view, E>> choices,
                 E& to) {
  std::string text;
  if (!body.text(field, text)) return;
  for (const auto& [name, value] : choices)
    if (name == text) {
      to = value;
      return;
    }
  std::string known;
  for (const auto& [name, value] : choices) known += fmt::format("{}\"{}\"", known.empty() ? "" : ", ", name);
  body.wrong(field, fmt::format("must be one of {}", known));
}

void read_networks(Body& body, std::vector<std::string>& to) {
  const Json* list = body.take("networks");
  if (list == nullptr) return;
  if (!list->is_array() || list->size() > networks_per_key_max)
    return body.wrong("networks", fmt::format("must be a list of at most {} addresses or networks", networks_per_key_max));
  for (const Json& one : *list) {
    const auto network = one.is_string() ? Network::parse(one.get<std::string>()) : std::nullopt;
    if (!network)
      return body.wrong("networks", fmt::format("holds {}, which is no address and no network like 10.0.0.0/8 or 2001:db8::/32", one.dump()));
    to.push_back(network->text());
  }
}

// The key's text is in this one answer and nowhere else.
Json with_secret(const Partner& partner, const std::string& key_id, std::string text, int64_t now_us) {
  for (const ApiKey& key : partner.keys)
    if (key.id == key_id) {
      Json shown = to_json(key, now_us);
      shown["partner"] = partner.id.text();
      shown["secret_key"] = std::move(text);
      return shown;
    }
  return Json::object();
}

}  // namespace

void AdminApi::create_key(const Partner& partner, const HttpRequest& request, Call call) {
  Body body(request.body);
  Mode mode = Mode::test;
  KeyScope scope = KeyScope::all;
  int64_t expires_in_s = 0;
  read_choice(body, "mode", {{"test", Mode::test}, {"live", Mode::live}}, mode);
  read_choice(body, "scope", {{"all", KeyScope::all}, {"read_only", KeyScope::read_only}, {"payments", KeyScope::payments}, {"refunds", KeyScope::refunds}}, scope);
  body.integer("expires_in_s", 1, key_expiry_max_s, expires_in_s);
  std::vector<std::string> networks;
  read_networks(body, networks);
  if (const auto wrong = body.finish()) return call.respond(failure(*wrong));

  const int64_t now_us = ports_.clock.now_us();
  NewKey made = ports_.directory.new_key(mode, scope, now_us, thread_random());
  made.key.networks = std::move(networks);
  if (expires_in_s != 0) made.key.expires_us = now_us + expires_in_s * us_per_second;
  if (const std::string danger = weakening(partner.keys, made.key, now_us); !danger.empty() && needs_approval(call))
    return request_approval(request, danger, std::move(call));
  submit(partner.id, CreateKey{made.key}, std::move(call),
         [id = made.key.id, text = std::move(made.text), now_us](const Partner& after) mutable {
           return with_secret(after, id, std::move(text), now_us);
         });
}

void AdminApi::roll_key(const Partner& partner, std::string_view key_id, const HttpRequest& request, Call call) {
  Body body(request.body);
  int64_t overlap_s = roll_overlap_default_s;
  body.integer("old_valid_s", 0, roll_overlap_max_s, overlap_s);
  if (const auto wrong = body.finish()) return call.respond(failure(*wrong));
  const auto old_key =
      std::find_if(partner.keys.begin(), partner.keys.end(), [&](const ApiKey& key) { return key.id == key_id; });
  if (old_key == partner.keys.end())
    return call.respond(failure(RefusalDetail{.refusal = Refusal::key_missing, .param = {}}));

  const int64_t now_us = ports_.clock.now_us();
  NewKey made = ports_.directory.new_key(old_key->mode, old_key->scope, now_us, thread_random());
  made.key.networks = old_key->networks;
  // A key that was to end is followed by one that lives as long.
  if (old_key->expires_us != 0)
    made.key.expires_us = now_us + std::clamp<int64_t>(old_key->expires_us - old_key->created_us, 1, key_expiry_max_s * us_per_second);
  submit(partner.id, RollKey{old_key->id, made.key, now_us + overlap_s * us_per_second}, std::move(call),
         [old_id = old_key->id, id = made.key.id, text = std::move(made.text), now_us](const Partner& after) mutable {
           Json shown = with_secret(after, id, std::move(text), now_us);
           for (const ApiKey& key : after.keys)
             if (key.id == old_id) shown["replaces"] = to_json(key, now_us);
           return shown;
         });
}

void AdminApi::revoke_key(const Partner& partner, std::string_view key_id, const HttpRequest& request, Call call) {
  Body body(request.body);
  if (const auto wrong = body.finish()) return call.respond(failure(*wrong));
  submit(partner.id, RevokeKey{std::string(key_id)}, std::move(call), show_partner());
}

}  // namespace tollgate::admin
