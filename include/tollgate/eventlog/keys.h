// Keys of the state rows (event_log.h: Table). Big-endian, so that they sort by partner, mode and time.
#pragma once
#include <string>
#include <string_view>

#include "tollgate/base/bytes.h"
#include "tollgate/base/id.h"

namespace tollgate::keys {

inline std::string stream(PartnerId partner, Mode mode) {
  std::string key;
  key.reserve(32);
  append_be64(key, partner.value);
  key.push_back(static_cast<char>(mode));
  return key;
}
inline std::string object(PartnerId partner, Mode mode, const IdCore& core) {
  std::string key = stream(partner, mode);
  key.append(core.view());
  return key;
}
inline std::string method(PartnerId partner, Mode mode, const PaymentMethodId& id) {
  std::string key = object(partner, mode, id.core);
  append_be16(key, id.ordinal);
  return key;
}
inline std::string partner(PartnerId id) {
  std::string key;
  append_be64(key, id.value);
  return key;
}
inline std::string partition(uint32_t id) {
  std::string key;
  append_be32(key, id);
  return key;
}
// In the meta table: the one row of the admin users. Longer than a partition's key.
inline constexpr std::string_view admins = "admins";
// The first key behind all that begin with `prefix`: the end of a scan.
inline std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<uint8_t>(prefix.back()) + 1);
  return prefix;
}

}  // namespace tollgate::keys
