#include "http/session.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "tollgate/api/http_stream.h"

namespace tollgate::http {
namespace {

// A body's buffer grows as it arrives: who only announces one costs no memory.
constexpr std::size_t body_bytes_ahead = 16 * 1024;

// Up to this size a body is copied behind the head, so that both are one buffer and one TLS record.
constexpr std::size_t body_bytes_copied_max = 16 * 1024;

// The Respond that a handler gets. Lost without being called, which is a handler's bug, it must not leave a partner
// waiting.
class Reply {
 public:
  explicit Reply(SessionBase& session) : session_(&session) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&&) = delete;
  ~Reply() {
    if (session_ == nullptr) return;
    HttpResponse response = refusal_response(500, "The request was not answered.");
    session_->respond(std::move(response));
  }
  void operator()(HttpResponse response) {
    const auto session = std::move(session_);
    session->respond(std::move(response));
  }

 private:
  boost::intrusive_ptr<SessionBase> session_;
};

}  // namespace

template <class Stream>
Session<Stream>::Session(IoThread& thread, Stream stream, Peer peer)
    : thread_(thread),
      options_(thread.shared().options),
      limits_{options_.header_bytes_max, options_.headers_max, options_.uri_bytes_max},
      stream_(std::move(stream)),
      peer_(std::move(peer)) {
  thread_.add(*this);
}

template <class Stream>
Session<Stream>::~Session() {
  unlink();
  thread_.removed(peer_.network);
}

template <class Stream>
Socket& Session<Stream>::socket() {
  if constexpr (is_tls) {
    return stream_.next_layer();
  } else {
    return stream_;
  }
}

template <class Stream>
void Session<Stream>::start() {
  if constexpr (is_tls) {
    state_ = State::handshake;
    set_deadline(options_.handshake_timeout_ms);
    stream_.async_handshake(asio::ssl::stream_base::server, then<&Session::on_handshake>());
  } else {
    process();
  }
}

template <class Stream>
void Session<Stream>::read_more(std::size_t bytes_wanted) {
  stream_.async_read_some(in_.room(bytes_wanted), then<&Session::on_read>());
}

template <class Stream>
void Session<Stream>::read_more_of(std::size_t request_bytes) {
  read_more(std::min(request_bytes, 2 * in_.unread().size() + body_bytes_ahead));
}

template <class Stream>
void Session<Stream>::on_read(Error ec, std::size_t bytes) {
  if (state_ == State::closed) return;
  thread_.counters().bytes_in.add(bytes);
  in_.arrived(bytes);
  if (timed_out_) {
    timed_out_ = false;
    return refuse({408, "The request took too long to arrive."});
  }
  if (ec) return close();
  process();
}

// Goes on for as long as requests are there and are answered at once. A connection that has more of them than a turn's
// worth lets the others go first.
template <class Stream>
void Session<Stream>::process() {
  if (state_ == State::closed) return;
  boost::intrusive_ptr<Session> alive(this);
  processing_ = true;
  uint32_t taken = 0;
  while (taken < requests_per_turn_max && take_request()) {
    ++taken;
    hand_over();
    if (state_ == State::handling) break;
    send(AfterWrite::next_request);
    if (state_ != State::idle) break;
  }
  processing_ = false;
  if (taken == requests_per_turn_max && state_ == State::idle) {
    asio::post(thread_.context(), [alive = std::move(alive)] { alive->process(); });
  }
}

// True: a whole request lies at the front of the buffer. False: something is under way that goes on later, or the end.
template <class Stream>
bool Session<Stream>::take_request() {
  if (state_ == State::idle) {
    if (skip_bytes_ > 0 && !skip_body()) return false;
    if (in_.unread().empty()) {
      if (thread_.draining() && requests_ > 0) {
        finish();
        return false;
      }
      set_deadline(thread_.draining() ? first_request_wait_ms : options_.idle_timeout_ms);
      read_more(0);
      return false;
    }
    state_ = State::head;
    set_deadline(options_.request_header_timeout_ms);
    scanner_ = HeadScanner();
    continued_ = false;
    body_split_ = false;
  }
  if (state_ == State::head && !take_head()) return false;
  return take_body();
}

