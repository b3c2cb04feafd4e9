// What decide() and apply() both know of keys.
#pragma once
#include <string_view>

#include "tollgate/partner/partner.h"

namespace tollgate::partner_internal {

// Keys that can no longer be used are kept for a while, so that their owner reads "revoked" and not "unknown"; then the
// oldest go, so that a partner that rolls its keys for years stays small.
inline constexpr std::size_t dead_keys_per_mode_max = 8;

[[nodiscard]] inline bool is_valid(const ApiKey& key, int64_t now_us) {
  return key.revoked_us == 0 && (key.expires_us == 0 || key.expires_us > now_us);
}

template <class PartnerLike>
[[nodiscard]] auto find_key(PartnerLike& partner, std::string_view id) -> decltype(partner.keys.data()) {
  for (auto& key : partner.keys)
    if (key.id == id) return &key;
  return nullptr;
}

}  // namespace tollgate::partner_internal
