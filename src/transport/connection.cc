#include "transport/connection.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "tollgate/base/clock.h"
#include "transport/request_text.h"
#include "transport/tls.h"

namespace tollgate::transport {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using Error = boost::system::error_code;
using TlsStream = asio::ssl::stream<tcp::socket>;

template <class Stream>
class ConnectionOf final : public Connection, public std::enable_shared_from_this<ConnectionOf<Stream>> {
  static constexpr bool has_tls = std::is_same_v<Stream, TlsStream>;

 public:
  template <class... Args>
  ConnectionOf(asio::io_context& io, const Url& url, const UpstreamOptions& options, Pool& pool, Args&... stream_args)
      : url_(url), options_(options), pool_(pool), resolver_(io), stream_(io, stream_args...), timer_(io) {}

  void open() override {
    set_timer(std::chrono::milliseconds(options_.connect_timeout_ms), "no connection in time");
    Error ec;
    const auto address = asio::ip::make_address(url_.host, ec);
    if (!ec) {
      endpoints_.emplace_back(address, url_.port);
      return connect_next("no address");
    }
    resolver_.async_resolve(url_.host, std::to_string(url_.port), tcp::resolver::numeric_service,
                            [self = self()](Error failed, const tcp::resolver::results_type& found) {
                              if (self->closed_) return;
                              if (failed) return self->close(fmt::format("the name {} is not found: {}", self->url_.host, failed.message()));
                              for (const auto& entry : found) self->endpoints_.push_back(entry.endpoint());
                              self->connect_next("the name has no address");
                            });
  }