template <class Stream>
bool Session<Stream>::take_head() {
  switch (scanner_.scan(in_.unread(), limits_)) {
    case HeadScanner::Result::more: read_more(0); return false;
    case HeadScanner::Result::refused: refuse(scanner_.error()); return false;
    case HeadScanner::Result::complete: break;
  }
  const HeadError error = parse_head(in_.unread().substr(0, scanner_.head_bytes()), limits_, head_);
  if (error.status != 0) {
    refuse(error);
    return false;
  }
  if (head_.content_length > options_.body_bytes_max) {
    refuse({413, "The request's body is too large."});
    return false;
  }
  head_.request.peer = peer_.address;
  head_.request.peer_network = peer_.network;
  head_.request.client_certificate = client_certificate_;
  refusal_ = thread_.shared().handler->admit(head_.request, admission_);
  state_ = State::body;
  return true;
}

// What is left of a body that nobody wants, within the time that a body has.
template <class Stream>
bool Session<Stream>::skip_body() {
  const std::size_t here = std::min(skip_bytes_, in_.unread().size());
  in_.consume(here);
  skip_bytes_ -= here;
  if (skip_bytes_ > 0) read_more(0);
  return skip_bytes_ == 0;
}

template <class Stream>
bool Session<Stream>::take_body() {
  if (refusal_) return true;
  const std::size_t request_bytes = scanner_.head_bytes() + head_.content_length;
  if (in_.unread().size() < request_bytes) {
    if (!body_split_) {
      body_split_ = true;
      set_deadline(options_.request_body_timeout_ms);
    }
    if (head_.expects_continue && !continued_) {
      continued_ = true;
      out_.assign("HTTP/1.1 100 Continue\r\n\r\n");
      send(AfterWrite::read_body);
      return false;
    }
    read_more_of(request_bytes);
    return false;
  }
  // The buffer may have moved since: look again.
  if (body_split_) (void)parse_head(in_.unread().substr(0, scanner_.head_bytes()), limits_, head_);
  return true;
}

template <class Stream>
void Session<Stream>::hand_over() {
  state_ = State::handling;
  deadline_ms_ = 0;
  ++requests_;
  thread_.counters().requests.add(1);
  thread_.has_work();
  const std::size_t request_bytes = scanner_.head_bytes() + head_.content_length;
  if (refusal_) {
    skip_bytes_ = request_bytes - std::min(request_bytes, in_.unread().size());
    // Whether a client that was to wait for 100 Continue sends its body now is anyone's guess.
    if (skip_bytes_ > 0 && head_.expects_continue) keep_alive_ = false;
    respond(*std::exchange(refusal_, std::nullopt));
    in_.consume(request_bytes - skip_bytes_);
    return;
  }
  head_.request.body = in_.unread().substr(scanner_.head_bytes(), head_.content_length);
  head_.request.peer = peer_.address;
  head_.request.peer_network = peer_.network;
  head_.request.client_certificate = client_certificate_;
  head_.request.admission = admission_.get();
  thread_.shared().handler->handle(head_.request, thread_, Reply(*this));
  if (state_ != State::closed) in_.consume(request_bytes);
}

template <class Stream>
void Session<Stream>::respond(HttpResponse response) {
  admission_.reset();
  if (state_ == State::closed) return;
  thread_.counters().responses[std::clamp(response.status / 100, 0, 5)].add(1);
  const uint32_t requests_max = options_.requests_per_connection_max;
  keep_alive_ = keep_alive_ && head_.keep_alive && !response.close && response.stream == nullptr && thread_.keeps_connections() &&
                (requests_max == 0 || requests_ < requests_max);
  out_.clear();
  const ReplyFraming framing{keep_alive_, head_.http_1_0, head_.head_method, response.stream != nullptr};
  if (response.stream != nullptr && !head_.head_method) stream_body_ = std::move(response.stream);
  if (append_reply_head(out_, response, framing, thread_.date())) {
    if (response.body.size() <= body_bytes_copied_max) {
      out_.append(response.body);
    } else {
      large_body_ = std::move(response.body);
    }
  }
  state_ = State::writing;
  if (!processing_) send(AfterWrite::next_request);
  if (!processing_ && state_ == State::idle) process();
}

template <class Stream>
void Session<Stream>::refuse(const HeadError& error) {
  thread_.counters().requests_refused.add(1);
  admission_.reset();
  keep_alive_ = false;
  HttpResponse response = refusal_response(error.status, error.message);
  thread_.counters().responses[error.status / 100].add(1);
  out_.clear();
  if (append_reply_head(out_, response, {false, false, false}, thread_.date())) out_.append(response.body);
  send(AfterWrite::finish);
}

