// Commands on a payment: look up what they refer to, decide, apply, and note what follows.
#include "engine/effects.h"
#include "engine/processor.h"
#include "tollgate/base/assert.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/projection/index.h"

namespace tollgate::engine {
namespace {

// Where a payment command carries the payment method that it uses; nullptr if it uses none.
std::optional<MethodSnapshot>* method_slot(PaymentCommand& command) {
  if (auto* create = std::get_if<CreatePayment>(&command)) return &create->method;
  if (auto* update = std::get_if<UpdatePayment>(&command)) return &update->method;
  if (auto* confirm = std::get_if<ConfirmPayment>(&command)) return &confirm->confirm.method;
  return nullptr;
}

CustomerId customer_named(const PaymentCommand& command) {
  if (const auto* create = std::get_if<CreatePayment>(&command)) return create->customer;
  if (const auto* update = std::get_if<UpdatePayment>(&command)) return update->customer.value_or(CustomerId{});
  return {};
}

// Which operation's end the command may tell; 0: none. A refund's report may overtake its answer: who waits for that is told then, so that they
// are told what a repeat of the request will be.
uint16_t answered_operation(const PaymentCommand& command, const Payment* payment) {
  if (const auto* outcome = std::get_if<ApplyOutcome>(&command)) return outcome->operation;
  const auto* report = std::get_if<SettleRefund>(&command);
  if (report == nullptr || payment == nullptr) return 0;
  for (const Operation& operation : payment->operations)
    if (operation.kind == OperationKind::refund && operation.refund == report->refund) return operation.ordinal;
  return 0;
}

// A payment method made in passing belongs to this payment; the length of the history tells it from those before it.
void name_method(std::optional<MethodSnapshot>& method, const IdCore& core, std::size_t history, int64_t now_us) {
  if (!method || !method->id.empty()) return;
  method->id = {core, static_cast<uint16_t>(std::min<std::size_t>(history + 1, PaymentMethodId::ordinal_max))};
  method->created_us = now_us;
}

Currency currency_of(const PaymentCommand& command, const Payment* payment) {
  if (const auto* create = std::get_if<CreatePayment>(&command)) return create->currency;
  if (const auto* update = std::get_if<UpdatePayment>(&command); update != nullptr && update->currency) return *update->currency;
  return payment != nullptr ? payment->currency : Currency{};
}

}  // namespace

PaymentContext Processor::payment_context(const Work& work, Currency currency) const {
  PaymentContext context;
  context.partner = work.command.partner;
  context.mode = work.command.mode;
  context.now_us = work.now_us;
  context.authorization_validity_us = options_.authorization_validity_us;
  const auto partner = work.command.config ? work.command.config : directory_.find(work.command.partner);
  if (partner) {
    context.fee = partner->fee_of(currency);
    context.availability_delay_us = static_cast<int64_t>(partner->config.availability_delay_days) * us_per_day;
    if (context.mode == Mode::live) context.acquirer = partner->config.live_acquirer;
    if (partner->config.limits.amount_max > 0) context.amount_max = partner->config.limits.amount_max;
  }
  return context;
}

Status Processor::on_payment(Work& work, OnPayment& target) {
  const Command& command = work.command;
  const EntityKey key = StateStore::payment_key(command.partner, command.mode, target.payment);
  work.subject = target.payment.text();
  work.waits_on = key;
  const bool creates = std::holds_alternative<CreatePayment>(target.command);
  std::shared_ptr<Payment> payment;
  if (!creates) {
    TOLLGATE_ASSIGN_OR_RETURN(payment, store_.payments.load(key));
    // An answer about a payment that never was: nothing of ours.
    if (!payment && !command.config && !work.input.handler) return absl::OkStatus();
  }
  // With the payment as it is, whatever the reason: that is what the same request is answered with when it comes again.
  const auto refuse_and_keep = [&] {
    work.result.kind = CommandResult::Kind::refused;
    if (payment) work.result.payment = store_.payments.share(key, payment);
    keep_refusal(work);
    return absl::OkStatus();
  };
  if (const CustomerId customer = customer_named(target.command); !customer.empty()) {
    TOLLGATE_ASSIGN_OR_RETURN(const bool exists, customer_exists(work, customer));
    if (!exists) {
      work.result.refusal = {.refusal = Refusal::customer_missing, .param = "customer"};
      return refuse_and_keep();
    }
  }
  if (auto* slot = method_slot(target.command); slot != nullptr) {
    CustomerId customer = customer_named(target.command);
    if (customer.empty() && payment) customer = payment->customer;
    if (!target.method.empty()) {
      TOLLGATE_ASSIGN_OR_RETURN(const bool usable, resolve_method(work, target.method, customer, *slot));
      if (!usable) return refuse_and_keep();
    }
    name_method(*slot, target.payment.core, payment ? payment->history.size() : 0, work.now_us);
  }
  const Currency currency = currency_of(target.command, payment.get());
  const auto* changes = std::get_if<UpdatePayment>(&target.command);
  const bool names_currency = creates || (changes != nullptr && changes->currency);
  if (command.config && names_currency && !command.config->accepts(currency)) {
    work.result.refusal = {.refusal = Refusal::currency_not_enabled, .param = "currency"};
    return refuse_and_keep();
  }
  PaymentDecision decision = decide(payment.get(), target.command, payment_context(work, currency));
  if (decision.refusal) {
    work.result.refusal = std::move(*decision.refusal);
    return refuse_and_keep();
  }
  TOLLGATE_ASSIGN_OR_RETURN(const bool room, books_have_room(work, decision.events));
  if (!room) {
    work.result.kind = CommandResult::Kind::refused;
    work.result.refusal = {.refusal = Refusal::limit_exceeded, .param = "amount"};
    keep_refusal(work);
    return absl::OkStatus();
  }
  TOLLGATE_ASSIGN_OR_RETURN(const bool within, within_limits(work, decision.events, payment.get(), currency));
  if (!within) {
    keep_refusal(work);
    return absl::OkStatus();
  }

  // A card that is to be kept is attached to its customer by the approval that proves it good.
  std::vector<Event> events;
  events.reserve(decision.events.size() + 1);
  for (const PaymentEvent& event : decision.events) events.push_back(widen(event));
  for (const PaymentEvent& event : decision.events) {
    const auto* approved = std::get_if<AuthorizationApproved>(&event);
    if (approved == nullptr || payment->details.setup_future_usage == FutureUsage::none || payment->customer.empty()) continue;
    const Operation* operation = payment->operation(approved->operation);
    MethodSnapshot method = payment->attempts[operation->attempt - 1u].method;
    if (!method.customer.empty()) continue;
    // It may be gone since.
    TOLLGATE_ASSIGN_OR_RETURN(const bool exists, customer_exists(work, payment->customer));
    TOLLGATE_ASSIGN_OR_RETURN(const bool has_room, has_room_for_method(work, payment->customer));
    if (!exists || !has_room) continue;
    method.customer = payment->customer;
    events.push_back(PaymentMethodAttached{.method = std::move(method), .metadata = {}});
  }
  if (!add_records(work, events)) {
    work.result.refusal = {.refusal = Refusal::too_many, .param = "metadata"};
    return refuse_and_keep();
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (i < decision.events.size()) {
      TOLLGATE_RETURN_IF_ERROR(apply_payment_event(work, decision.events[i], work.headers[i], events[i], payment));
    } else {
      TOLLGATE_RETURN_IF_ERROR(apply_customer_event(work, std::get<PaymentMethodAttached>(events[i]), work.headers[i], events[i]));
    }
  }
  if (const auto* update = std::get_if<UpdateRefund>(&target.command)) work.result.refund = update->refund;
  if (work.result.refund != 0) work.subject = RefundId{target.payment.core, work.result.refund}.text();
  if (work.operation == 0 && work.input.handler) work.result.payment = store_.payments.share(key, payment);
  // An authorization whose time is over but which is no longer there to expire: its timer has nothing more to do.
  if (std::holds_alternative<ExpireAuthorization>(target.command) && events.empty() && payment->status != PaymentStatus::requires_capture)
    for (const Attempt& attempt : payment->attempts)
      store_.rows.push_back({Table::timers,
                             timer_key({work.partition.id(), attempt.capture_before_us, TimerKind::expire_authorization, command.partner,
                                        command.mode, payment->id.core}),
                             std::nullopt});
  if (const uint16_t answered = answered_operation(target.command, payment.get()); answered != 0) {
    const Operation* operation = payment->operation(answered);
    if (operation != nullptr && operation->state != OperationState::open) {
      CommandResult result;
      result.payment = store_.payments.share(key, payment);
      result.refund = operation->refund;
      wake_waiter(key, answered, std::move(result));
    }
  }
  finish(work);
  return absl::OkStatus();
}

Status Processor::apply_payment_event(Work& work, const PaymentEvent& event, const RecordHeader& header, const Event& wide,
                                      std::shared_ptr<Payment>& payment) {
  const Command& command = work.command;
  const EntityKey key = work.waits_on;
  const bool creates = std::holds_alternative<PaymentCreated>(event);
  payment = store_.payments.writable(key, creates ? nullptr : payment);
  const Indexed before = creates ? Indexed{} : Indexed::of(*payment);
  apply(*payment, event, command.partner, command.mode, header.sequence, header.time_us);
  append_index_rows(store_.rows, header, wide, before, payment.get());
  track_operation(work, event, header, *payment);
  track_timers(work, event, *payment);
  track_doubt(work, event, *payment);
  meter_.count(event, *payment);
  TOLLGATE_RETURN_IF_ERROR(track_limits(work, event, *payment));
  note_contradiction(event, *payment);
  if (auto request = request_of(event, *payment, work.partition.id())) {
    if (const auto* target = std::get_if<OnPayment>(&command.target)) request->cvc = target->cvc;
    requests_.push_back(std::move(*request));
  }
  if (const auto* captured = std::get_if<PaymentCaptured>(&event))
    return post(work, captured->postings, captured->available_on_us, header.sequence);
  if (const auto* accepted = std::get_if<RefundAccepted>(&event)) return post(work, accepted->postings, 0, header.sequence);
  if (const auto* failed = std::get_if<RefundFailed>(&event)) return post(work, failed->postings, 0, header.sequence);
  return absl::OkStatus();
}

void Processor::note_contradiction(const PaymentEvent& event, const Payment& payment) {
  const auto* answered = std::get_if<ResolutionAnswered>(&event);
  if (answered == nullptr || !answered->contradicts || !options_.contradicted) return;
  contradictions_.push_back({payment.partner, payment.mode, payment.currency, *payment.operation(answered->operation), *answered});
}

StatusOr<bool> Processor::books_have_room(const Work& work, const std::vector<PaymentEvent>& events) {
  const bool will_move_money = std::any_of(events.begin(), events.end(), [](const PaymentEvent& event) {
    return std::holds_alternative<AuthorizationRequested>(event) || std::holds_alternative<CaptureRequested>(event) ||
           std::holds_alternative<IncrementRequested>(event) || std::holds_alternative<RefundRequested>(event);
  });
  if (!will_move_money) return true;
  TOLLGATE_ASSIGN_OR_RETURN(const auto books, store_.books.load(StateStore::stream_key(work.command.partner, work.command.mode)));
  return !books || std::all_of(books->totals.begin(), books->totals.end(),
                               [](const Posting& total) { return -books_total_max <= total.amount && total.amount <= books_total_max; });
}

Status Processor::post(Work& work, const Postings& postings, int64_t available_on_us, uint64_t sequence) {
  if (postings.empty()) return absl::OkStatus();
  const EntityKey key = StateStore::stream_key(work.command.partner, work.command.mode);
  TOLLGATE_ASSIGN_OR_RETURN(auto books, store_.books.load(key));
  books = store_.books.writable(key, std::move(books));
  const std::size_t buckets = books->pending.size();
  // books_have_room() was asked before the acquirer was, and left room for whatever may be under way.
  TOLLGATE_ASSERT(apply(*books, postings, available_on_us, sequence));
  if (books->pending.size() > buckets)
    store_.rows.push_back({Table::timers,
                           timer_key({work.partition.id(), available_on_us, TimerKind::release_funds, work.command.partner,
                                      work.command.mode, {}}),
                           ""});
  return absl::OkStatus();
}

// Which requests wait for the acquirer, so that recovery knows where to begin; and what the partner's answer waits for.
void Processor::track_operation(Work& work, const PaymentEvent& event, const RecordHeader& header, const Payment& payment) {
  std::visit(
      [&]<class E>(const E& e) {
        if constexpr (std::is_same_v<E, AuthorizationRequested> || std::is_same_v<E, IncrementRequested> ||
                      std::is_same_v<E, CaptureRequested> || std::is_same_v<E, CancelRequested> || std::is_same_v<E, RefundRequested>) {
          work.partition.operations.open(header.sequence);
          if (work.input.handler) work.operation = e.operation;
          if constexpr (std::is_same_v<E, RefundRequested>) work.result.refund = e.refund;
        } else if constexpr (requires { e.operation; }) {
          if (const Operation* operation = payment.operation(e.operation); operation != nullptr && operation->state != OperationState::open)
            work.partition.operations.close(operation->requested_sequence);
        }
      },
      event);
}

void Processor::track_timers(Work& work, const PaymentEvent& event, const Payment& payment) {
  const Attempt* attempt = payment.newest_attempt();
  if (attempt == nullptr || attempt->capture_before_us == 0) return;
  const bool set = std::holds_alternative<AuthorizationApproved>(event) && payment.status == PaymentStatus::requires_capture;
  const bool over = (payment.status == PaymentStatus::canceled || payment.status == PaymentStatus::succeeded) &&
                    (std::holds_alternative<PaymentCaptured>(event) || std::holds_alternative<PaymentCanceled>(event) ||
                     std::holds_alternative<AuthorizationExpired>(event));
  if (!set && !over) return;
  Row row{Table::timers,
          timer_key({work.partition.id(), attempt->capture_before_us, TimerKind::expire_authorization, work.command.partner,
                     work.command.mode, payment.id.core}),
          std::nullopt};
  if (set) row.value = "";
  store_.rows.push_back(std::move(row));
}

void Processor::track_doubt(Work& work, const PaymentEvent& event, const Payment& payment) {
  const bool may_change = std::visit([]<class E>(const E& e) { return requires { e.operation; }; }, event);
  if (!may_change) return;
  std::string key = keys::partition(work.partition.id()) + keys::object(work.command.partner, work.command.mode, payment.id.core);
  const bool begins = std::holds_alternative<OperationInDoubt>(event) || std::holds_alternative<ReversalRequested>(event) ||
                      std::holds_alternative<LateApproval>(event);
  if (begins) {
    store_.rows.push_back({Table::in_doubt, std::move(key), ""});
    return;
  }
  bool was = false, is = false;
  for (const Operation& operation : payment.operations) {
    was |= operation.doubted_sequence != 0;
    is |= operation.is_asked_about();
  }
  if (was && !is) store_.rows.push_back({Table::in_doubt, std::move(key), std::nullopt});
}

Status Processor::on_release_funds(Work& work) {
  const Command& command = work.command;
  const EntityKey key = StateStore::stream_key(command.partner, command.mode);
  TOLLGATE_ASSIGN_OR_RETURN(auto books, store_.books.load(key));
  if (!books) return absl::OkStatus();
  const auto event = decide_available(*books, work.now_us);
  if (!event) return absl::OkStatus();
  const std::vector<Event> events{*event};
  TOLLGATE_ASSERT(add_records(work, events));
  return apply_funds_event(work, *event, work.headers.front(), events.front(), std::move(books));
}

Status Processor::apply_funds_event(Work& work, const FundsAvailable& event, const RecordHeader& header, const Event& wide,
                                    std::shared_ptr<Books> books) {
  const Command& command = work.command;
  // The event's time is the last bucket's that it releases.
  std::vector<int64_t> due;
  for (const PendingFunds& pending : books->pending)
    if (pending.due_us <= event.due_us && (due.empty() || due.back() != pending.due_us)) due.push_back(pending.due_us);
  books = store_.books.writable(StateStore::stream_key(command.partner, command.mode), std::move(books));
  TOLLGATE_ASSERT(apply(*books, event, header.sequence));
  append_index_rows(store_.rows, header, wide, {}, nullptr);
  for (const int64_t due_us : due)
    store_.rows.push_back({Table::timers, timer_key({work.partition.id(), due_us, TimerKind::release_funds, command.partner, command.mode, {}}),
                           std::nullopt});
  return absl::OkStatus();
}

}  // namespace tollgate::engine
