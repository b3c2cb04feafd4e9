// The partner API: a request value in, a response value out. Authenticates, decodes, submits commands, reads views, renders.
// Knows no sockets and no database.
#pragma once
#include <memory>
#include <string>

#include "tollgate/api/http_message.h"
#include "tollgate/api/receipts.h"
#include "tollgate/base/clock.h"
#include "tollgate/directory/directory.h"
#include "tollgate/engine/command.h"
#include "tollgate/projection/views.h"
#include "tollgate/vault/vault.h"

namespace tollgate::observe {
class Log;
class Metrics;
}

namespace tollgate {

class EmailIndex;
class Limits;

struct ApiOptions {
  // Where cardholders reach this listener, for the sandbox's 3-D Secure page: "https://pay.example.com", no slash at the end.
  std::string public_base_url = "http://127.0.0.1:8080";
  ReceiptPort* receipts = nullptr;  // nullptr: the node signs no checkpoints
  observe::Metrics* metrics = nullptr;  // nullptr: nothing is measured
  observe::Log* log = nullptr;          // nullptr: requests are not logged
  bool server_timing = false;           // say in each answer where its time went
  const EmailIndex* emails = nullptr;  // nullptr: customers are looked for by email one by one
  Limits* limits = nullptr;  // outlives the API; none: whoever has a key is let in
};

class Api final : public HttpHandler {
 public:
  Api(CommandPort& engine, const Views& views, const Directory& directory, Vault& vault, const Clock& clock, ApiOptions options);
  ~Api() override;
  std::optional<HttpResponse> admit(const HttpRequest& head, std::unique_ptr<Admission>& admission) override;
  void handle(const HttpRequest& request, ResultSink& sink, Respond respond) override;
  void loop_delay(uint32_t thread, int64_t delay_us) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tollgate
