// One request on its way through the API, and how it ends.
#pragma once
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "api/errors.h"
#include "api/expand.h"
#include "api/params.h"
#include "api/versions.h"
#include "tollgate/api/api.h"
#include "tollgate/limits/limits.h"

namespace tollgate::api {

// A route as it is measured and logged.
struct RouteNumber {
  std::string name;
  uint16_t operation = 0;  // of observe::Metrics
};

// What handlers may use.
struct Services {
  CommandPort& engine;
  const Views& views;
  const Directory& directory;
  Vault& vault;
  const Clock& clock;
  ApiOptions options;
  std::string print_key;  // of request fingerprints (idempotency.h)
  std::vector<RouteNumber> routes;  // by number
};

struct Call;
using CallPtr = std::unique_ptr<Call>;

// What a handler gives back: an answer, or that it has passed the call on and the answer comes later.
struct Reply {
  int status = 200;
  std::string body;
  std::string_view content_type = "application/json";
  std::string location;  // of a redirect
  Retry retry = Retry::unsaid;
  int retry_after_seconds = 0;
  std::string_view error_code;  // static text
  std::string cause;            // of a failure of ours, for the log alone
  bool later = false;

  Reply() = default;
  Reply(const ApiError& error);  // NOLINT: an error is a reply
  [[nodiscard]] static Reply json(std::string body) {
    Reply reply;
    reply.body = std::move(body);
    return reply;
  }
  [[nodiscard]] static Reply taken() {
    Reply reply;
    reply.later = true;
    return reply;
  }
};

using Handler = Reply (*)(CallPtr& call);

struct Route {
  Method method;
  std::string_view pattern;  // "/v1/payment_intents/{}/confirm"
  Handler handler;
  Kind answer = Kind::none;  // what expand[] may refer to
  bool list = false;
  bool open = false;  // without an API key
  bool settles = false;  // finishes what was begun: the last to be left out when there is too much to do
};

inline constexpr std::size_t path_ids_max = 3;

struct Call {
  Call(const Services& services_, ResultSink& sink_, Respond respond_)
      : services(services_), sink(sink_), respond(std::move(respond_)) {}

  const Services& services;
  ResultSink& sink;
  Respond respond;
  int64_t now_us = 0;
  RequestId request;
  Method method = Method::get;
  const Route* route = nullptr;
  uint16_t route_number = 0;
  int64_t begin_us = 0;  // monotonic; 0: not measured
  std::string path;
  std::array<std::string_view, path_ids_max> ids{};  // what stood for {} in the path; views of `path`
  Authenticated who;
  Limits::Ticket ticket;  // of a request that came without an admission
  Stream stream;
  ApiVersion version;
  std::string idempotency_key;
  KnownAt known_at;  // of a read: as of when (as_of.h)
  ParamReader params;
  Expansions expansions;

  // Of the answer.
  RequestId original_request;  // set once the engine has taken the request
  bool replayed = false;
  observe::StageTimes stages;

  [[nodiscard]] Params root() { return params.root(); }
  [[nodiscard]] bool live() const { return stream.mode == Mode::live; }
  template <class Id>
  [[nodiscard]] std::optional<Id> path_id(std::size_t index = 0) const { return Id::parse(ids[index]); }
};

// Sends the answer; the call ends here.
void answer(CallPtr call, Reply reply);
// Gives the call to `next`, and answers unless it passes it on.
template <class Next>
void carry_on(CallPtr call, Next&& next) {
  Reply reply = next(call);
  if (!reply.later) answer(std::move(call), std::move(reply));
}

// A new core for an id: from this thread's source.
[[nodiscard]] IdCore new_core(int64_t now_us);

// A failed read: not found is `missing`, everything else is ours to answer for.
[[nodiscard]] Reply read_failed(const Status& status, const ApiError& missing);
// The same, of a read that may have been one as of an earlier moment.
[[nodiscard]] Reply read_failed(const Call& call, const Status& status, const ApiError& missing);

}  // namespace tollgate::api
