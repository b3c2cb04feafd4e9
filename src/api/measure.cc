#include "api/measure.h"

#include "api/server_timing.h"
#include "tollgate/base/clock.h"
#include "tollgate/observe/log.h"
#include "tollgate/observe/metrics.h"

namespace tollgate::api {
namespace {

using observe::Stage;

void record(observe::Metrics& metrics, const observe::RecentError& over, int64_t total_us) {
  observe::ThreadMetrics& here = *metrics.here();
  const observe::Ended ended = observe::ended_of(over.status);
  observe::OperationMetrics& operation = here.operations[over.operation];
  operation.ended[static_cast<std::size_t>(ended)].add();
  operation.latency.record(total_us);
  here.requests.record(total_us);
  if (over.partner.partner != 0) {
    observe::PartnerMetrics& partner = here.partners.of(over.partner);
    partner.ended[static_cast<std::size_t>(ended)].add();
    partner.latency.record(total_us);
  }
  if (ended != observe::Ended::ok && ended != observe::Ended::declined) metrics.error(over);
}

std::string_view idempotency_of(const Call& call) {
  if (call.replayed) return "replayed";
  return call.idempotency_key.empty() ? std::string_view() : "kept";
}

}  // namespace

void measure(Call& call, const Reply& reply, HttpResponse& response) {
  if (call.begin_us == 0) return;
  const ApiOptions& options = call.services.options;
  const int64_t now_us = monotonic_us(), total_us = now_us - call.begin_us;
  observe::StageTimes& stages = call.stages;
  if (stages.submitted_us != 0) {
    stages.add(Stage::prepare, stages.submitted_us - call.begin_us);
    if (stages.delivered_us != 0) stages.add(Stage::reply, now_us - stages.delivered_us);
  }
  if (options.metrics != nullptr) {
    record(*options.metrics, {.time_us = call.now_us,
                              .request = call.request,
                              .partner = {call.stream.partner.value, call.stream.mode},
                              .operation = call.services.routes[call.route_number].operation,
                              .code = reply.error_code,
                              .status = reply.status}, total_us);
    if (stages.submitted_us != 0) {
      observe::ThreadMetrics& here = *options.metrics->here();
      here.stage(Stage::prepare).record(stages[Stage::prepare]);
      here.stage(Stage::reply).record(stages[Stage::reply]);
    }
  }
  if (options.server_timing) response.headers.emplace_back("Server-Timing", server_timing(stages, total_us));
  if (options.log == nullptr) return;
  options.log->request({.request = call.request,
                        .partner = call.stream.partner.value,
                        .mode = call.stream.mode,
                        .operation = call.services.routes[call.route_number].name,
                        .idempotency = idempotency_of(call),
                        .status = reply.status,
                        .error_code = reply.error_code,
                        .cause = reply.cause,
                        .total_us = total_us,
                        .stages = &stages});
}

void measure(const Services& services, const Refused& refused, const ApiError& error) {
  if (refused.begin_us == 0) return;
  const int64_t total_us = monotonic_us() - refused.begin_us;
  const auto& route = services.routes[refused.route_number];
  if (services.options.metrics != nullptr) {
    record(*services.options.metrics, {.time_us = refused.now_us,
                                       .request = refused.request,
                                       .partner = {refused.stream.partner.value, refused.stream.mode},
                                       .operation = route.operation,
                                       .code = error.code,
                                       .status = error.status}, total_us);
  }
  if (services.options.log == nullptr) return;
  const observe::StageTimes stages;
  services.options.log->request({.request = refused.request,
                                 .partner = refused.stream.partner.value,
                                 .mode = refused.stream.mode,
                                 .operation = route.name,
                                 .idempotency = {},
                                 .status = error.status,
                                 .error_code = error.code,
                                 .cause = {},
                                 .total_us = total_us,
                                 .stages = &stages});
}

}  // namespace tollgate::api
