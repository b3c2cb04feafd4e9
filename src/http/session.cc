#include "http/session.h"

#include <algorithm>
#include <boost/asio/post.hpp>

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
  let_go_of_answer();
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
  in_.arrived(bytes);
  if (state_ == State::closed) return;
  thread_.counters().bytes_in.add(bytes);
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
  // Who only reads can come again; what moves money is answered in few bytes.
  if (!refusal_ && head_.request.method == Method::get && thread_.shared().answer_bytes_held.load() > options_.answer_bytes_held_max) {
    thread_.counters().requests_refused.add(1);
    refusal_ = busy_response();
  }
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
  if (refusal_ || !body_wanted()) return true;
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
  if (refusal_ || !body_wanted()) {
    skip_bytes_ = request_bytes - std::min(request_bytes, in_.unread().size());
    // Whether a client that was to wait for 100 Continue sends its body now is anyone's guess.
    if (skip_bytes_ > 0 && head_.expects_continue) keep_alive_ = false;
  }
  const std::size_t here_bytes = request_bytes - skip_bytes_;
  if (refusal_) {
    respond(*std::exchange(refusal_, std::nullopt));
    in_.consume(here_bytes);
    return;
  }
  head_.request.body = body_wanted() ? in_.unread().substr(scanner_.head_bytes(), head_.content_length) : std::string_view();
  head_.request.peer = peer_.address;
  head_.request.peer_network = peer_.network;
  head_.request.client_certificate = client_certificate_;
  head_.request.admission = admission_.get();
  thread_.shared().handler->handle(head_.request, thread_, Reply(*this));
  if (state_ != State::closed) in_.consume(here_bytes);
}

template <class Stream>
void Session<Stream>::respond(HttpResponse response) {
  if (state_ == State::closed || response.body.size() <= body_bytes_copied_max) admission_.reset();
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
      hold_answer(std::move(response.body));
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
  // A request that is in work goes on.
  if (state_ != State::handling) let_go_of_answer();
  state_ = State::closed;
  deadline_ms_ = 0;
  end_stream();
  Error ec;
  socket().close(ec);
}

template class Session<Socket>;
template class Session<TlsStream>;

}  // namespace tollgate::http
