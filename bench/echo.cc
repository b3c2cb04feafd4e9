// The bare server: tollgate's HTTP front end with nothing behind it. What it serves is the ceiling of what any handler
// can.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tollgate/http/server.h"

namespace {

class Echo final : public tollgate::HttpHandler {
 public:
  void handle(const tollgate::HttpRequest& request, tollgate::ResultSink&, tollgate::Respond respond) override {
    tollgate::HttpResponse response;
    response.body.reserve(64 + request.path.size());
    response.body.append("{\"id\":\"pi_00000000000000000\",\"status\":\"succeeded\",\"path\":\"");
    response.body.append(request.path);
    response.body.append("\"}");
    respond(std::move(response));
  }
};

}  // namespace

// tollgate-echo [io threads [port [certificate key]]]: prints its port, serves until SIGTERM or SIGINT.
int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  tollgate::HttpServerOptions options;
  if (argc > 1) options.io_threads = static_cast<uint32_t>(std::strtoul(argv[1], nullptr, 10));
  if (argc > 2) options.port = static_cast<uint16_t>(std::strtoul(argv[2], nullptr, 10));
  if (argc > 4) {
    options.tls_certificate_path = argv[3];
    options.tls_key_path = argv[4];
  }
  Echo echo;
  auto server = tollgate::HttpServer::open(options, echo, "echo");
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().ToString().c_str());
    return 1;
  }
  (*server)->start();
  std::printf("{\"api\":\"127.0.0.1:%u\"}\n", (*server)->port());
  std::fflush(stdout);
  int received = 0;
  sigwait(&signals, &received);
  (*server)->stop(1'000);
  return 0;
}
