// What people do about an operation in doubt: have the acquirer asked at once, or, two of them, say what became of it.
#include <algorithm>
#include <charconv>

#include "admin/admin_api.h"
#include "admin/body.h"
#include "admin/doubt.h"
#include "tollgate/base/utf8.h"
#include "tollgate/observe/card_numbers.h"
#include "tollgate/record/names.h"

namespace tollgate::admin {
namespace {

constexpr std::size_t reference_bytes_max = 100, reason_bytes_max = 500, reason_bytes_min = 10;

HandOutcome parse_outcome(std::string_view text) {
  for (const HandOutcome outcome : {HandOutcome::approved, HandOutcome::declined, HandOutcome::never_happened, HandOutcome::reversed})
    if (name_of(outcome) == text) return outcome;
  return HandOutcome::none;
}

// Of the log for ever, and for the partner to read.
void check_words(Body& body, const char* field, const std::string& text, std::size_t min, std::size_t max) {
  std::string masked = text;
  if (text.size() < min || text.size() > max || !is_plain_text(text))
    body.wrong(field, fmt::format("must have {} to {} bytes of text on one line", min, max));
  else if (observe::mask_card_numbers(masked) > 0)
    body.wrong(field, "must not hold a card number: it is kept for ever");
}

ResolveByHand read_statement(Body& body) {
  ResolveByHand said;
  std::string outcome;
  body.text("outcome", outcome);
  said.outcome = parse_outcome(outcome);
  if (said.outcome == HandOutcome::none) body.wrong("outcome", "must be approved, declined, never_happened or reversed");
  body.text("reference", said.reference);
  check_words(body, "reference", said.reference, 1, reference_bytes_max);
  body.text("reason", said.reason);
  check_words(body, "reason", said.reason, reason_bytes_min, reason_bytes_max);
  if (body.text("acquirer_payment", said.acquirer_payment)) {
    check_words(body, "acquirer_payment", said.acquirer_payment, 1, reference_bytes_max);
    if (said.outcome != HandOutcome::approved) body.wrong("acquirer_payment", "belongs to what was approved");
  }
  return said;
}

std::string meaning_of(HandOutcome outcome) {
  switch (outcome) {
    case HandOutcome::approved: return "said to have been approved";
    case HandOutcome::declined: return "said to have been declined";
    case HandOutcome::never_happened: return "said never to have happened";
    case HandOutcome::reversed: return "said to be reversed";
    case HandOutcome::none: break;
  }
  return {};
}

}  // namespace

void AdminApi::act_on_doubt(std::span<const std::string_view> path, const HttpRequest& request, Call call) {
  Body body(request.body);
  std::string partner;
  const bool with_partner = body.text("partner", partner);
  const bool resolves = path[2] == "resolve";
  ResolveByHand said;
  if (resolves) said = read_statement(body);
  if (const auto wrong = body.finish()) return call.respond(failure(*wrong));
  const auto id = PaymentId::parse(path[0]);
  if (!id) return call.respond(failure(404, "payment_not_found", "This is no payment's id: they begin with pi_."));
  const auto [end, problem] = std::from_chars(path[1].data(), path[1].data() + path[1].size(), said.operation);
  const auto stream = stream_of(id->core, with_partner ? &partner : nullptr);
  if (!stream.ok()) return call.respond(failure(stream.status()));
  const auto payment = Views(ports_.log).payment(*stream, *id);
  if (!payment.ok()) return call.respond(failure(payment.status()));
  const bool whole = problem == std::errc{} && end == path[1].data() + path[1].size();
  const Operation* operation = whole ? (*payment)->operation(said.operation) : nullptr;
  // In one form only: approvals are found by their path.
  if (operation == nullptr || path[1] != std::to_string(operation->ordinal))
    return call.respond(failure(404, "operation_not_found", fmt::format("{} has no such operation.", id->text())));
  if (!resolves) return inquire_now(**payment, *operation, std::move(call));
  resolve_doubt(**payment, stream->partition, std::move(said), request, std::move(call));
}

void AdminApi::inquire_now(const Payment& payment, const Operation& operation, Call call) const {
  if (!operation.is_asked_about())
    return call.respond(failure(409, "not_in_doubt", "The operation has its outcome: there is nothing to ask."));
  if (!ports_.ask_now) return call.respond(failure(409, "not_asked_about", "This node asks no acquirer."));
  const auto resolving = resolving_of(payment, operation);
  const std::string reference = reference_of(payment.partner, payment.id, operation.ordinal);
  const AskNow asked = resolving ? ports_.ask_now(resolving->action, payment.mode, reference) : AskNow::not_waiting;
  switch (asked) {
    case AskNow::asked: return call.respond(reply(doubt_json(payment, operation)));
    case AskNow::too_soon:
      return call.respond(failure(
          429, "asked_just_now", fmt::format("The acquirer was asked less than {} seconds ago: wait for its answer.", ask_now_pause_us / us_per_second)));
    case AskNow::too_many:
      return call.respond(failure(
          429, "too_many", fmt::format("At most {} operations a second are asked about by hand. Try again.", ask_now_per_second_max)));
    case AskNow::not_waiting: break;
  }
  call.respond(failure(409, "not_asked_about",
                       "The acquirer is not being asked about this: it is not configured, or too many others are in doubt and this one waits."));
}

std::optional<HttpResponse> AdminApi::not_to_be_resolved(const Payment& payment, const Operation& operation, HandOutcome outcome) const {
  const auto can = sayable(operation);
  if (can.empty()) {
    const std::string why = operation.by_hand != HandOutcome::none
                                ? fmt::format("it was resolved by hand as {}", name_of(operation.by_hand))
                                : fmt::format("the acquirer has answered, and it is {}", name_of(operation.state));
    return failure(409, "not_in_doubt", fmt::format("The operation is not in doubt: {}.", why));
  }
  if (std::find(can.begin(), can.end(), outcome) == can.end())
    return failure(409, "outcome_not_possible",
                   can.front() == HandOutcome::reversed
                       ? "The operation is being reversed: all that can be said of it is that it is `reversed`."
                       : "The operation is in doubt and nobody has reversed it: say approved, declined or never_happened.",
                   "outcome");
  const auto resolving = resolving_of(payment, operation);
  const bool asked_again = resolving && resolving->tries > 0;
  if (!asked_again && ports_.clock.now_us() - operation.requested_us < unasked_before_resolution_us)
    return failure(409, "too_early", "The acquirer has not been asked again yet, since this node's start: let it answer first.");
  return std::nullopt;
}

void AdminApi::resolve_doubt(const Payment& payment, uint32_t partition, ResolveByHand said, const HttpRequest& request, Call call) {
  const Operation& operation = *payment.operation(said.operation);
  if (call.who.bootstrap)
    return call.respond(failure(403, "bootstrap_resolves_nothing", "The bootstrap token is nobody's own: say it as an admin user of your own."));
  // The same said again changes nothing.
  if (operation.by_hand == said.outcome && !is_doubtful(operation)) return call.respond(reply(doubt_json(payment, operation)));
  if (auto no = not_to_be_resolved(payment, operation, said.outcome)) return call.respond(*std::move(no));
  if (call.approval.empty()) {
    // Whether or not approvals are on: nobody moves money alone.
    const std::string path = resolution_path(payment.id, operation.ordinal);
    const auto state = ports_.directory.admins();
    for (const Approval& waiting : state->approvals) {
      if (waiting.path != path || waiting.expires_us <= ports_.clock.now_us()) continue;
      if (waiting.user == call.who.user && waiting.body == request.body)
        return call.respond(reply({{"approval", {{"id", waiting.id}, {"requested_by", waiting.user}, {"why", waiting.why}}},
                                   {"message", "Nothing is done yet: another person must approve it."}}, 202));
      return call.respond(failure(409, "approval_waits",
                                  fmt::format("{} has asked for this already, and it waits for approval {}: have that approved or rejected.",
                                              waiting.user, waiting.id)));
    }
    const std::string why =
        fmt::format("money in doubt: {} of {}, {}", name_of(operation.kind), to_text({operation.amount, payment.currency}),
                    meaning_of(said.outcome));
    return request_approval(request, why, std::move(call));
  }
  said.resolved_by = call.who.user;
  said.approved_by = call.approved_by;
  said.approval = call.approval;
  const uint16_t ordinal = operation.ordinal;
  OnPayment target;
  target.payment = payment.id;
  target.command = std::move(said);
  Command command = envelope(std::move(target), call.operation, call.who.actor());
  command.partner = payment.partner;
  command.mode = payment.mode;
  command.partition = partition;
  ports_.commands.submit(std::move(command), call.sink, [this, ordinal, respond = std::move(call.respond)](CommandResult result) mutable {
    if (result.kind == CommandResult::Kind::refused)
      return respond(failure(409, "not_in_doubt", "The operation is not as it was: the acquirer has answered meanwhile. Look at it again."));
    if (result.kind != CommandResult::Kind::done || result.payment == nullptr) return respond(busy());
    respond(reply(doubt_json(*result.payment, *result.payment->operation(ordinal))));
  });
}

}  // namespace tollgate::admin
