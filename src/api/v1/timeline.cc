// /v1/payment_intents/{id}/timeline: everything that is recorded of a payment, in order, and who asked for it.
#include "api/as_of.h"
#include "api/lists.h"
#include "api/render.h"
#include "api/v1/resources.h"
#include "tollgate/record/json.h"

namespace tollgate::api {
namespace {

// The event's amount, where it has one.
template <class E>
void write_amount(Writer& out, const E& event) {
  if constexpr (requires { int64_t{event.amount}; }) out.number("amount", event.amount);
  else out.null("amount");
}
template <class E>
void write_operation(Writer& out, const E& event) {
  if constexpr (requires { event.operation; }) {
    if (event.operation != 0) return out.number("operation", event.operation);
  }
  out.null("operation");
}

void write_cause(Writer& out, const Cause& cause) {
  if (cause.empty()) {
    out.null("request");
    return;
  }
  out.object("request");
  out.text_or_null("api_version", cause.api_version);
  out.id("id", cause.request);
  out.text_or_null("idempotency_key", cause.idempotency_key);
  out.text_or_null("key", cause.actor);
  out.text_or_null("operation", cause.operation);
  out.end_object();
}

void write_entry(Writer& out, const Record& record) {
  out.begin_object();
  out.text("object", "timeline_entry");
  out.number("sequence", static_cast<int64_t>(record.header.sequence));
  out.number("partition", record.header.partition);
  out.text("type", name_of(record.event));
  out.time("created", record.header.time_us);
  out.number("time_us", record.header.time_us);
  std::visit(
      [&](const auto& event) {
        write_operation(out, event);
        write_amount(out, event);
        out.key("data");
        JsonWriter(out.out()).object(event);
      },
      record.event);
  write_cause(out, record.cause);
  out.end_object();
}

Reply timeline(CallPtr& call) {
  const ApiError missing = no_such_in_path("payment_intent", call->ids[0], "intent");
  const auto id = call->path_id<PaymentId>();
  const RecordQuery query = read_record_query(*call);
  read_as_of(*call);
  if (const auto error = call->params.finish()) return *error;
  if (!id) return missing;
  const Views& views = call->services.views;
  const auto history = views.history(call->stream, *id, call->known_at);
  if (!history.ok()) return read_failed(*call, history.status(), missing);
  const auto wanted = records_wanted(*history, query.after, query.limit.value_or(records_listed_max));
  Renderer r(*call);
  r.out.begin_object();
  r.out.text("object", "list");
  r.out.array("data");
  const Status read = views.read(call->stream.partition, wanted, [&r](const Record& record) {
    write_entry(r.out, record);
    return r.full() ? r.failed : absl::OkStatus();
  });
  if (!read.ok() && r.failed.ok()) return read_failed(*call, read, missing);
  r.out.end_array();
  r.out.boolean("has_more", !wanted.empty() && wanted.back() != history->back());
  r.out.text("url", call->path);
  r.out.end_object();
  return r.reply();
}

constexpr Route routes[] = {
    {Method::get, "/v1/payment_intents/{}/timeline", timeline, Kind::timeline, true},
};

}  // namespace

Routes timeline_routes() { return routes; }

}  // namespace tollgate::api
