#include "api/call.h"

#include "api/measure.h"
#include "tollgate/base/random.h"

namespace tollgate::api {
namespace {

struct ThreadIds {
  SystemRandom random;
  IdSource source{random};
};

}  // namespace

Reply::Reply(const ApiError& error)
    : status(error.status), body(render(error)), retry(error.retry), retry_after_seconds(error.retry_after_seconds), error_code(error.code) {}

IdCore new_core(int64_t now_us) {
  thread_local ThreadIds ids;
  return ids.source.next(now_us);
}

Reply read_failed(const Status& status, const ApiError& missing) {
  if (absl::IsNotFound(status)) return missing;
  if (absl::IsResourceExhausted(status)) {
    return invalid_param("created", "The filters matched nothing in the newest part of the list. Narrow the range of `created`.");
  }
  Reply reply = internal();
  reply.cause = fmt::format("a read failed: {}. Look at the disk and at the node's own lines", message_of(status));
  return reply;
}

Reply read_failed(const Call& call, const Status& status, const ApiError& missing) {
  if (!call.known_at.is_now() && absl::IsFailedPrecondition(status)) return as_of_too_old();
  if (!call.known_at.is_now() && absl::IsResourceExhausted(status)) return as_of_too_far();
  return read_failed(status, missing);
}

void answer(CallPtr call, Reply reply) {
  HttpResponse response;
  response.status = reply.status;
  response.body = std::move(reply.body);
  response.content_type = reply.content_type;
  auto& headers = response.headers;
  headers.reserve(8);
  headers.emplace_back("Request-Id", call->request.text());
  if (!call->version.text.empty()) headers.emplace_back("Stripe-Version", call->version.text);
  if (call->method == Method::post && call->route != nullptr && !call->route->open) {
    if (!call->idempotency_key.empty()) headers.emplace_back("Idempotency-Key", call->idempotency_key);
    if (!call->original_request.empty()) headers.emplace_back("Original-Request", call->original_request.text());
    if (call->replayed) headers.emplace_back("Idempotent-Replayed", "true");
    // Said on every write, so that no client falls back to a rule of its own.
    headers.emplace_back("Stripe-Should-Retry", reply.retry == Retry::later ? "true" : "false");
  } else if (reply.retry != Retry::unsaid) {
    headers.emplace_back("Stripe-Should-Retry", reply.retry == Retry::later ? "true" : "false");
  }
  if (reply.retry_after_seconds > 0) headers.emplace_back("Retry-After", std::to_string(reply.retry_after_seconds));
  if (!reply.location.empty()) headers.emplace_back("Location", std::move(reply.location));
  if (reply.status == 401) headers.emplace_back("WWW-Authenticate", "Basic realm=\"tollgate\"");
  if (reply.content_type.starts_with("text/html")) {
    headers.emplace_back("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'");
    headers.emplace_back("X-Content-Type-Options", "nosniff");
    headers.emplace_back("Referrer-Policy", "no-referrer");
    headers.emplace_back("Cache-Control", "no-store");
  }
  measure(*call, reply, response);
  Respond respond = std::move(call->respond);
  call.reset();
  respond(std::move(response));
}

}  // namespace tollgate::api
