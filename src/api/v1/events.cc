// /v1/events
#include "api/lists.h"
#include "api/text.h"
#include "api/v1/resources.h"

namespace tollgate::api {
namespace {

constexpr std::size_t types_max = 20;

// Which charge and which refund of its payment the event is about; 0: none.
struct Parts {
  uint16_t attempt = 0;
  uint16_t refund = 0;
};

template <class E>
Parts parts_of(const E& event, const Payment& payment) {
  Parts parts;
  if constexpr (requires { event.operation; }) {
    if (const Operation* operation = payment.operation(event.operation)) parts = {operation->attempt, operation->refund};
  }
  if constexpr (requires { uint16_t{event.attempt}; }) parts.attempt = event.attempt;
  if constexpr (requires { uint16_t{event.refund}; }) parts.refund = event.refund;
  if (parts.attempt == 0 && parts.refund >= 1 && parts.refund <= payment.refunds.size()) parts.attempt = payment.refunds[parts.refund - 1u].attempt;
  if (parts.attempt == 0) parts.attempt = static_cast<uint16_t>(payment.attempts.size());
  return parts;
}

void write_payment_subject(Renderer& r, const EventView& view, std::string_view type) {
  const Payment& payment = *view.payment;
  const Parts parts = std::visit([&](const auto& event) { return parts_of(event, payment); }, view.record.event);
  if (type.starts_with("charge.") && parts.attempt >= 1 && parts.attempt <= payment.attempts.size()) {
    write_charge(r, payment, payment.attempts[parts.attempt - 1u], {});
  } else if (type.starts_with("refund.") && parts.refund >= 1 && parts.refund <= payment.refunds.size()) {
    write_refund(r, payment, payment.refunds[parts.refund - 1u], {});
  } else {
    write_payment_intent(r, payment, {});
  }
}

void write_subject(Renderer& r, const EventView& view, std::string_view type) {
  if (view.payment) write_payment_subject(r, view, type);
  else if (view.customer) write_customer(r, *view.customer, {});
  else if (view.method) write_payment_method(r, view.method->method, view.method->metadata, {});
  else if (view.setup) write_setup_intent(r, *view.setup, {});
  else r.out.raw("{}");
}

// What no request asked for: a timer, or an acquirer's report of later.
bool is_autonomous(const Event& event) {
  if (const auto* failed = std::get_if<RefundFailed>(&event)) return failed->operation == 0;
  return std::holds_alternative<AuthorizationExpired>(event) || std::holds_alternative<RefundSettled>(event) ||
         std::holds_alternative<LateApproval>(event) || std::holds_alternative<LateApprovalReversed>(event) ||
         std::holds_alternative<ResolutionAnswered>(event) || std::holds_alternative<FundsAvailable>(event);
}

// The request that an event follows from. An acquirer's answer carries none itself: it follows from the newest one before it.
StatusOr<Cause> cause_of(const Call& call, const EventView& view) {
  if (!view.record.cause.empty()) return view.record.cause;
  const std::vector<uint64_t>* history = view.payment ? &view.payment->history : view.setup ? &view.setup->history : nullptr;
  if (history == nullptr) return Cause{};
  for (auto sequence = history->rbegin(); sequence != history->rend(); ++sequence) {
    if (*sequence >= view.record.header.sequence) continue;
    auto record = call.services.views.record(call.stream.partition, *sequence);
    if (!record.ok()) return record.status();
    if (!record->cause.empty()) return std::move(record->cause);
  }
  return Cause{};
}

// Rendered in the version of the request that caused it, so that it never changes.
Status append_event(const Call& call, const EventView& view, Writer& out) {
  auto cause = cause_of(call, view);
  if (!cause.ok()) return cause.status();
  const std::string_view type = view.types[view.ordinal];
  ApiVersion version = ApiVersion::parse(cause->api_version).value_or(call.version);
  Renderer r(call.services, call.stream, form_of(version), view.record.header.time_us);
  write_subject(r, view, type);
  TOLLGATE_RETURN_IF_ERROR(r.failed);
  out.begin_object();
  out.id("id", EventId{view.record.header.partition, view.record.header.sequence, view.ordinal});
  out.text("object", "event");
  out.text("api_version", version.text);
  out.time("created", view.record.header.time_us);
  out.object("data");
  out.key("object");
  out.raw(r.text);
  out.end_object();
  out.boolean("livemode", call.live());
  out.number("pending_webhooks", 0);
  out.object("request");
  const bool asked = !cause->empty() && !is_autonomous(view.record.event);
  if (asked) out.id("id", cause->request);
  else out.null("id");
  out.text_or_null("idempotency_key", asked ? std::string_view(cause->idempotency_key) : std::string_view());
  out.end_object();
  out.text("type", type);
  out.end_object();
  return absl::OkStatus();
}

Reply retrieve(CallPtr& call) {
  const ApiError missing = no_such_in_path("event", call->ids[0]);
  const auto id = EventId::parse(call->ids[0]);
  if (const auto error = call->params.finish()) return *error;
  if (!id || id->partition != call->stream.partition) return missing;
  auto view = call->services.views.event(call->stream, id->sequence);
  if (!view.ok()) return read_failed(view.status(), missing);
  if (id->ordinal >= view->types.size()) return missing;
  view->ordinal = id->ordinal;
  Renderer r(*call);
  if (!append_event(*call, *view, r.out).ok()) return internal();
  return r.reply();
}

void read_event_cursors(const Call& call, Params params, PageQuery& query) {
  const auto read = [&](std::string_view name, std::optional<uint64_t>& sequence, uint8_t& ordinal) {
    const auto given = params.text(name);
    if (!given) return;
    const auto id = EventId::parse(*given);
    if (!id || id->partition != call.stream.partition) return params.fail(no_such("event", *given, name));
    sequence = id->sequence;
    ordinal = id->ordinal;
  };
  read("starting_after", query.after_sequence, query.after_ordinal);
  read("ending_before", query.before_sequence, query.before_ordinal);
}

// Of several types: a page of each, merged.
StatusOr<Page<EventView>> events_of(const Call& call, const PageQuery& query, const std::vector<std::string_view>& types) {
  const Views& views = call.services.views;
  if (types.size() <= 1) return views.events(call.stream, query, types.empty() ? std::string_view() : types[0]);
  Page<EventView> merged;
  for (const std::string_view type : types) {
    auto page = views.events(call.stream, query, type);
    if (absl::IsResourceExhausted(page.status())) {
      merged.has_more = true;
      continue;
    }
    if (!page.ok()) return page.status();
    merged.has_more |= page->has_more;
    for (EventView& view : page->items) merged.items.push_back(std::move(view));
  }
  const auto place = [](const EventView& view) { return std::pair(view.record.header.sequence, view.ordinal); };
  std::sort(merged.items.begin(), merged.items.end(), [&](const EventView& a, const EventView& b) { return place(b) < place(a); });
  const auto same = [&](const EventView& a, const EventView& b) { return place(a) == place(b); };
  merged.items.erase(std::unique(merged.items.begin(), merged.items.end(), same), merged.items.end());
  if (merged.items.empty() && merged.has_more) return error(absl::StatusCode::kResourceExhausted, "no event of these types");
  if (merged.items.size() > query.limit) {
    merged.has_more = true;
    const auto extra = static_cast<std::ptrdiff_t>(merged.items.size() - query.limit);
    // Those farthest from the cursor go.
    if (query.before_sequence) merged.items.erase(merged.items.begin(), merged.items.begin() + extra);
    else merged.items.erase(merged.items.end() - extra, merged.items.end());
  }
  return merged;
}

Reply list(CallPtr& call) {
  ListInput input = read_list(*call, "/v1/events");
  Params params = call->root();
  read_event_cursors(*call, params, input.query);
  std::vector<std::string_view> types = params.list("types", types_max);
  if (const auto type = params.text("type")) {
    if (!types.empty()) params.fail(invalid_param("types", "Give either type or types, not both."));
    types.push_back(*type);
  }
  if (const auto error = call->params.finish()) return *error;
  const auto page = events_of(*call, input.query, types);
  if (!page.ok()) {
    return read_failed(page.status(), no_such("event", "", input.query.after_sequence ? "starting_after" : "ending_before"));
  }
  Renderer r(*call);
  bool ok = true;
  Reply reply = list_reply(r, page->items, page->has_more, input.url, [&](const EventView& view) { ok = ok && append_event(*call, view, r.out).ok(); });
  if (!ok) return internal();
  return reply;
}

constexpr Route routes[] = {
    {Method::get, "/v1/events", list, Kind::event, true},
    {Method::get, "/v1/events/{}", retrieve, Kind::event},
};

}  // namespace

Routes event_routes() { return routes; }

}  // namespace tollgate::api
