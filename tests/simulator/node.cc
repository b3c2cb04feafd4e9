#include "simulator/node.h"

#include "engine/effects.h"
#include "engine/timers.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/record.h"

namespace tollgate::sim {
namespace {

constexpr int spins_max = 1'000;

}  // namespace

Node::Node(World& world, Disk& disk, Bank& bank, NodeObserver& observer)
    : world_(world), disk_(disk), bank_(bank), observer_(observer), network_(world, bank, *this), choice_(world.seed, 5) {}

void Node::start() {
  if (up()) return;
  ++life_;
  log_ = std::make_unique<NodeLog>(world_, disk_);
  directory_ = std::make_unique<SimDirectory>();
  calls_ = std::make_unique<Calls>(world_.profile.dispatcher);
  for (uint32_t i = 0; i < world_.profile.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->processor = std::make_unique<engine::Processor>(world_.profile.engine, *log_, world_.clock, *directory_);
  }
  for (uint32_t partition = 0; partition <= world_.profile.engine.partitions; ++partition) worker_of(partition).partitions.push_back(partition);
  recovered_.clear();
  if (const Status recovered = recover(); !recovered.ok()) {
    if (!absl::IsUnavailable(recovered)) world_.fail("the node does not start: {}", message_of(recovered));
    return kill("it could not start");
  }
  world_.note("node: started, life {}, {} to resolve", life_, recovered_.size());
  send(std::exchange(recovered_, {}));
  network_.report_all();
  timers_ran_us_ = INT64_MIN / 2;
  plan_timers();
  observer_.node_started();
}

Status Node::recover() {
  TOLLGATE_RETURN_IF_ERROR(directory_->load(*log_));
  for (uint32_t partition = 0; partition <= world_.profile.engine.partitions; ++partition) {
    std::vector<engine::Input> inputs;
    TOLLGATE_RETURN_IF_ERROR(worker_of(partition).processor->recover(partition, inputs, recovered_));
    if (world_.sabotaged(Sabotage::forget_recovery)) inputs.clear();
    for (engine::Input& input : inputs) push(std::move(input));
  }
  return absl::OkStatus();
}

void Node::kill(std::string_view why) {
  if (workers_.empty()) return;
  world_.note("node: down, {}", why);
  if (world_.sabotaged(Sabotage::late_request)) send_early();
  workers_.clear();
  calls_.reset();
  log_.reset();
  ++life_;
  disk_.crash();
  world_.schedule.in(choice_.between(1, 5'000) * us_per_ms, [this] { start(); });
}

void Node::stop_gracefully() {
  if (workers_.empty()) return;
  for (auto& worker : workers_) {
    worker->inbox.clear();
    worker->processor->give_up_waiters();
  }
  kill("it was stopped");
}

bool Node::offer(engine::Input input) {
  if (!up()) return false;
  Worker& worker = worker_of(input.command.partition);
  if (worker.commands >= world_.profile.inbox_commands_max) return false;
  ++worker.commands;
  worker.inbox.push_back(std::move(input));
  plan_round(worker);
  return true;
}

void Node::push(engine::Input input) {
  Worker& worker = worker_of(input.command.partition);
  worker.inbox.push_back(std::move(input));
  plan_round(worker);
}

void Node::plan_round(Worker& worker) {
  if (std::exchange(worker.round_planned, true)) return;
  // What queues up while the last round is written goes into the next one.
  world_.schedule.in(choice_.between(20, 2'000), [this, life = life_, &worker] {
    if (life == life_) run_round(worker);
  });
}

void Node::run_round(Worker& worker) {
  worker.round_planned = false;
  if (std::exchange(worker.timers_due, false)) {
    const auto more_doubt = worker.doubt_pages.send_next(*worker.processor, worker.partitions, *this);
    if (!more_doubt.ok()) return kill(message_of(more_doubt.status()));
    const auto more = worker.processor->process_timers();
    if (!more.ok()) return kill(message_of(more.status()));
    worker.timers_due = *more || *more_doubt;
    if (!*more) spins_ = 0;
    else if (++spins_ > spins_max) return world_.fail("the timers go on and on without an end: {} rounds", spins_);
  }
  const auto count = std::min<std::size_t>(worker.inbox.size(), world_.profile.engine.batch_commands_max);
  for (std::size_t i = 0; i < count; ++i) {
    engine::Input input = std::move(worker.inbox.front());
    worker.inbox.pop_front();
    if (input.sink != nullptr) --worker.commands;
    if (const Status status = worker.processor->process(input); !status.ok()) return kill(message_of(status));
  }
  auto requests = worker.processor->commit();
  if (!requests.ok()) return kill(message_of(requests.status()));
  // Killed between the write and the calls that follow from it.
  if (world_.strikes(choice_, world_.profile.faults.crash)) return kill("it was killed");
  send(*std::move(requests));
  if (!worker.inbox.empty() || worker.timers_due) plan_round(worker);
}

void Node::plan_timers() {
  if (!up()) return;
  // The engine looks every interval; nothing happens before the first timer is due, so that the looks before it are left out.
  int64_t due_us = INT64_MAX;
  for (uint32_t partition = 0; partition <= world_.profile.engine.partitions; ++partition) {
    const std::string prefix = keys::partition(partition);
    static_cast<void>(disk_.scan(Table::timers, prefix, keys::after_prefix(prefix), Order::forward, [&](std::string_view key, std::string_view) {
      if (const auto timer = engine::parse_timer_key(key)) due_us = std::min(due_us, timer->due_us);
      return false;
    }));
  }
  // What the dispatcher had no room for is sent again at the next look that finds room.
  if (doubt_is_left()) due_us = 0;
  const uint64_t plan = ++timers_plan_;
  if (due_us == INT64_MAX) return;
  // A timer that waits for something else is looked at again and again to no effect: less and less often here, while nothing changes.
  const int64_t interval_us = world_.profile.engine.timer_interval_us << std::min(useless_looks_, 12);
  const int64_t in_us = std::max(due_us - world_.clock.now_us(), timers_ran_us_ + interval_us - world_.schedule.now_us());
  world_.schedule.in(std::max<int64_t>(in_us, 0), [this, plan, life = life_] {
    if (plan != timers_plan_ || life != life_) return;
    timers_ran_us_ = world_.schedule.now_us();
    ++useless_looks_;
    for (auto& worker : workers_) {
      worker->timers_due = true;
      plan_round(*worker);
    }
    plan_timers();
  });
}

Command Node::command_of(const World& world, const AcquirerRequest& request, const AcquirerAnswer& answer) {
  AcquirerAnswer told = answer;
  if (world.sabotaged(Sabotage::mix_answers) && told.outcome == Outcome::unknown && !told.not_found) told.outcome = Outcome::declined;
  if (world.sabotaged(Sabotage::refund_over) && request.action == AcquirerAction::refund) --told.amount;
  return engine::outcome_command(request, told);
}

void Node::something_changed(bool timers) {
  useless_looks_ = 0;
  if (timers) plan_timers();
}

bool Node::doubt_is_left() const {
  return std::any_of(workers_.begin(), workers_.end(), [this](const auto& worker) { return worker->doubt_pages.wanted(*this); });
}

void Node::hand_on(Answers answers) {
  for (auto& [request, answer] : answers) {
    engine::Input input;
    input.command = command_of(world_, request, answer);
    push(std::move(input));
  }
}

void Node::answered(uint64_t life, const AcquirerRequest& request, const AcquirerAnswer& answer) {
  if (life != life_ || !up()) return;
  auto waiting = calls_->answered(request, answer, world_.schedule.now_us());
  if (waiting) {
    Answers one;
    one.emplace_back(*std::move(waiting), answer);
    hand_on(std::move(one));
    // There may be room again.
    if (doubt_is_left()) something_changed(true);
  }
  plan_calls();
}

void Node::reported(const Bank::Report& report) {
  if (!up()) return;  // made again after the next start
  engine::Input input;
  input.command = engine::settlement_command(report.refund, report.succeeded, report.succeeded ? DeclineCode::none : DeclineCode::generic_decline);
  push(std::move(input));
}

void Node::send(std::vector<AcquirerRequest> requests) {
  if (world_.sabotaged(Sabotage::forget_inquiry)) std::erase_if(requests, [](const auto& r) { return r.action == AcquirerAction::inquire; });
  Answers answers;
  const uint64_t dropped = calls_->dropped();
  calls_->take(requests, world_.schedule.now_us(), world_.clock.now_us(), answers);
  if (calls_->dropped() != dropped) something_changed(true);
  transmit(requests);
  hand_on(std::move(answers));
  plan_calls();
}

void Node::transmit(const std::vector<AcquirerRequest>& requests) {
  for (const AcquirerRequest& request : requests) {
    if (request.mode == Mode::live) {
      const auto partner = directory_->find(request.partner);
      if (!partner || partner->config.live_acquirer.empty()) {
        answered(life_, request, answer_without_acquirer(request));
        continue;
      }
    }
    AcquirerRequest sent = request;
    const bool refers = !request.original_reference.empty() && request.action != AcquirerAction::inquire;
    if (world_.sabotaged(Sabotage::reuse_reference) && refers && request.operation > 2)
      sent.reference = reference_of(request.partner, request.payment, 2);
    if (world_.sabotaged(Sabotage::refund_over) && request.action == AcquirerAction::refund) ++sent.amount;
    network_.send(life_, sent);
  }
}

void Node::plan_calls() {
  const int64_t next_us = calls_->next_us();
  const uint64_t plan = ++calls_plan_;
  if (next_us == INT64_MAX) return;
  world_.schedule.at(next_us, [this, plan, life = life_] {
    if (plan != calls_plan_ || life != life_) return;
    Answers answers;
    std::vector<AcquirerRequest> due;
    calls_->take_due(world_.schedule.now_us(), answers, due);
    hand_on(std::move(answers));
    transmit(due);
    plan_calls();
  });
}

// What the engine never does: the acquirer is asked although the request did not become durable.
void Node::send_early() {
  if (!disk_.unsynced_ || disk_.unsynced_->whole) return;
  for (const Append& append : disk_.unsynced_->appends) {
    for (std::string_view bytes = append.records; !bytes.empty();) {
      const auto one = first_record(bytes);
      if (!one.ok()) return;
      bytes.remove_prefix(one->size());
      const auto record = decode_record(*one);
      const auto* asks = record.ok() ? std::get_if<AuthorizationRequested>(&record->event) : nullptr;
      if (asks == nullptr) continue;
      AcquirerRequest request;
      request.action = AcquirerAction::sale;
      request.reference = reference_of(record->header.partner, asks->payment, asks->operation);
      request.amount = asks->amount;
      request.currency = *Currency::parse("usd");
      static_cast<void>(bank_.arrive(request));
    }
  }
}

bool Node::idle() const {
  if (!up() || network_.busy() > 0 || doubt_is_left()) return false;
  const InDoubtSummary open = calls_->summary();
  if (open.in_flight + open.inquiries + open.reversals > 0) return false;
  return std::all_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->inbox.empty() && !worker->round_planned; });
}

std::string Node::busy_with() const {
  if (!up()) return "the node is down";
  const InDoubtSummary open = calls_->summary();
  return fmt::format("{} messages, {} calls, {} inquiries, {} reversals", network_.busy(), open.in_flight, open.inquiries, open.reversals);
}

}  // namespace tollgate::sim