// What the socket takes at once costs no round through the reactor.
template <class Stream>
bool Session<Stream>::send_now() {
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(out_), asio::buffer(large_body_)};
  Error ec;
  sent_ = large_body_.empty() ? stream_.write_some(buffers[0], ec) : stream_.write_some(buffers, ec);
  return sent_ == out_.size() + large_body_.size();
}

template <class Stream>
void Session<Stream>::send(AfterWrite after) {
  if (after == AfterWrite::next_request && !keep_alive_) after = stream_body_ != nullptr ? AfterWrite::stream : AfterWrite::finish;
  after_write_ = after;
  state_ = State::writing;
  sent_ = 0;
  if constexpr (!is_tls) {
    if (send_now()) {
      thread_.counters().bytes_out.add(sent_);
      return written();
    }
  }
  set_deadline(options_.write_timeout_ms);
  const std::size_t of_head = std::min(sent_, out_.size());
  const std::array<asio::const_buffer, 2> rest{asio::buffer(out_) + of_head,
                                               asio::buffer(large_body_) + (sent_ - of_head)};
  asio::async_write(stream_, rest, then<&Session::on_written>());
}

template <class Stream>
void Session<Stream>::on_written(Error ec, std::size_t bytes) {
  thread_.counters().bytes_out.add(bytes + sent_);
  if (state_ == State::closed) return;
  if (ec) return close();
  written();
  if (state_ == State::idle || state_ == State::body) process();
}

template <class Stream>
void Session<Stream>::written() {
  if (out_.capacity() > out_bytes_kept_max) out_ = std::string();
  if (!large_body_.empty()) large_body_ = std::string();
  switch (after_write_) {
    case AfterWrite::next_request:
      state_ = State::idle;
      if (skip_bytes_ > 0) set_deadline(options_.request_body_timeout_ms);
      return;
    case AfterWrite::read_body:
      state_ = State::body;
      set_deadline(options_.request_body_timeout_ms);
      // Else whoever called goes on with the request that it still finds in the buffer.
      if (processing_) read_more_of(scanner_.head_bytes() + head_.content_length);
      return;
    case AfterWrite::stream: return stream_link_ == nullptr ? begin_stream() : go_on_with_stream();
    case AfterWrite::finish: return finish();
  }
}

// The last bytes are written. A socket that is closed while bytes of the peer are unread resets the connection, and the
// peer loses the response: so say that nothing follows, and read until the peer closes as well.
template <class Stream>
void Session<Stream>::finish() {
  state_ = State::lingering;
  set_deadline(linger_timeout_ms);
  if constexpr (is_tls) {
    stream_.async_shutdown(then<&Session::on_shutdown>());
  } else {
    linger();
  }
}

template <class Stream>
void Session<Stream>::on_shutdown(Error, std::size_t) {
  if (state_ == State::closed) return;
  linger();
}

template <class Stream>
void Session<Stream>::linger() {
  Error ec;
  socket().shutdown(asio::socket_base::shutdown_send, ec);
  if (ec) return close();
  in_.consume(in_.unread().size());
  socket().async_read_some(in_.room(0), then<&Session::on_linger>());
}

template <class Stream>
void Session<Stream>::on_linger(Error ec, std::size_t bytes) {
  if (state_ == State::closed) return;
  thread_.counters().bytes_in.add(bytes);
  if (ec) return close();
  socket().async_read_some(in_.room(0), then<&Session::on_linger>());
}

template <class Stream>
void Session<Stream>::on_deadline() {
  deadline_ms_ = 0;
  thread_.counters().timeouts.add(state_ != State::lingering);
  if (state_ != State::head && state_ != State::body) return close();
  timed_out_ = true;
  Error ec;
  socket().cancel(ec);
}

template <class Stream>
void Session<Stream>::on_drain() {
  if (state_ == State::handshake) set_deadline(first_request_wait_ms);
  if (state_ == State::idle) {
    // Whoever has just connected, or has sent a request that was not read yet, is to have its answer.
    Error ec;
    if (requests_ > 0 && in_.unread().empty() && socket().available(ec) == 0) close();
    else set_deadline(first_request_wait_ms);
  }
  // A stream has no end of its own to wait for.
  if (stream_body_ != nullptr) stream_body_->end();
}

template <class Stream>
void Session<Stream>::close() {
  state_ = State::closed;
  deadline_ms_ = 0;
  end_stream();
  Error ec;
  socket().close(ec);
}

template class Session<Socket>;
template class Session<TlsStream>;

}  // namespace tollgate::http
