#include "engine/processor.h"

#include <utility>

#include "tollgate/base/assert.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/wire.h"

namespace tollgate::engine {

Processor::Processor(const EngineOptions& options, EventLog& log, const Clock& clock, Directory& directory)
    : options_(options), log_(log), clock_(clock), directory_(directory), store_(log, options), meter_(options.metrics) {}

Status Processor::process(Input& input) {
  ++stats_.commands;
  meter_.begin(input);
  const Status status = decide_and_apply(input);
  meter_.end();
  return status;
}

Status Processor::decide_and_apply(Input& input) {
  const auto found = partitions_.find(input.command.partition);
  TOLLGATE_ASSERT(found != partitions_.end());
  Partition& partition = found->second;
  Work work{.input = input, .partition = partition, .command = input.command, .now_us = partition.next_time_us(clock_.now_us())};
  if (input.command.config) {
    TOLLGATE_ASSIGN_OR_RETURN(const bool answered, answered_by_guards(work));
    if (answered) return absl::OkStatus();
  }
  return std::visit(
      [&]<class T>(T& target) {
        if constexpr (std::is_same_v<T, OnPayment>) return on_payment(work, target);
        if constexpr (std::is_same_v<T, OnCustomerObject>) return on_customer_object(work, target);
        if constexpr (std::is_same_v<T, OnPartner>) return on_partner(work, target);
        if constexpr (std::is_same_v<T, ReleaseFunds>) return on_release_funds(work);
        if constexpr (std::is_same_v<T, OnAdmin>) return on_admin(work, target);
      },
      input.command.target);
}

StatusOr<bool> Processor::answered_by_guards(Work& work) {
  const Command& command = work.command;
  if (!std::holds_alternative<OnPartner>(command.target)) {
    // Not kept under the key: when the partner is resumed, the same request may be made again.
    if (command.config->status != PartnerStatus::active) {
      refuse(work, command.config->status == PartnerStatus::closed ? Refusal::partner_closed : Refusal::partner_suspended);
      return true;
    }
    if (command.mode == Mode::live && !options_.live_acquirers.contains(command.config->config.live_acquirer)) {
      refuse(work, Refusal::live_not_configured);
      return true;
    }
  }
  if (command.cause.idempotency_key.empty()) return false;
  return answered_by_idempotency(work);
}

StatusOr<bool> Processor::answered_by_idempotency(Work& work) {
  const Command& command = work.command;
  const EntityKey key = StateStore::idempotency_key(command.partner, command.mode, command.cause.idempotency_key);
  TOLLGATE_ASSIGN_OR_RETURN(const auto entry, store_.idempotency.load(key));
  if (!entry) return false;
  CommandResult result;
  result.entry = *entry;
  result.kind = CommandResult::Kind::replayed;
  if (entry->fingerprint != command.cause.fingerprint) {
    result.kind = CommandResult::Kind::mismatch;
  } else if (entry->acquirer_operation != 0) {
    bool open = false;
    if (const auto setup = SetupIntentId::parse(entry->subject)) {
      TOLLGATE_ASSIGN_OR_RETURN(const auto state, store_.setups.load(StateStore::setup_key(command.partner, command.mode, *setup)));
      open = state && state->operation_open && state->operation == entry->acquirer_operation;
    } else {
      const auto refund = RefundId::parse(entry->subject);
      const auto id = refund ? PaymentId{refund->core} : PaymentId::parse(entry->subject).value_or(PaymentId{});
      TOLLGATE_ASSIGN_OR_RETURN(const auto state, store_.payments.load(StateStore::payment_key(command.partner, command.mode, id)));
      const Operation* operation = state ? state->operation(entry->acquirer_operation) : nullptr;
      open = operation != nullptr && operation->resolved_sequence == 0 && operation->doubted_sequence == 0;
    }
    if (open) result.kind = CommandResult::Kind::in_progress;
  }
  deliver(work.input.sink, std::move(work.input.handler), std::move(result));
  return true;
}

bool Processor::add_records(Work& work, const std::vector<Event>& events) {
  static const Cause none;
  const Partition::Mark mark = work.partition.mark();
  work.headers.clear();
  for (const Event& event : events) {
    // The cause stands on the first record of the command only.
    const Cause& cause = work.headers.empty() ? work.command.cause : none;
    auto header = work.partition.add(work.now_us, work.command.partner, work.command.mode, cause, event);
    if (!header.ok()) {
      work.partition.rewind(mark);
      work.headers.clear();
      return false;
    }
    work.headers.push_back(*header);
  }
  stats_.records += events.size();
  return true;
}

void Processor::refuse(Work& work, Refusal refusal, std::string_view param) {
  RefusalDetail detail;
  detail.refusal = refusal;
  detail.param = param;
  refuse(work, std::move(detail));
}

void Processor::refuse(Work& work, RefusalDetail detail) {
  work.result.kind = CommandResult::Kind::refused;
  work.result.refusal = std::move(detail);
  deliver(work.input.sink, std::move(work.input.handler), std::move(work.result));
}

void Processor::keep_refusal(Work& work) {
  const Cause& cause = work.command.cause;
  if (!cause.idempotency_key.empty() && is_kept(work.result.refusal.refusal)) {
    const std::vector<Event> events{RequestRefused{.detail = work.result.refusal, .subject = work.subject}};
    // A refusal is small: what does not fit is a bug.
    TOLLGATE_ASSERT(add_records(work, events));
  }
  finish(work);
}

void Processor::finish(Work& work) {
  const Cause& cause = work.command.cause;
  if (!cause.idempotency_key.empty() && !work.headers.empty()) {
    const EntityKey key = StateStore::idempotency_key(work.command.partner, work.command.mode, cause.idempotency_key);
    const auto entry = store_.idempotency.writable(key, nullptr);
    entry->fingerprint = cause.fingerprint;
    entry->parameters = cause.parameters;
    entry->operation = cause.operation;
    entry->api_version = cause.api_version;
    entry->request = cause.request;
    entry->refusal = work.result.refusal;
    entry->subject = work.subject;
    entry->acquirer_operation = work.operation;
    entry->sequence = work.headers.back().sequence;
  }
  if (!work.input.handler) return;
  if (work.operation == 0) {
    deliver(work.input.sink, std::move(work.input.handler), std::move(work.result));
    return;
  }
  EntityKey waits_on = work.waits_on;
  waits_on.ordinal = work.operation;
  waiters_[waits_on] = Waiter{work.input.sink, std::move(work.input.handler), meter_.waits()};
}

void Processor::wake_waiter(const EntityKey& key, uint16_t operation, CommandResult result) {
  EntityKey waits_on = key;
  waits_on.ordinal = operation;
  const auto found = waiters_.find(waits_on);
  if (found == waiters_.end()) return;
  Waiter waiter = std::move(found->second);
  waiters_.erase(found);
  result.operation = operation;
  result.stages = meter_.answered(waiter.waited);
  deliver(waiter.sink, std::move(waiter.handler), std::move(result));
}

void Processor::give_up_waiters() {
  for (auto& [key, waiter] : waiters_) {
    CommandResult result;
    result.kind = CommandResult::Kind::in_progress;
    result.stages = waiter.waited.stages;
    deliver(waiter.sink, std::move(waiter.handler), std::move(result));
  }
  waiters_.clear();
  for (auto& [sink, items] : std::exchange(results_, {})) sink->deliver(std::move(items));
}

void Processor::deliver(ResultSink* sink, ResultHandler handler, CommandResult result) {
  if (!handler) return;
  if (result.stages.submitted_us == 0) result.stages = meter_.spent();
  for (auto& [known, items] : results_) {
    if (known == sink) {
      items.push_back({std::move(handler), std::move(result)});
      return;
    }
  }
  results_.emplace_back(sink, std::vector<ResultSink::Item>{});
  results_.back().second.push_back({std::move(handler), std::move(result)});
}

StatusOr<std::vector<AcquirerRequest>> Processor::commit() {
  std::vector<Append> appends;
  for (auto& [id, partition] : partitions_) {
    if (!partition.has_work()) continue;
    PartitionMeta meta;
    meta.open_floor_sequence = partition.operations.floor(partition.next_sequence());
    store_.rows.push_back({Table::meta, keys::partition(id), wire::encode(meta)});
    appends.push_back(partition.take());
  }
  if (admins_changed_) store_.rows.push_back({Table::meta, std::string(keys::admins), wire::encode(*admins_)});
  int64_t append_us = 0, sync_us = 0;
  if (!appends.empty()) {
    const int64_t start_us = monotonic_us();
    const std::vector<Row> rows = store_.take_rows();
    TOLLGATE_RETURN_IF_ERROR(log_.append(appends, rows));
    append_us = monotonic_us() - start_us;
    sync_us = log_.last_sync_us();
    stats_.append_us += static_cast<uint64_t>(append_us);
    ++stats_.batches;
  }
  meter_.committed(append_us, sync_us);
  for (auto& partner : std::exchange(changed_partners_, {})) directory_.put(std::move(partner));
  for (const Contradiction& one : std::exchange(contradictions_, {})) options_.contradicted(one);
  if (std::exchange(admins_changed_, false)) directory_.put_admins(admins_);
  for (auto& [sink, items] : std::exchange(results_, {})) {
    for (ResultSink::Item& item : items) meter_.add_round(item.result.stages);
    sink->deliver(std::move(items));
  }
  return std::exchange(requests_, {});
}

StatusOr<bool> Processor::process_timers() {
  bool more = false;
  for (auto& [id, partition] : partitions_) {
    // One look at all of them, and then a pause: partitions that are through wait for the others, or those with timers that cannot fire yet would
    // begin again one behind the other, without an end.
    if (timers_looked_at_.contains(id)) continue;
    const int64_t now_us = clock_.now_us();
    // Behind those of the round before: a timer that cannot fire yet (its payment's operation is in doubt) must not stand in the way of
    // the others, nor be looked at without a pause.
    std::string& after = timers_after_[id];
    const std::string from = after.empty() ? keys::partition(id) : after + '\0';
    std::vector<Timer> due;
    TOLLGATE_RETURN_IF_ERROR(log_.scan(Table::timers, from, timers_end(id, now_us), Order::forward,
                                       [&](std::string_view key, std::string_view) {
                                         if (const auto timer = parse_timer_key(key)) due.push_back(*timer);
                                         after = key;
                                         return due.size() < options_.timers_per_round_max;
                                       }));
    if (due.size() == options_.timers_per_round_max) {
      more = true;
    } else {
      after.clear();
      timers_looked_at_.insert(id);
    }
    for (const Timer& timer : due) {
      Input input;
      input.command.partner = timer.partner;
      input.command.mode = timer.mode;
      input.command.partition = id;
      if (timer.kind == TimerKind::release_funds) {
        input.command.target = ReleaseFunds{};
      } else {
        OnPayment target;
        target.payment = PaymentId{timer.core};
        target.command = ExpireAuthorization{};
        input.command.target = std::move(target);
      }
      TOLLGATE_RETURN_IF_ERROR(process(input));
    }
  }
  if (!more) timers_looked_at_.clear();
  return more;
}

}  // namespace tollgate::engine
