#include "tollgate/http/client.h"

#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <optional>

namespace tollgate {

namespace asio = boost::asio;
namespace beast = boost::beast;

class HttpClient::Impl {
 public:
  Impl(std::string host, uint16_t port, HttpClientOptions options)
      : host_(std::move(host)), port_(port), options_(options) {}

  [[nodiscard]] StatusOr<HttpReply> send(std::string_view method, std::string_view target,
                                         const std::vector<std::pair<std::string, std::string>>& headers,
                                         std::string_view body) {
    TOLLGATE_RETURN_IF_ERROR(connect_if_needed());
    beast::http::request<beast::http::string_body> request;
    request.version(11);
    request.method_string({method.data(), method.size()});
    request.target({target.data(), target.size()});
    request.set(beast::http::field::host, authority());
    for (const auto& [name, value] : headers) request.set(name, value);
    request.body() = body;
    // A GET without a body says nothing about one; a POST does, also if it is empty.
    if (!body.empty() || (method != "GET" && method != "HEAD")) request.content_length(body.size());

    stream_->expires_after(std::chrono::milliseconds(options_.request_timeout_ms));
    boost::system::error_code ec;
    beast::http::async_write(*stream_, request, [&](boost::system::error_code result, std::size_t) { ec = result; });
    run();
    if (ec) return failed("send to", ec);
    beast::http::response_parser<beast::http::string_body> parser;
    parser.header_limit(options_.header_bytes_max);
    parser.body_limit(options_.body_bytes_max);
    parser.skip(method == "HEAD");
    beast::http::async_read(*stream_, buffer_, parser,
                            [&](boost::system::error_code result, std::size_t) { ec = result; });
    run();
    if (ec) return failed("read from", ec);
    stream_->expires_never();

    auto& response = parser.get();
    HttpReply reply;
    reply.status = static_cast<int>(response.result_int());
    const auto content_type = response[beast::http::field::content_type];
    reply.content_type.assign(content_type.data(), content_type.size());
    reply.body = std::move(response.body());
    if (!parser.keep_alive()) disconnect();
    return reply;
  }

 private:
  [[nodiscard]] std::string authority() const {
    const bool ipv6 = host_.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", ipv6 ? "[" : "", host_, ipv6 ? "]" : "", port_);
  }

  // The server may have closed an idle connection: seen before anything is sent, so that nothing needs to be sent
  // twice.
  [[nodiscard]] bool is_connected() {
    if (!stream_) return false;
    char byte;
    const ssize_t peeked = ::recv(stream_->socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  [[nodiscard]] Status connect_if_needed() {
    if (is_connected()) return absl::OkStatus();
    disconnect();
    boost::system::error_code ec;
    asio::ip::tcp::resolver resolver(context_);
    const auto endpoints = resolver.resolve(host_, std::to_string(port_), ec);
    if (ec) return failed("find", ec);
    stream_.emplace(context_);
    stream_->expires_after(std::chrono::milliseconds(options_.connect_timeout_ms));
    stream_->async_connect(endpoints,
                           [&](boost::system::error_code result, const asio::ip::tcp::endpoint&) { ec = result; });
    run();
    if (ec) return failed("connect to", ec);
    stream_->socket().set_option(asio::ip::tcp::no_delay(true), ec);
    return absl::OkStatus();
  }

  void run() {
    context_.restart();
    context_.run();
  }

  void disconnect() {
    stream_.reset();
    buffer_.consume(buffer_.size());
  }

  [[nodiscard]] Status failed(std::string_view what, const boost::system::error_code& ec) {
    disconnect();
    if (ec == beast::error::timeout) {
      return error(absl::StatusCode::kDeadlineExceeded, "cannot {} {}: timed out", what, authority());
    }
    return unavailable("cannot {} {}: {}", what, authority(), ec.message());
  }

  std::string host_;
  uint16_t port_;
  HttpClientOptions options_;
  asio::io_context context_{1};
  std::optional<beast::tcp_stream> stream_;
  beast::flat_buffer buffer_;
};

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

StatusOr<HttpClient> HttpClient::open(std::string_view address, HttpClientOptions options) {
  std::string_view rest = address;
  static constexpr std::string_view scheme = "http://";
  if (rest.starts_with(scheme)) rest.remove_prefix(scheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const std::size_t colon = rest.rfind(':');
  uint16_t port = 80;
  std::string_view host = rest;
  if (colon != std::string_view::npos && !rest.ends_with(']')) {
    const std::string_view digits = rest.substr(colon + 1);
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (ec != std::errc() || end != digits.data() + digits.size())
      return invalid_argument("{} has no valid port", address);
    host = rest.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of("/@ ") != std::string_view::npos)
    return invalid_argument("{} is not an address", address);
  return HttpClient(std::make_unique<Impl>(std::string(host), port, options));
}

StatusOr<HttpReply> HttpClient::send(std::string_view method, std::string_view target,
                                     const std::vector<std::pair<std::string, std::string>>& headers,
                                     std::string_view body) {
  return impl_->send(method, target, headers, body);
}

}  // namespace tollgate
