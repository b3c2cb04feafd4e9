// Where an upstream is, taken from its URL.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tollgate/base/status.h"

namespace tollgate::transport {

struct Url {
  bool tls = true;
  std::string host;       // a name, or an address without brackets
  uint16_t port = 443;
  std::string authority;  // as the Host header has it: without the scheme's usual port
  std::string prefix;     // of every path; empty, or "/under/here"
  [[nodiscard]] bool is_loopback() const;
};

// "https://host[:port][/path]", or http on loopback. No user, query or fragment.
[[nodiscard]] StatusOr<Url> parse_url(std::string_view text);

}  // namespace tollgate::transport