  bool exchange(Call& call) override {
    // What came while no call was out is no answer to this one.
    if (closed_ || buffer_.size() > 0 || parser_->got_some()) {
      close("it was closed while it was not used");
      return false;
    }
    call_.emplace(std::move(call));
    wire_ = request_text(url_, call_->request);
    call_->request.body.wipe();
    call_->request.authorization.wipe();
    written_ = false;
    set_timer(std::chrono::microseconds(call_->request.deadline_us - monotonic_us()), "");
    const std::string_view bytes = wire_.reveal();
    asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()), [self = self()](Error failed, std::size_t) {
      self->wire_.wipe();
      self->written_ = true;
      if (failed) self->close(fmt::format("the connection ended while sending: {}", failed.message()));
    });
    return true;
  }

  void rest() override { set_timer(std::chrono::milliseconds(options_.idle_timeout_ms), "idle"); }

  void close(const std::string& why) override {
    if (std::exchange(closed_, true)) return;
    timer_.cancel();
    resolver_.cancel();
    Error ignored;
    lowest().close(ignored);
    const auto kept = self();
    pool_.on_closed(kept, connected_ ? std::string() : why);
    if (call_) end_call({.kind = UpstreamResult::Kind::maybe_sent, .late = late_, .problem = why});
  }

 private:
  auto self() { return this->shared_from_this(); }
  auto& lowest() { return stream_.lowest_layer(); }

  // One at a time. While a call is out it is the call's deadline.
  template <class Duration>
  void set_timer(Duration from_now, std::string why) {
    timer_.expires_after(from_now);
    timer_.async_wait([self = self(), why = std::move(why)](Error canceled) {
      // Set anew meanwhile: then this one was canceled, or is too late to be.
      if (canceled || self->timer_.expiry() > asio::steady_timer::clock_type::now()) return;
      self->late_ = self->call_.has_value();
      self->close(self->late_ ? "no answer in time" : why);
    });
  }

  void connect_next(const std::string& problem) {
    if (next_endpoint_ == endpoints_.size()) return close(problem);
    const tcp::endpoint to = endpoints_[next_endpoint_++];
    Error ignored;
    lowest().close(ignored);
    lowest().async_connect(to, [self = self()](Error failed) {
      if (self->closed_) return;
      if (failed) return self->connect_next(failed.message());
      Error not_set;
      self->lowest().set_option(tcp::no_delay(true), not_set);
      self->shake_hands();
    });
  }

  void shake_hands() {
    if constexpr (has_tls) {
      if (!expect_host(stream_.native_handle(), url_.host)) return close("the host name cannot be checked");
      stream_.async_handshake(asio::ssl::stream_base::client, [self = self()](Error failed) {
        if (self->closed_) return;
        if (failed) return self->close("TLS: " + handshake_problem(self->stream_.native_handle(), failed.message()));
        self->connected();
      });
    } else {
      connected();
    }
  }

  void connected() {
    connected_ = true;
    read_next();
    pool_.on_ready(self());
  }

  // Always reading, also while no call is out: so that a connection which the other side closes is seen before it is used.
  void read_next() {
    parser_.emplace();
    parser_->header_limit(options_.header_bytes_max);
    parser_->body_limit(options_.body_bytes_max);
    http::async_read(stream_, buffer_, *parser_, [self = self()](Error failed, std::size_t) { self->on_read(failed); });
  }

  void on_read(const Error& failed) {
    if (closed_) return;
    if (!call_) return close("it was closed while it was not used");
    if (failed) return close(read_problem(failed));
    auto& message = parser_->get();
    if (const std::string wrong = framing_problem(message); !wrong.empty()) return close(wrong);
    UpstreamResult result;
    result.kind = UpstreamResult::Kind::answered;
    result.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      const auto name = field.name_string(), value = field.value();
      result.headers.emplace_back(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
    }
    result.body = std::move(message.body());
    const bool reusable = parser_->keep_alive() && written_ && buffer_.size() == 0;
    if (reusable) read_next();
    end_call(std::move(result));
    if (!reusable) return close("the upstream closes it");
    if (!closed_) pool_.on_ready(self());
  }

  template <class Message>
  [[nodiscard]] std::string framing_problem(const Message& message) const {
    if (message.result_int() < 200) return "the upstream answered with an interim status";
    const bool has_length = message.count(http::field::content_length) > 0, chunked = message.count(http::field::transfer_encoding) > 0;
    if (message.count(http::field::content_length) > 1 || (has_length && chunked)) return "the answer's length is ambiguous";
    // Where it ends with the connection, nobody can tell a whole answer from a cut one.
    if (parser_->need_eof()) return "the answer has no length";
    return {};
  }

  [[nodiscard]] std::string read_problem(const Error& failed) const {
    if (failed == http::error::body_limit) return fmt::format("the answer has more than {} bytes", options_.body_bytes_max);
    if (failed == http::error::header_limit) return fmt::format("the answer's headers have more than {} bytes", options_.header_bytes_max);
    const bool ended = failed == asio::error::eof || failed == http::error::end_of_stream || failed == http::error::partial_message ||
                       failed == asio::ssl::error::stream_truncated;
    if (ended) return parser_->got_some() ? "the connection ended in the middle of the answer" : "the connection ended without an answer";
    // In TLS 1.3 the other side tells only now that our certificate was none it takes.
    if (failed.category() == asio::error::get_ssl_category()) return "TLS: " + failed.message();
    return fmt::format("the answer cannot be read: {}", failed.message());
  }

  void end_call(UpstreamResult result) {
    Call call = std::move(*call_);
    call_.reset();
    call.handler(std::move(result));
  }

  const Url& url_;
  const UpstreamOptions& options_;
  Pool& pool_;
  tcp::resolver resolver_;
  Stream stream_;
  asio::steady_timer timer_;
  std::vector<tcp::endpoint> endpoints_;
  std::size_t next_endpoint_ = 0;
  bool connected_ = false, closed_ = false, late_ = false, written_ = false;
  boost::beast::flat_buffer buffer_;
  std::optional<http::response_parser<http::string_body>> parser_;
  std::optional<Call> call_;
  Secret wire_;  // kept until it is written, whatever becomes of the call
};

}  // namespace

std::shared_ptr<Connection> make_connection(asio::io_context& io, asio::ssl::context* context, const Url& url, const UpstreamOptions& options,
                                            Pool& pool) {
  if (context != nullptr) return std::make_shared<ConnectionOf<TlsStream>>(io, url, options, pool, *context);
  return std::make_shared<ConnectionOf<tcp::socket>>(io, url, options, pool);
}

}  // namespace tollgate::transport
