#include "api/admission.h"

#include "api/auth.h"

namespace tollgate::api {
namespace {

// Clients that are sent away together should not all come back together.
constexpr int shed_retry_seconds_max = 3;

int seconds_of(int64_t us) { return static_cast<int>(std::max<int64_t>((us + us_per_second - 1) / us_per_second, 1)); }

ApiError limited(const Limits::Verdict& verdict, const PartnerLimits& limits) {
  const int retry_after_seconds = seconds_of(verdict.retry_after_us);
  switch (verdict.limit) {
    case LimitKind::concurrency:
      return rate_limited(fmt::format("Too many requests at a time: your account may have {} in work. Nothing was done; wait for answers first.",
                                      limits.concurrent_requests), retry_after_seconds);
    case LimitKind::unknown_key:
      return rate_limited("Too many requests without a valid API key came from this address. Try again later.", retry_after_seconds, Retry::never);
    default: break;
  }
  return rate_limited(fmt::format("Too many requests: your account may send {} a second, and {} at once. Nothing was done; send them more slowly.",
                                  limits.requests_per_second, limits.burst), retry_after_seconds);
}

std::optional<ApiError> admit_unknown(Limits& limits, const HttpRequest& head, int64_t now_us) {
  const Limits::Verdict verdict = limits.admit_unknown(head.peer_network, now_us);
  if (verdict.answer == Limits::Answer::allowed) return std::nullopt;
  return limited(verdict, {});
}

}  // namespace

RequestClass class_of(const Route* route, Method method, Mode mode) {
  if (route != nullptr && route->list) return RequestClass::list;
  if (route == nullptr || method == Method::get) return RequestClass::read;
  if (mode != Mode::live) return RequestClass::test;
  return route->settles ? RequestClass::settlement : RequestClass::payment;
}

std::optional<ApiError> admit(const Services& services, const Route* route, const HttpRequest& head, int64_t now_us, Admitted& to) {
  Limits* limits = services.options.limits;
  if (route != nullptr && route->open) return limits != nullptr ? admit_unknown(*limits, head, now_us) : std::nullopt;
  if (auto error = authenticate(services.directory, head, now_us, to.who)) {
    if (limits == nullptr) return error;
    auto slower = admit_unknown(*limits, head, now_us);
    return slower ? std::move(slower) : std::move(error);
  }
  if (limits == nullptr) return std::nullopt;
  const Partner& partner = *to.who.partner;
  const RequestClass of = class_of(route, head.method, to.who.mode);
  const Limits::Verdict verdict = limits->admit(partner, to.who.mode, of, head.peer_network, now_us, monotonic_us(), to.ticket, to.who.key_id);
  switch (verdict.answer) {
    case Limits::Answer::allowed: return std::nullopt;
    case Limits::Answer::limited: return limited(verdict, limits_of(partner.config.limits, limits->options().defaults, to.who.mode));
    case Limits::Answer::shed: break;
  }
  ApiError error = overloaded();
  error.retry_after_seconds = 1 + static_cast<int>(now_us % shed_retry_seconds_max);
  return error;
}

HttpResponse not_admitted(const ApiError& error, const HttpRequest& head, const Route* route, RequestId request) {
  HttpResponse response;
  response.status = error.status;
  response.body = render(error);
  auto& headers = response.headers;
  headers.reserve(4);
  headers.emplace_back("Request-Id", request.text());
  const bool writes = head.method == Method::post && route != nullptr && !route->open;
  if (writes || error.retry != Retry::unsaid) headers.emplace_back("Stripe-Should-Retry", error.retry == Retry::later ? "true" : "false");
  if (error.retry_after_seconds > 0) headers.emplace_back("Retry-After", std::to_string(error.retry_after_seconds));
  if (error.status == 401) headers.emplace_back("WWW-Authenticate", "Basic realm=\"tollgate\"");
  return response;
}

}  // namespace tollgate::api
