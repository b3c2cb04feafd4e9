// How an answer is sent, and how a connection ends behind its last one.
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "http/session.h"

namespace tollgate::http {

// A large answer holds its partner's place until it is written: who asks for many and reads none has only so many of them.
template <class Stream>
void Session<Stream>::hold_answer(std::string body) {
  large_body_ = std::move(body);
  bytes_held_ = large_body_.size();
  thread_.shared().answer_bytes_held += bytes_held_;
}

template <class Stream>
void Session<Stream>::let_go_of_answer() {
  admission_.reset();
  if (bytes_held_ != 0) thread_.shared().answer_bytes_held -= std::exchange(bytes_held_, 0);
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
  if (after_write_ != AfterWrite::read_body) let_go_of_answer();
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
  in_.arrived(bytes);
  in_.consume(bytes);
  if (state_ == State::closed) return;
  thread_.counters().bytes_in.add(bytes);
  if (ec) return close();
  socket().async_read_some(in_.room(0), then<&Session::on_linger>());
}

template bool Session<Socket>::send_now();
template void Session<Socket>::send(AfterWrite);
template void Session<Socket>::on_written(boost::system::error_code, std::size_t);
template void Session<Socket>::written();
template void Session<Socket>::hold_answer(std::string);
template void Session<Socket>::let_go_of_answer();
template void Session<Socket>::finish();
template void Session<Socket>::on_shutdown(boost::system::error_code, std::size_t);
template void Session<Socket>::linger();
template void Session<Socket>::on_linger(boost::system::error_code, std::size_t);
template bool Session<TlsStream>::send_now();
template void Session<TlsStream>::send(AfterWrite);
template void Session<TlsStream>::on_written(boost::system::error_code, std::size_t);
template void Session<TlsStream>::written();
template void Session<TlsStream>::hold_answer(std::string);
template void Session<TlsStream>::let_go_of_answer();
template void Session<TlsStream>::finish();
template void Session<TlsStream>::on_shutdown(boost::system::error_code, std::size_t);
template void Session<TlsStream>::linger();
template void Session<TlsStream>::on_linger(boost::system::error_code, std::size_t);

}  // namespace tollgate::http
