#include "tollgate/http/server.h"

#include "http/io_thread.h"
#include "http/tls.h"

namespace tollgate {
namespace http {
namespace {

constexpr uint32_t io_threads_max = 64;

class Server final : public HttpServer {
 public:
  Server(HttpServerOptions options, HttpHandler& handler, std::string name) {
    shared_.options = std::move(options);
    shared_.handler = &handler;
    shared_.name = std::move(name);
  }
  ~Server() override { stop(0); }

  [[nodiscard]] Status bind() {
    const HttpServerOptions& options = shared_.options;
    if (options.tls_certificate_path.empty() != options.tls_key_path.empty()) {
      return invalid_argument("{}: TLS needs both a certificate and a key", shared_.name);
    }
    if (!options.tls_certificate_path.empty()) {
      TOLLGATE_ASSIGN_OR_RETURN(shared_.tls, make_tls_context(options));
      note_expiries(*shared_.tls);
    } else if (options.client_certificates != ClientCertificates::off) {
      return invalid_argument("{}: client certificates need TLS, a certificate and a key", shared_.name);
    }
    boost::system::error_code ec;
    const auto address = asio::ip::make_address(options.address, ec);
    if (ec) return invalid_argument("{}: {} is not an IP address", shared_.name, options.address);
    const uint32_t threads = std::clamp<uint32_t>(options.io_threads, 1, io_threads_max);
    if (options.inherited_socket >= 0) return share(options.inherited_socket, threads);
    const bool reuse_port = threads > 1;
    asio::ip::tcp::endpoint endpoint(address, options.port);
    // With a shared port, a second node on it would start without an error and take half of the connections.
    if (reuse_port && options.port != 0) {
      IoThread probe(shared_, 0);
      TOLLGATE_RETURN_IF_ERROR(probe.listen(endpoint, false));
    }
    for (uint32_t i = 0; i < threads; ++i) {
      threads_.push_back(std::make_unique<IoThread>(shared_, i));
      TOLLGATE_RETURN_IF_ERROR(threads_.back()->listen(endpoint, reuse_port));
      endpoint.port(threads_.front()->port());
    }
    port_ = endpoint.port();
    return absl::OkStatus();
  }

  void start() override {
    if (started_) return;
    started_ = true;
    for (const auto& thread : threads_) thread->start();
  }

  [[nodiscard]] uint16_t port() const override { return port_; }

  void stop(uint32_t deadline_ms) override {
    if (!started_ || stopped_) return;
    stopped_ = true;
    for (const auto& thread : threads_) thread->drain();
    {
      std::unique_lock lock(shared_.mutex);
      shared_.changed.wait_for(lock, std::chrono::milliseconds(deadline_ms),
                               [&] { return shared_.threads_closed == threads_.size() && shared_.connections_open.load() == 0; });
    }
    for (const auto& thread : threads_) thread->cut();
    for (const auto& thread : threads_) thread->join();
  }

  void wind_down() override {
    for (const auto& thread : threads_) thread->wind_down();
  }

  [[nodiscard]] Status reload_tls() override {
    if (shared_.tls == nullptr) return absl::OkStatus();
    TOLLGATE_ASSIGN_OR_RETURN(std::shared_ptr<asio::ssl::context> fresh, make_tls_context(shared_.options));
    note_expiries(*fresh);
    std::atomic_store(&shared_.tls, std::move(fresh));
    return absl::OkStatus();
  }

  [[nodiscard]] HttpServerStats stats() const override {
    HttpServerStats to;
    to.tls_expires_s = tls_expires_s_;
    to.client_ca_expires_s = client_ca_expires_s_;
    to.client_crl_expires_s = client_crl_expires_s_;
    to.connections_open = shared_.connections_open.load(std::memory_order_relaxed);
    for (const auto& thread : threads_) {
      const Counters& from = thread->counters();
      to.connections_accepted += from.accepted.get();
      to.connections_refused += from.refused.get();
      to.requests += from.requests.get();
      to.requests_refused += from.requests_refused.get();
      to.timeouts += from.timeouts.get();
      to.bytes_in += from.bytes_in.get();
      to.bytes_out += from.bytes_out.get();
      for (std::size_t i = 0; i < std::size(to.responses); ++i) to.responses[i] += from.responses[i].get();
      for (std::size_t i = 0; i < to.handshakes_refused.size(); ++i) to.handshakes_refused[i] += from.handshakes_refused[i].get();
    }
    return to;
  }

 private:
  void note_expiries(asio::ssl::context& context) {
    const TlsExpiries expiries = expiries_of(context);
    tls_expires_s_ = expiries.certificate_s;
    client_ca_expires_s_ = expiries.client_ca_s;
    client_crl_expires_s_ = expiries.client_crl_s;
  }

  // All threads wait at the one socket: those who come are whoever's is free first.
  [[nodiscard]] Status share(int listening_socket, uint32_t threads) {
    for (uint32_t i = 0; i < threads; ++i) {
      threads_.push_back(std::make_unique<IoThread>(shared_, i));
      TOLLGATE_RETURN_IF_ERROR(threads_.back()->share(listening_socket));
    }
    port_ = threads_.front()->port();
    return absl::OkStatus();
  }

  SharedState shared_;
  std::atomic<int64_t> tls_expires_s_{0}, client_ca_expires_s_{0}, client_crl_expires_s_{0};
  std::vector<std::unique_ptr<IoThread>> threads_;
  uint16_t port_ = 0;
  bool started_ = false;
  bool stopped_ = false;
};

}  // namespace
}  // namespace http

StatusOr<std::unique_ptr<HttpServer>> HttpServer::open(HttpServerOptions options, HttpHandler& handler,
                                                       std::string name) {
  auto server = std::make_unique<http::Server>(std::move(options), handler, std::move(name));
  TOLLGATE_RETURN_IF_ERROR(server->bind());
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace tollgate
