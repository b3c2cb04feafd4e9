#include "partner/keys.h"
#include "tollgate/partner/network.h"
#include "tollgate/partner/partner.h"

namespace tollgate {
namespace {

using partner_internal::find_key;
using partner_internal::is_valid;

PartnerDecision refuse(Refusal refusal, std::string param = {}) {
  return {.events = {}, .refusal = RefusalDetail{.refusal = refusal, .param = std::move(param)}};
}

// The admin API names a wrong field before it gets here; this keeps one out of the log whoever asks.
std::optional<PartnerDecision> refuse_invalid(const PartnerConfig& config) {
  if (auto invalid = invalid_field(config)) return refuse(Refusal::partner_unexpected_state, std::move(invalid->first));
  return std::nullopt;
}

bool has_good_networks(const ApiKey& key) {
  return key.networks.size() <= networks_per_key_max &&
         std::all_of(key.networks.begin(), key.networks.end(), [](const std::string& text) { return Network::parse(text).has_value(); });
}

std::size_t valid_keys(const Partner& partner, Mode mode, int64_t now_us, std::string_view except = {}) {
  std::size_t count = 0;
  for (const ApiKey& key : partner.keys)
    if (key.mode == mode && key.id != except && is_valid(key, now_us)) ++count;
  return count;
}

PartnerDecision create(const CreatePartner& command) {
  if (auto refusal = refuse_invalid(command.config)) return *std::move(refusal);
  PartnerDecision decision;
  decision.events.emplace_back(PartnerCreated{command.partner, command.partition, command.config});
  for (const ApiKey& key : command.keys) {
    const auto count =
        std::count_if(command.keys.begin(), command.keys.end(), [&](const ApiKey& k) { return k.mode == key.mode; });
    if (static_cast<std::size_t>(count) > keys_per_mode_max) return refuse(Refusal::too_many_keys);
    decision.events.emplace_back(KeyCreated{command.partner, key});
  }
  return decision;
}

PartnerDecision on(const Partner& state, const UpdatePartner& command, int64_t) {
  if (command.expected_version != 0 && command.expected_version != state.version)
    return refuse(Refusal::partner_unexpected_state, "version");
  if (auto refusal = refuse_invalid(command.config)) return *std::move(refusal);
  if (command.config == state.config) return {};
  return {.events = {PartnerUpdated{state.id, command.config}}, .refusal = {}};
}

PartnerDecision on(const Partner& state, const PinApiVersion& command, int64_t) {
  if (!state.config.api_version.empty()) return {};
  PartnerConfig config = state.config;
  config.api_version = command.api_version;
  if (auto refusal = refuse_invalid(config)) return *std::move(refusal);
  return {.events = {PartnerUpdated{state.id, std::move(config)}}, .refusal = {}};
}

PartnerDecision on(const Partner& state, const ChangePartnerStatus& command, int64_t) {
  if (command.status == state.status) return {};
  return {.events = {PartnerStatusChanged{state.id, command.status, command.reason}}, .refusal = {}};
}

PartnerDecision on(const Partner& state, const CreateKey& command, int64_t now_us) {
  if (find_key(state, command.key.id) != nullptr || !has_good_networks(command.key)) return refuse(Refusal::partner_unexpected_state, "key");
  if (valid_keys(state, command.key.mode, now_us) >= keys_per_mode_max) return refuse(Refusal::too_many_keys);
  return {.events = {KeyCreated{state.id, command.key}}, .refusal = {}};
}

PartnerDecision on(const Partner& state, const RollKey& command, int64_t now_us) {
  const ApiKey* old_key = find_key(state, command.old_key_id);
  if (old_key == nullptr || !is_valid(*old_key, now_us)) return refuse(Refusal::key_missing);
  if (find_key(state, command.new_key.id) != nullptr || command.new_key.mode != old_key->mode ||
      command.new_key.scope != old_key->scope || !has_good_networks(command.new_key))
    return refuse(Refusal::partner_unexpected_state, "key");
  // An old key that ends now makes room for the new one.
  const bool ends_now = command.old_expires_us <= now_us;
  if (valid_keys(state, old_key->mode, now_us, ends_now ? old_key->id : std::string_view()) >= keys_per_mode_max)
    return refuse(Refusal::too_many_keys);
  PartnerDecision decision;
  decision.events.emplace_back(KeyCreated{state.id, command.new_key});
  int64_t expires_us = std::max(command.old_expires_us, now_us);
  // An end that was set before is never put off.
  if (old_key->expires_us != 0) expires_us = std::min(expires_us, old_key->expires_us);
  decision.events.emplace_back(KeyExpirySet{state.id, old_key->id, expires_us});
  return decision;
}

PartnerDecision on(const Partner& state, const RevokeKey& command, int64_t) {
  const ApiKey* key = find_key(state, command.key_id);
  if (key == nullptr) return refuse(Refusal::key_missing);
  if (key->revoked_us != 0) return {};
  return {.events = {KeyRevoked{state.id, key->id}}, .refusal = {}};
}

PartnerDecision on(const Partner&, const CreatePartner&, int64_t) { return refuse(Refusal::partner_exists); }

bool closes(const PartnerCommand& command) {
  const auto* change = std::get_if<ChangePartnerStatus>(&command);
  return change != nullptr && change->status == PartnerStatus::closed;
}

}  // namespace

PartnerDecision decide(const Partner* state, const PartnerCommand& command, int64_t now_us) {
  const auto* creation = std::get_if<CreatePartner>(&command);
  if (state == nullptr)
    return creation != nullptr ? create(*creation) : refuse(Refusal::partner_unexpected_state, "partner");
  // Closed is the end: nothing changes any more. Closing again is no error.
  if (state->status == PartnerStatus::closed && creation == nullptr && !closes(command))
    return refuse(Refusal::partner_closed);
  return std::visit([&](const auto& narrow) { return on(*state, narrow, now_us); }, command);
}

}  // namespace tollgate
