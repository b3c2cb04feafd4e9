// A handler that stands around another one and passes everything on: whoever changes one of its calls inherits the rest.
#pragma once
#include "tollgate/api/http_message.h"

namespace tollgate {

class HandlerAround : public HttpHandler {
 public:
  explicit HandlerAround(HttpHandler& inner) : inner_(&inner) {}
  std::optional<HttpResponse> admit(const HttpRequest& head, std::unique_ptr<Admission>& admission) override {
    return inner_->admit(head, admission);
  }
  void loop_delay(uint32_t thread, int64_t delay_us) override { inner_->loop_delay(thread, delay_us); }
  void handle(const HttpRequest& request, ResultSink& sink, Respond respond) override { inner_->handle(request, sink, std::move(respond)); }

 protected:
  HandlerAround() = default;  // its inner handler is set before the first call
  HttpHandler* inner_ = nullptr;
};

}  // namespace tollgate
