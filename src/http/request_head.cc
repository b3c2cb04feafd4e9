#include "http/request_head.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>
#include <string>

namespace tollgate::http {
namespace {

namespace beast = boost::beast;

[[nodiscard]] char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

[[nodiscard]] bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
[[nodiscard]] bool is_decimal(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] bool is_hexadecimal(char c) { return is_decimal(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }
[[nodiscard]] int value_of(char hexadecimal) { return is_decimal(hexadecimal) ? hexadecimal - '0' : lower(hexadecimal) - 'a' + 10; }

// A name, an IPv4 address or an IPv6 one in brackets, and behind it nothing or the port. An empty one is allowed by the grammar.
[[nodiscard]] bool is_authority(std::string_view host) {
  static constexpr std::size_t port_digits_max = 5;
  std::size_t at = 0;
  if (host.starts_with('[')) {
    while (++at < host.size() && host[at] != ']') {
      if (!is_hexadecimal(host[at]) && host[at] != ':' && host[at] != '.') return false;
    }
    if (at >= host.size() || at == 1) return false;
    ++at;
  } else {
    const auto is_of_name = [](char c) { return is_letter(c) || is_decimal(c) || std::string_view("-._~").find(c) != std::string_view::npos; };
    while (at < host.size() && is_of_name(host[at])) ++at;
  }
  if (at == host.size()) return true;
  const std::string_view port = host.substr(at + 1);
  return host[at] == ':' && port.size() <= port_digits_max && std::all_of(port.begin(), port.end(), is_decimal);
}

// What an escape stands for must be told, and must not be a control character: some reader ends a text there.
[[nodiscard]] bool is_well_escaped(std::string_view path) {
  static constexpr int delete_character = 0x7f;
  for (std::size_t at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
    if (path.size() - at < 3 || !is_hexadecimal(path[at + 1]) || !is_hexadecimal(path[at + 2])) return false;
    const int value = value_of(path[at + 1]) * 16 + value_of(path[at + 2]);
    if (value < ' ' || value == delete_character) return false;
  }
  return true;
}

// Some servers take an underscore in a header's name for a hyphen: to those in front of us, such a header steers.
[[nodiscard]] bool is_steering_with_underscores(std::string_view name) {
  if (name.find('_') == std::string_view::npos) return false;
  std::string hyphened(name);
  std::replace(hyphened.begin(), hyphened.end(), '_', '-');
  for (const std::string_view steering :
       {"content-length", "transfer-encoding", "content-type", "idempotency-key", "stripe-version", "stripe-account", "last-event-id"}) {
    if (equal_ignoring_case(hyphened, steering)) return true;
  }
  return false;
}

[[nodiscard]] bool is_visible_ascii(std::string_view text) {
  unsigned char high = 0;
  for (const char c : text) high |= static_cast<unsigned char>(c);
  return (high & 0x80) == 0;
}

class Parser final : public beast::http::basic_parser<true> {
 public:
  Parser(const HeadLimits& limits, RequestHead& to) : limits_(limits), to_(to) {}

  HeadError error;
  std::string_view target;
  std::string_view host;
  bool host_given = false;

 private:
  using Error = beast::error_code;
  using View = beast::string_view;

  void refuse(int status, std::string_view message, Error& ec) {
    error = {status, message};
    ec = beast::http::error::bad_value;
  }

  // A header that steers us must not be there twice: which of the two holds is a matter of taste.
  void once(std::string_view& place, bool& seen, std::string_view value, std::string_view if_twice, Error& ec) {
    if (seen) return refuse(400, if_twice, ec);
    seen = true;
    place = value;
  }

  void on_request_impl(beast::http::verb verb, View, View uri, int version, Error& ec) override {
    switch (verb) {
      case beast::http::verb::get: to_.request.method = Method::get; break;
      case beast::http::verb::post: to_.request.method = Method::post; break;
      case beast::http::verb::delete_: to_.request.method = Method::del; break;
      case beast::http::verb::put: to_.request.method = Method::put; break;
      // The one makes a tunnel of a connection, the other sends back what proxies have added: neither ends here.
      case beast::http::verb::connect: return refuse(405, "This server is no proxy: CONNECT is not accepted.", ec);
      case beast::http::verb::trace: return refuse(405, "TRACE is not accepted.", ec);
      default: to_.request.method = Method::other; break;
    }
    to_.head_method = verb == beast::http::verb::head;
    to_.http_1_0 = version == 10;
    target = {uri.data(), uri.size()};
    if (target == "*" && verb != beast::http::verb::options)
      return refuse(400, "The request target is not a path.", ec);
    if (target.size() > limits_.uri_bytes_max) refuse(414, "The request's URL is too long.", ec);
  }

  void on_field_impl(beast::http::field field, View name, View text, Error& ec) override {
    const std::string_view value(text.data(), text.size());
    HttpRequest& request = to_.request;
    switch (field) {
      case beast::http::field::host: return once(host, host_given, value, "Host was sent twice.", ec);
      case beast::http::field::content_length: return on_content_length(value, ec);
      case beast::http::field::transfer_encoding:
        return refuse(411, "Transfer-Encoding is not accepted in requests: send a Content-Length.", ec);
      case beast::http::field::authorization: return once(request.authorization, authorization_, value, "Authorization was sent twice.", ec);
      case beast::http::field::content_type: return once(request.content_type, content_type_, value, "Content-Type was sent twice.", ec);
      case beast::http::field::if_none_match:
        // Steers nothing: a second list only has less that need not be sent again.
        if (request.if_none_match.empty()) request.if_none_match = value;
        return;
      case beast::http::field::expect:
        if (!equal_ignoring_case(value, "100-continue"))
          return refuse(417, "The only expectation known is 100-continue.", ec);
        to_.expects_continue = true;
        return;
      default: break;
    }
    const std::string_view key(name.data(), name.size());
    if (is_steering_with_underscores(key))
      return refuse(400, "A request header has underscores in its name where hyphens belong.", ec);
    switch (key.size()) {
      case 13:
        if (equal_ignoring_case(key, "last-event-id")) once(request.last_event_id, last_event_id_, value, "Last-Event-ID was sent twice.", ec);
        return;
      case 14:
        if (equal_ignoring_case(key, "stripe-version")) once(request.stripe_version, stripe_version_, value, "Stripe-Version was sent twice.", ec);
        if (equal_ignoring_case(key, "stripe-account")) once(request.stripe_account, stripe_account_, value, "Stripe-Account was sent twice.", ec);
        return;
      case 15:
        if (equal_ignoring_case(key, "idempotency-key"))
          once(request.idempotency_key, request.idempotency_key_given, value, "Idempotency-Key was sent twice.", ec);
        return;
      default: return;
    }
  }

  // Beast would take "5, 5" and a second header of the same value.
  void on_content_length(std::string_view value, Error& ec) {
    static constexpr std::size_t digits_max = 18;
    if (content_length_) return refuse(400, "Content-Length was sent twice.", ec);
    content_length_ = true;
    if (value.empty() || value.size() > digits_max) return refuse(400, "Content-Length is not a length.", ec);
    uint64_t length = 0;
    for (const char c : value) {
      if (!is_decimal(c)) return refuse(400, "Content-Length is not a length.", ec);
      length = length * 10 + static_cast<uint64_t>(c - '0');
    }
    to_.content_length = length;
  }

  void on_header_impl(Error&) override {}
  void on_response_impl(int, View, int, Error&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, Error&) override {}
  std::size_t on_body_impl(View, Error&) override { return 0; }
  void on_chunk_header_impl(uint64_t, View, Error&) override {}
  std::size_t on_chunk_body_impl(uint64_t, View, Error&) override { return 0; }
  void on_finish_impl(Error&) override {}

  const HeadLimits& limits_;
  RequestHead& to_;
  bool content_length_ = false;
  bool authorization_ = false;
  bool content_type_ = false;
  bool last_event_id_ = false;
  bool stripe_version_ = false;
  bool stripe_account_ = false;
};

// Origin form, or absolute form if it names the same authority as the Host header. Leaves path and query.
[[nodiscard]] HeadError read_target(std::string_view target, const Parser& parser, HttpRequest& to) {
  if (!is_visible_ascii(target) || target.find('#') != std::string_view::npos) {
    return {400, "The request's URL has characters that must be percent-encoded."};
  }
  if (target.front() != '/' && target != "*") {
    const std::size_t scheme_end = target.find("://");
    if (scheme_end == std::string_view::npos) return {400, "The request target is not a path."};
    const std::string_view scheme = target.substr(0, scheme_end);
    if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) {
      return {400, "The request target is not a path."};
    }
    target.remove_prefix(scheme_end + 3);
    const std::size_t authority_end = std::min(target.find_first_of("/?"), target.size());
    const std::string_view authority = target.substr(0, authority_end);
    if (!is_authority(authority) || authority.empty() ||
        (parser.host_given && !equal_ignoring_case(authority, parser.host))) {
      return {400, "The request target and the Host header name different hosts."};
    }
    target.remove_prefix(authority_end);
  }
  const std::size_t question = target.find('?');
  to.path = target.substr(0, question);
  if (to.path.empty()) to.path = "/";
  if (!is_well_escaped(to.path)) return {400, "The request's URL has a broken percent escape, or one of a control character."};
  to.query = question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  return {};
}

}  // namespace

HeadScanner::Result HeadScanner::refuse(int status, std::string_view message) {
  error_ = {status, message};
  return Result::refused;
}

HeadScanner::Result HeadScanner::scan(std::string_view bytes, const HeadLimits& limits) {
  // Not a method: a TLS hello, stray line ends, noise. No need to wait for the rest.
  if (scanned_ == 0 && !is_letter(bytes.front())) return refuse(400, "This is not an HTTP request.");
  while (const void* found = std::memchr(bytes.data() + scanned_, '\n', bytes.size() - scanned_)) {
    const auto at = static_cast<uint32_t>(static_cast<const char*>(found) - bytes.data());
    if (at + 1 > limits.header_bytes_max) break;
    if (at == line_start_ || bytes[at - 1] != '\r') return refuse(400, "A header line does not end with CR LF.");
    const bool empty_line = at == line_start_ + 1;
    const char first = bytes[line_start_];
    if (first == ' ' || first == '\t') return refuse(400, "A header is folded over two lines.");
    scanned_ = line_start_ = at + 1;
    if (empty_line) return Result::complete;
    if (lines_++ > limits.headers_max) return refuse(431, "The request has too many headers.");
  }
  if (bytes.size() > limits.header_bytes_max) {
    if (lines_ == 0) return refuse(414, "The request's URL is too long.");
    return refuse(431, "The request's headers are too large.");
  }
  scanned_ = static_cast<uint32_t>(bytes.size());
  return Result::more;
}

HeadError parse_head(std::string_view head, const HeadLimits& limits, RequestHead& to) {
  to = RequestHead{};
  Parser parser(limits, to);
  parser.header_limit(static_cast<uint32_t>(head.size()) + 1);
  parser.body_limit(boost::none);
  beast::error_code ec;
  const std::size_t used = parser.put({head.data(), head.size()}, ec);
  if (parser.error.status != 0) return parser.error;
  if (ec == beast::http::error::bad_version) return {505, "The HTTP version is neither 1.0 nor 1.1."};
  if (ec || used != head.size()) return {400, "The request's headers could not be read."};
  if (!parser.host_given && !to.http_1_0) return {400, "The Host header is missing."};
  if (!is_authority(parser.host)) return {400, "The Host header is not a host."};
  if (to.http_1_0 && to.content_length > 0)
    return {400, "HTTP/1.0 requests with a body are not accepted: use HTTP/1.1."};
  to.keep_alive = parser.keep_alive();
  if (to.http_1_0) to.expects_continue = false;
  return read_target(parser.target, parser, to.request);
}

}  // namespace tollgate::http
