// The end of a TLS handshake: who is at the other end, or why nobody is let in.
#include <boost/asio/ssl/error.hpp>

#include "http/client_trust.h"
#include "http/session.h"

namespace tollgate::http {

template <class Stream>
void Session<Stream>::on_handshake(Error ec, std::size_t) {
  if (state_ == State::closed) return;
  if constexpr (is_tls) {
    SSL* const connection = stream_.native_handle();
    if (ec) {
      // Who goes away, or is late, was not refused.
      if (ec.category() != asio::error::get_ssl_category()) return close();
      const HandshakeRefusal why = handshake_refusal(connection, static_cast<unsigned long>(ec.value()));
      thread_.counters().handshakes_refused[static_cast<std::size_t>(why)].add(1);
      // In TLS 1.3 the client is done before anyone looks at its certificate, and its request may be here already. A socket that is closed while
      // that is unread resets the connection, and the client loses the alert that says why.
      state_ = State::lingering;
      set_deadline(linger_timeout_ms);
      return linger();
    }
    client_certificate_ = verified_client_certificate(connection);
  }
  state_ = State::idle;
  process();
}

template void Session<Socket>::on_handshake(boost::system::error_code, std::size_t);
template void Session<TlsStream>::on_handshake(boost::system::error_code, std::size_t);

}  // namespace tollgate::http
