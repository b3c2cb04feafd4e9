#include "api/submit.h"

#include "api/idempotency.h"
#include "api/refusals.h"
#include "api/render.h"
#include "api/replay.h"

namespace tollgate::api {
namespace {

// The error, with the object that it is about as it was then.
Reply refused(Call& call, const CommandResult& result) {
  ApiError error = refusal_error(call, result.refusal);
  if (call.route->answer == Kind::payment_intent && result.payment) {
    Renderer r(call);
    r.out.key("payment_intent");
    write_payment_intent(r, *result.payment, {});
    return r.reply(std::move(error));
  }
  if (call.route->answer == Kind::setup_intent && result.setup) {
    Renderer r(call);
    r.out.key("setup_intent");
    write_setup_intent(r, *result.setup, {});
    return r.reply(std::move(error));
  }
  return error;
}

Reply replayed(Call& call, CommandResult result, Finish finish) {
  call.replayed = true;
  call.original_request = result.entry.request;
  if (auto version = ApiVersion::parse(result.entry.api_version)) call.version = *std::move(version);
  const Status found = recall(call.services.views, call.stream, result);
  if (absl::IsUnavailable(found)) return in_progress_error(call);
  if (!found.ok()) return internal();
  return result.kind == CommandResult::Kind::refused ? refused(call, result) : finish(call, result);
}

Reply settled(Call& call, CommandResult result, Finish finish) {
  const bool kept = !call.idempotency_key.empty();
  switch (result.kind) {
    case CommandResult::Kind::done:
      if (kept) call.original_request = call.request;
      return finish(call, result);
    case CommandResult::Kind::refused:
      if (kept && is_kept(result.refusal.refusal)) call.original_request = call.request;
      return refused(call, result);
    case CommandResult::Kind::replayed: return replayed(call, std::move(result), finish);
    case CommandResult::Kind::mismatch: return mismatch_error(call, result.entry);
    case CommandResult::Kind::in_progress: return in_progress_error(call);
    case CommandResult::Kind::overloaded: return overloaded();
    case CommandResult::Kind::queue_full:
      return rate_limited("Too many of your requests are waiting. Nothing was done; send fewer at a time.", 1);
  }
  return internal();
}

template <class Target>
Reply submit_target(CallPtr& call, Target target, Finish finish) {
  Command command;
  command.partner = call->stream.partner;
  command.mode = call->stream.mode;
  command.partition = call->stream.partition;
  command.config = call->who.partner;
  command.cause.request = call->request;
  command.cause.api_version = call->version.text;
  command.cause.actor = call->who.key_id;
  command.cause.operation = operation_of(*call);
  if (!call->idempotency_key.empty()) {
    command.cause.idempotency_key = call->idempotency_key;
    RequestPrint print = print_of(call->services.print_key, command.cause.operation, call->params.tree);
    command.cause.fingerprint = std::move(print.fingerprint);
    command.cause.parameters = std::move(print.parameters);
  }
  command.target = std::move(target);
  CommandPort& engine = call->services.engine;
  ResultSink& sink = call->sink;
  engine.submit(std::move(command), sink, [call = std::move(call), finish](CommandResult result) mutable {
    call->stages = result.stages;
    Reply reply = settled(*call, std::move(result), finish);
    answer(std::move(call), std::move(reply));
  });
  return Reply::taken();
}

}  // namespace

Reply submit(CallPtr& call, OnPayment target, Finish finish) { return submit_target(call, std::move(target), finish); }
Reply submit(CallPtr& call, OnCustomerObject target, Finish finish) { return submit_target(call, std::move(target), finish); }

void pin_version(const Services& services, ResultSink& sink, const Authenticated& who, const ApiVersion& version, RequestId request,
                 std::function<void()> not_taken) {
  Command command;
  command.partner = who.partner->id;
  command.mode = Mode::none;
  command.partition = 0;
  command.config = who.partner;
  command.cause.request = request;
  command.cause.api_version = version.text;
  command.cause.actor = who.key_id;
  command.target = OnPartner{PinApiVersion{version.text}};
  services.engine.submit(std::move(command), sink, [not_taken = std::move(not_taken)](CommandResult result) {
    if (result.kind == CommandResult::Kind::overloaded || result.kind == CommandResult::Kind::queue_full) not_taken();
  });
}

}  // namespace tollgate::api
