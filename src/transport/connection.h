// One connection to the upstream: connects, then carries one call at a time. All of it on the upstream's thread.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "tollgate/transport/upstream.h"
#include "transport/url.h"

namespace tollgate::transport {

struct Call {
  UpstreamRequest request;
  UpstreamHandler handler;
};

class Connection;

// The pool that it belongs to.
class Pool {
 public:
  // Connected, or done with a call: it may be given one. The pool may call exchange() or rest() from in here.
  virtual void on_ready(const std::shared_ptr<Connection>& connection) = 0;
  // Closed, by whomever; it will do nothing more. `problem`, if it never got connected.
  virtual void on_closed(const std::shared_ptr<Connection>& connection, const std::string& problem) = 0;

 protected:
  ~Pool() = default;
};

class Connection {
 public:
  virtual ~Connection() = default;
  virtual void open() = 0;
  // False, and `call` is left as it is, if the other side has closed or said something that was not asked for.
  [[nodiscard]] virtual bool exchange(Call& call) = 0;
  // No call now: closes when it was idle for too long.
  virtual void rest() = 0;
  // A call on it ends with maybe_sent.
  virtual void close(const std::string& why) = 0;
};

// `context` is nullptr for plain HTTP. `options`, `url`, `context` and `pool` outlive it.
[[nodiscard]] std::shared_ptr<Connection> make_connection(boost::asio::io_context& io, boost::asio::ssl::context* context, const Url& url,
                                                          const UpstreamOptions& options, Pool& pool);

}  // namespace tollgate::transport
