#include "partner/keys.h"
#include "tollgate/base/assert.h"
#include "tollgate/partner/partner.h"

namespace tollgate {
namespace {

using partner_internal::find_key;

void fold(Partner& state, const PartnerCreated& event, int64_t time_us) {
  TOLLGATE_ASSERT(state.id.empty());
  state.id = event.partner;
  state.partition = event.partition;
  state.status = PartnerStatus::active;
  state.config = event.config;
  state.created_us = time_us;
}

void fold(Partner& state, const PartnerUpdated& event, int64_t) { state.config = event.config; }

void fold(Partner& state, const PartnerStatusChanged& event, int64_t) {
  TOLLGATE_ASSERT(state.status != PartnerStatus::closed);
  state.status = event.status;
  state.suspended_reason = event.status == PartnerStatus::active ? std::string() : event.reason;
}

void fold(Partner& state, const KeyCreated& event, int64_t time_us) {
  TOLLGATE_ASSERT(find_key(state, event.key.id) == nullptr);
  const auto dead = [&](const ApiKey& key) {
    return key.mode == event.key.mode && !partner_internal::is_valid(key, time_us);
  };
  const auto count = static_cast<std::size_t>(std::count_if(state.keys.begin(), state.keys.end(), dead));
  // Keys stand in the order of their creation, so the first dead one is the oldest.
  if (count >= partner_internal::dead_keys_per_mode_max)
    state.keys.erase(std::find_if(state.keys.begin(), state.keys.end(), dead));
  state.keys.push_back(event.key);
}

void fold(Partner& state, const KeyExpirySet& event, int64_t) {
  ApiKey* key = find_key(state, event.key_id);
  TOLLGATE_ASSERT(key != nullptr);
  key->expires_us = event.expires_us;
}

void fold(Partner& state, const KeyRevoked& event, int64_t time_us) {
  ApiKey* key = find_key(state, event.key_id);
  TOLLGATE_ASSERT(key != nullptr);
  key->revoked_us = time_us;
}

}  // namespace

void apply(Partner& state, const PartnerEvent& event, uint64_t sequence, int64_t time_us) {
  std::visit(
      [&](const auto& narrow) {
        fold(state, narrow, time_us);
        TOLLGATE_ASSERT(state.id == narrow.partner);
      },
      event);
  state.version = sequence;
}

}  // namespace tollgate
