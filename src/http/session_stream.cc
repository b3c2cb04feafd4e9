// A body that is written while it is sent (tollgate/api/http_stream.h): the connection's side of it.
#include <boost/asio/post.hpp>

#include "http/session.h"
#include "tollgate/api/http_stream.h"

namespace tollgate::http {

// Who writes the body is on another thread: it leaves a note in this thread's queue. A session may be gone by then, and its count of
// references is this thread's alone: so the note goes by the link.
template <class Stream>
void Session<Stream>::begin_stream() {
  state_ = State::streaming;
  deadline_ms_ = 0;
  out_.clear();
  stream_link_ = std::make_shared<StreamLink>();
  stream_link_->session.reset(this);
  stream_body_->attach([link = stream_link_, &context = thread_.context()] {
    asio::post(context, [link] {
      if (link->session != nullptr && link->session->state_ == State::streaming) link->session->go_on_with_stream();
    });
  });
}

template <class Stream>
void Session<Stream>::go_on_with_stream() {
  if (state_ == State::closed) return;
  state_ = State::streaming;
  deadline_ms_ = 0;
  switch (stream_body_->take(out_)) {
    case HttpStream::State::cut:
      thread_.counters().timeouts.add(1);
      return close();
    case HttpStream::State::ended: {
      const boost::intrusive_ptr<Session> alive(this);
      end_stream();
      return send(AfterWrite::finish);
    }
    case HttpStream::State::open: break;
  }
  if (out_.empty()) return;
  send(AfterWrite::stream);
}

template <class Stream>
void Session<Stream>::end_stream() {
  if (stream_body_ == nullptr) return;
  stream_body_->detach();
  stream_body_ = nullptr;
  if (const auto link = std::exchange(stream_link_, nullptr)) {
    // The last reference may be this one: it goes when the caller is done with the session.
    asio::post(thread_.context(), [session = std::move(link->session)] {});
  }
}

template void Session<Socket>::begin_stream();
template void Session<Socket>::go_on_with_stream();
template void Session<Socket>::end_stream();
template void Session<TlsStream>::begin_stream();
template void Session<TlsStream>::go_on_with_stream();
template void Session<TlsStream>::end_stream();

}  // namespace tollgate::http
