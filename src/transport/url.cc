#include "transport/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace tollgate::transport {
namespace {

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}
bool is_address6_character(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}
bool is_path_character(char c) { return is_host_character(c) || c == '/' || c == '~' || c == '%'; }

template <class Predicate>
bool all(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

}  // namespace

bool Url::is_loopback() const {
  // By the address, not by how the text begins: 127.example.com is anyone's.
  in_addr address{};
  const bool is_address = ::inet_pton(AF_INET, host.c_str(), &address) == 1;
  return host == "localhost" || host == "::1" || (is_address && ntohl(address.s_addr) >> 24 == 127);
}

StatusOr<Url> parse_url(std::string_view text) {
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    url.tls = false;
    url.port = 80;
  } else {
    return invalid_argument("\"{}\" must begin with https://", text);
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  std::string_view path = rest.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!all(path, is_path_character)) return invalid_argument("\"{}\" may have a path, but no query or fragment", text);
  url.prefix = path;

  const bool bracketed = authority.starts_with('[');
  const std::size_t host_end = bracketed ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (host_end == std::string_view::npos) return invalid_argument("\"{}\" has an address without its closing bracket", text);
  url.host = bracketed ? authority.substr(1, host_end - 1) : authority.substr(0, host_end);
  const bool well_formed = bracketed ? all(url.host, is_address6_character) : all(url.host, is_host_character);
  if (url.host.empty() || !well_formed) return invalid_argument("\"{}\" has no valid host name", text);
  authority.remove_prefix(host_end + (bracketed ? 1 : 0));
  const uint16_t usual_port = url.port;
  if (!authority.empty()) {
    const char* const end = authority.data() + authority.size();
    const auto [parsed, problem] = std::from_chars(authority.data() + 1, end, url.port);
    if (authority[0] != ':' || problem != std::errc{} || parsed != end || url.port == 0)
      return invalid_argument("\"{}\" has no valid port", text);
  }
  url.authority = bracketed ? fmt::format("[{}]", url.host) : url.host;
  if (url.port != usual_port) url.authority += fmt::format(":{}", url.port);
  if (!url.tls && !url.is_loopback())
    return invalid_argument("\"{}\" would send card data in clear: use https:// (http:// is for loopback addresses only)", text);
  return url;
}

}  // namespace tollgate::transport
