#include "tollgate/api/api.h"

#include <absl/container/flat_hash_map.h>

#include <mutex>

#include "api/admission.h"
#include "api/call.h"
#include "api/idempotency.h"
#include "api/measure.h"
#include "api/router.h"
#include "api/submit.h"
#include "api/text.h"
#include "tollgate/observe/metrics.h"

namespace tollgate {

using namespace api;

namespace {

constexpr std::size_t print_key_characters = 43;  // 256 bits

// What the request says about itself besides its parameters. The first thing that is wrong.
std::optional<ApiError> check_account(const Call& call, const HttpRequest& request) {
  if (request.stripe_account.empty() || request.stripe_account == call.stream.partner.text()) return std::nullopt;
  return forbidden("The API key has no access to the account named in Stripe-Account.", "account_invalid");
}

std::optional<ApiError> check_write(const Call& call) {
  if (call.method == Method::get) return std::nullopt;
  const bool refunds = call.route->answer == Kind::refund;
  switch (call.who.scope) {
    case KeyScope::all: break;
    case KeyScope::payments:
      if (refunds) return forbidden("This API key may not make refunds.", "insufficient_permissions");
      break;
    case KeyScope::refunds:
      if (!refunds) return forbidden("This API key may only read and make refunds.", "insufficient_permissions");
      break;
    default: return forbidden("This API key may only read.", "insufficient_permissions");
  }
  switch (call.who.partner->status) {
    case PartnerStatus::active: return std::nullopt;
    case PartnerStatus::suspended: return forbidden("This account is suspended: it can read, but not write.", "account_suspended");
    case PartnerStatus::closed: return forbidden("This account is closed.", "account_closed");
  }
  return std::nullopt;
}

std::optional<ApiError> read_idempotency_key(Call& call, const HttpRequest& request) {
  if (call.method != Method::post || (!request.idempotency_key_given && request.idempotency_key.empty())) return std::nullopt;
  if (request.idempotency_key.empty()) return invalid_param({}, "The Idempotency-Key may not be empty.");
  if (request.idempotency_key.size() > idempotency_key_characters_max) {
    return invalid_param({}, fmt::format("The Idempotency-Key may have at most {} characters.", idempotency_key_characters_max));
  }
  if (!is_utf8(request.idempotency_key)) return invalid_param({}, "The Idempotency-Key is not valid UTF-8 text.");
  call.idempotency_key = request.idempotency_key;
  return std::nullopt;
}

bool is_json(std::string_view content_type) { return content_type.starts_with("application/json"); }
bool is_form(std::string_view content_type) {
  return content_type.empty() || content_type.starts_with("application/x-www-form-urlencoded");
}

std::optional<ApiError> read_params(Call& call, const HttpRequest& request) {
  ParamTree& tree = call.params.tree;
  const bool has_body = call.method != Method::get && !request.body.empty();
  tree.reserve(request.query.size() + (has_body ? request.body.size() : 0));
  if (auto error = tree.add_form(request.query)) return error;
  if (!has_body) return std::nullopt;
  if (is_json(request.content_type)) return tree.add_json(request.body);
  if (is_form(request.content_type)) return tree.add_form(request.body);
  return invalid_param({}, "Send parameters as application/x-www-form-urlencoded or application/json.");
}

std::optional<ApiError> read_expansions(Call& call) {
  Params params = call.root();
  for (const std::string_view path : params.list("expand", expand_paths_max)) {
    if (auto error = call.expansions.add(path, call.route->answer, call.route->list)) return error;
  }
  return call.params.error;
}

// 404 also where the path exists with another method: SDKs know 404 as a request that is wrong, and 405 not at all.
ApiError no_such_route(const Call& call, bool other_method) {
  ApiError error = invalid_param({}, fmt::format("Unrecognized request URL ({}: {}). There is no such path, or not with this method.", name_of(call.method), shown(call.path)));
  error.status = other_method && call.method == Method::other ? 405 : 404;
  return error;
}

}  // namespace

struct Api::State {
  State(CommandPort& engine, const Views& views, const Directory& directory, Vault& vault, const Clock& clock, ApiOptions options)
      : services{engine, views, directory, vault, clock, std::move(options), vault.derive("request_print", "", print_key_characters), {}} {
    const auto number = [&](std::string_view name) {
      return services.options.metrics == nullptr ? uint16_t{0} : services.options.metrics->operation(name);
    };
    services.routes.push_back({"other", number("other")});
    for (const std::string& name : router.names()) services.routes.push_back({name, number(name)});
  }
  [[nodiscard]] bool measures() const {
    return services.options.metrics != nullptr || services.options.log != nullptr || services.options.server_timing;
  }

  Services services;
  Router router;
  // Partners whose first call has decided their version, as long as that is on its way to the log: calls right behind it have it already.
  std::mutex pins_mutex;
  absl::flat_hash_map<uint64_t, ApiVersion> pins_sent;

