#include "api/auth.h"

#include <strings.h>

#include "tollgate/partner/client_certificate.h"
#include "tollgate/partner/network.h"

namespace tollgate::api {
namespace {

bool takes_scheme(std::string_view& header, std::string_view scheme) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return false;
  if (strncasecmp(header.data(), scheme.data(), scheme.size()) != 0) return false;
  header.remove_prefix(scheme.size() + 1);
  while (!header.empty() && header.front() == ' ') header.remove_prefix(1);
  return true;
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

// Empty if it is not base64.
std::string from_base64(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return {};
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>(bits >> count & 0xff));
    }
  }
  return bytes;
}

bool may_be_used_from(const Authenticated& who, std::string_view peer) {
  for (const ApiKey& key : who.partner->keys)
    if (key.id == who.key_id) return may_come_from(key.networks, peer);
  return false;
}

// What the certificate is bound to is not said: only what was shown, which whoever asks knows already.
ApiError wrong_certificate(std::string_view presented) {
  if (presented.empty())
    return forbidden("This account's API keys may only be used over TLS with one of its client certificates, and this connection has none.",
                     "api_key_certificate_required");
  return forbidden(fmt::format("This account's API keys are bound to other client certificates than the one of this connection (SHA-256 of its public "
                               "key: {}).", presented),
                   "api_key_certificate_not_allowed");
}

}  // namespace

std::string key_of(std::string_view authorization) {
  if (takes_scheme(authorization, "bearer")) return std::string(authorization);
  if (!takes_scheme(authorization, "basic")) return {};
  std::string user = from_base64(authorization);
  user.resize(std::min(user.size(), user.find(':')));
  return user;
}

std::optional<ApiError> authenticate(const Directory& directory, const HttpRequest& head, int64_t now_us, Authenticated& who) {
  const std::string key = key_of(head.authorization);
  if (key.empty()) {
    return unauthorized("You did not provide an API key. Send it in the Authorization header, as in 'Authorization: Bearer sk_test_...'.");
  }
  AuthFailure why = AuthFailure::malformed;
  auto found = directory.authenticate(key, now_us, why);
  if (found) {
    if (!may_be_used_from(*found, head.peer))
      return forbidden(fmt::format("This API key may not be used from {}.", head.peer), "api_key_address_not_allowed");
    if (!may_come_with(found->partner->config.client_certificates, head.client_certificate)) return wrong_certificate(head.client_certificate);
    who = *std::move(found);
    return std::nullopt;
  }
  switch (why) {
    case AuthFailure::expired: return unauthorized("This API key has expired.", "api_key_expired");
    case AuthFailure::revoked: return unauthorized("This API key was revoked.", "api_key_expired");
    case AuthFailure::malformed:
    case AuthFailure::unknown: break;
  }
  return unauthorized("Invalid API key provided.");
}

}  // namespace tollgate::api