  // In the order in which they are told: who, where, how, what.
  Reply begin(CallPtr& call, const HttpRequest& request);
  Reply begin_authenticated(CallPtr& call, const HttpRequest& request, bool other_method);
  std::optional<ApiError> choose_version(Call& call, const HttpRequest& request);
  [[nodiscard]] ApiVersion pinned_version(const Call& call);
  void pin(const Call& call);
};

ApiVersion Api::State::pinned_version(const Call& call) {
  const std::string& pinned = call.who.partner->config.api_version;
  if (!pinned.empty()) return ApiVersion::parse(pinned).value_or(ApiVersion::current());
  const std::lock_guard lock(pins_mutex);
  const auto sent = pins_sent.find(call.stream.partner.value);
  return sent == pins_sent.end() ? ApiVersion::current() : sent->second;
}

std::optional<ApiError> Api::State::choose_version(Call& call, const HttpRequest& request) {
  if (!request.stripe_version.empty()) {
    auto version = ApiVersion::parse(request.stripe_version);
    if (!version) {
      call.version = pinned_version(call);
      return invalid_param({}, fmt::format("Invalid Stripe-Version: {}. Use YYYY-MM-DD or YYYY-MM-DD.name, not before 2020-08-27.",
                                           shown(request.stripe_version)));
    }
    call.version = *std::move(version);
  } else {
    call.version = pinned_version(call);
  }
  if (call.who.partner->config.api_version.empty()) pin(call);
  return std::nullopt;
}

void Api::State::pin(const Call& call) {
  constexpr std::size_t remembered_max = 100'000;
  const uint64_t partner = call.stream.partner.value;
  {
    const std::lock_guard lock(pins_mutex);
    if (pins_sent.size() >= remembered_max) pins_sent.clear();
    if (!pins_sent.emplace(partner, call.version).second) return;
  }
  pin_version(services, call.sink, call.who, call.version, call.request, [this, partner] {
    const std::lock_guard lock(pins_mutex);
    pins_sent.erase(partner);
  });
}

Reply Api::State::begin_authenticated(CallPtr& call, const HttpRequest& request, bool other_method) {
  call->stream = Stream{call->who.partner->id, call->who.mode, call->who.partner->partition};
  if (auto error = choose_version(*call, request)) return *error;
  if (call->route == nullptr) return no_such_route(*call, other_method);
  if (auto error = check_account(*call, request)) return *error;
  if (auto error = check_write(*call)) return *error;
  if (auto error = read_idempotency_key(*call, request)) return *error;
  if (auto error = read_params(*call, request)) return *error;
  if (auto error = read_expansions(*call)) return *error;
  return call->route->handler(call);
}

Reply Api::State::begin(CallPtr& call, const HttpRequest& request) {
  if (measures()) call->begin_us = monotonic_us();
  call->now_us = services.clock.now_us();
  call->request = RequestId{new_core(call->now_us)};
  call->method = request.method;
  call->path = request.path;
  const Router::Match match = router.match(request.method, call->path);
  call->route = match.route;
  call->route_number = match.number;
  call->ids = match.ids;
  Admitted here;
  auto* admitted = static_cast<Admitted*>(request.admission);
  if (admitted == nullptr) {
    if (auto error = api::admit(services, match.route, request, call->now_us, here)) return *error;
    call->ticket = std::move(here.ticket);
    admitted = &here;
  }
  call->who = std::move(admitted->who);
  if (match.route != nullptr && match.route->open) {
    if (auto error = read_params(*call, request)) return *error;
    return match.route->handler(call);
  }
  return begin_authenticated(call, request, !match.allowed.empty());
}

Api::Api(CommandPort& engine, const Views& views, const Directory& directory, Vault& vault, const Clock& clock, ApiOptions options)
    : state_(std::make_unique<State>(engine, views, directory, vault, clock, std::move(options))) {}

Api::~Api() = default;

std::optional<HttpResponse> Api::admit(const HttpRequest& head, std::unique_ptr<Admission>& admission) {
  const int64_t begin_us = state_->measures() ? monotonic_us() : 0;
  const int64_t now_us = state_->services.clock.now_us();
  const Router::Match match = state_->router.match(head.method, head.path);
  auto admitted = std::make_unique<Admitted>();
  const auto error = api::admit(state_->services, match.route, head, now_us, *admitted);
  if (!error) {
    admission = std::move(admitted);
    return std::nullopt;
  }
  Refused refused{.request = RequestId{new_core(now_us)}, .stream = {}, .route_number = match.number, .now_us = now_us, .begin_us = begin_us};
  if (admitted->who.partner != nullptr) refused.stream = Stream{admitted->who.partner->id, admitted->who.mode, admitted->who.partner->partition};
  measure(state_->services, refused, *error);
  return not_admitted(*error, head, match.route, refused.request);
}

void Api::loop_delay(uint32_t thread, int64_t delay_us) {
  if (state_->services.options.limits != nullptr) state_->services.options.limits->io_delay(thread, delay_us);
}

void Api::handle(const HttpRequest& request, ResultSink& sink, Respond respond) {
  carry_on(std::make_unique<Call>(state_->services, sink, std::move(respond)),
           [&](CallPtr& call) { return state_->begin(call, request); });
}

}  // namespace tollgate
