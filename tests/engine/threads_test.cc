// The engine with its threads: what races would break. Runs under TSan as well.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "engine/harness.h"
#include "tollgate/limits/limits.h"

using namespace tollgate;
using namespace tollgate::engine;

namespace {

// Answers within send(), as the sandbox does without latency.
class PromptAcquirer final : public AcquirerPort {
 public:
  Engine* engine = nullptr;
  std::atomic<int> seen{0};
  void send(std::vector<AcquirerRequest> requests) override {
    std::vector<std::pair<AcquirerRequest, AcquirerAnswer>> answers;
    for (AcquirerRequest& request : requests) {
      ++seen;
      AcquirerAnswer answer{.outcome = Outcome::approved, .amount = request.amount, .currency = request.currency};
      answers.emplace_back(std::move(request), answer);
    }
    engine->answered(std::move(answers));
  }
};

// Appends wait while the gate is closed.
class GatedLog final : public EventLog {
 public:
  explicit GatedLog(EventLog& inner) : inner_(inner) {}
  void set_open(bool open) {
    const std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }
  Status append(std::span<const Append> appended, std::span<const Row> rows) override {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return open_; });
    }
    return inner_.append(appended, rows);
  }
  StatusOr<Head> head(uint32_t partition) const override { return inner_.head(partition); }
  StatusOr<std::vector<uint32_t>> partitions() const override { return inner_.partitions(); }
  Status read(uint32_t partition, uint64_t from, const RecordVisitor& visit) const override { return inner_.read(partition, from, visit); }
  Status get(Table table, std::string_view key, std::string& value) const override { return inner_.get(table, key, value); }
  Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const override {
    return inner_.scan(table, from, to, order, visit);
  }

 private:
  EventLog& inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
};

Command purchase(Harness& h, IdSource& ids, uint32_t partition, const std::string& key) {
  Command command = h.command(key);
  command.partition = partition;
  OnPayment target;
  CreatePayment create = h.purchase(100);
  create.payment = PaymentId{ids.next(h.clock.now_us())};
  target.payment = create.payment;
  target.command = create;
  command.target = std::move(target);
  return command;
}

}  // namespace

TEST_CASE("commands of several threads are each answered once, and each payment is charged once") {
  Harness h;
  auto log = open_memory_log();
  EngineOptions options{.partitions = 4, .threads = 2};
  auto engine = Engine::open(options, *log, h.clock, h.directory, [](Status) { FAIL("the log failed"); });
  REQUIRE(engine.ok());
  PromptAcquirer acquirer;
  acquirer.engine = engine->get();
  (*engine)->start(acquirer);
  constexpr int threads = 4, each = 200;
  std::atomic<int> succeeded{0}, answered{0};
  std::vector<Command> commands;
  for (int t = 0; t < threads; ++t)
    for (int i = 0; i < each; ++i)
      commands.push_back(purchase(h, h.ids, 1 + static_cast<uint32_t>(t), std::to_string(t) + "-" + std::to_string(i)));
  std::vector<std::thread> submitters;
  for (int t = 0; t < threads; ++t) {
    submitters.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        (*engine)->submit(std::move(commands[static_cast<std::size_t>(t * each + i)]), h.sink, [&](CommandResult result) {
          ++answered;
          if (result.kind == CommandResult::Kind::done && result.payment->status == PaymentStatus::succeeded) ++succeeded;
        });
      }
    });
  }
  for (auto& submitter : submitters) submitter.join();
  (*engine)->stop(10 * us_per_second);
  CHECK(answered == threads * each);
  CHECK(succeeded == threads * each);
  CHECK(acquirer.seen == threads * each);
  CHECK((*engine)->stats().commands == 2 * threads * each);
}

TEST_CASE("an engine tells what its caches hold, of all threads together") {
  Harness h;
  auto log = open_memory_log();
  EngineOptions options{.partitions = 2, .threads = 2, .batch_commands_max = 4};
  options.cached_payments_max = 20;
  auto engine = Engine::open(options, *log, h.clock, h.directory, [](Status) { FAIL("the log failed"); });
  REQUIRE(engine.ok());
  const auto payments = [&] { return (*engine)->caches().at(0); };
  CHECK(payments().name == std::string("payments"));
  CHECK(payments().entries == 0);
  CHECK(payments().entries_max == 40);
  PromptAcquirer acquirer;
  acquirer.engine = engine->get();
  (*engine)->start(acquirer);
  std::atomic<int> done{0};
  constexpr int count = 100;
  for (int i = 0; i < count; ++i)
    (*engine)->submit(purchase(h, h.ids, 1 + static_cast<uint32_t>(i % 2), {}), h.sink, [&](CommandResult) { ++done; });
  (*engine)->stop(10 * us_per_second);
  REQUIRE(done == count);
  CHECK(payments().entries == 40);
  CHECK(payments().evictions >= count - 40);
  CHECK(payments().hits > 0);
  std::set<std::string> names;
  for (const CacheStats& cache : (*engine)->caches()) names.insert(cache.name);
  CHECK(names.size() == engine_cache_count);
}

TEST_CASE("a full mailbox refuses at once, and what was taken is still answered") {
  Harness h;
  auto memory = open_memory_log();
  GatedLog log(*memory);
  EngineOptions options{.partitions = 1, .mailbox_commands_max = 8};
  auto engine = Engine::open(options, log, h.clock, h.directory, [](Status) { FAIL("the log failed"); });
  REQUIRE(engine.ok());
  PromptAcquirer acquirer;
  acquirer.engine = engine->get();
  (*engine)->start(acquirer);
  log.set_open(false);
  std::atomic<int> overloaded{0}, done{0};
  for (int i = 0; i < 100; ++i)
    (*engine)->submit(purchase(h, h.ids, 1, {}), h.sink, [&](CommandResult result) {
      if (result.kind == CommandResult::Kind::overloaded) ++overloaded;
      if (result.kind == CommandResult::Kind::done) ++done;
    });
  // At most one round is under way and one mailbox is full: the rest was refused without waiting for the disk.
  CHECK(overloaded >= 100 - 2 * 8);
  CHECK(done == 0);
  log.set_open(true);
  (*engine)->stop(10 * us_per_second);
  CHECK(done + overloaded == 100);
  // One partner never gets more than the room that it leaves.
  CHECK(done >= 4);
}

TEST_CASE("of a partner's commands exactly as many wait as its queue is deep, by its own limit or by the node's") {
  for (const bool own : {true, false}) {
    INFO((own ? "its own" : "the node's"));
    constexpr uint32_t depth = 3;
    Harness h;
    auto partner = std::make_shared<Partner>(*h.directory.find(PartnerId{7}));
    if (own) partner->config.limits.queue_depth = depth;
    h.directory.put(std::move(partner));
    LimitsOptions of_node{.queue_delay_target_us = 0};
    of_node.defaults.queue_depth = own ? 100 : depth;
    Limits limits(of_node);
    auto memory = open_memory_log();
    GatedLog log(*memory);
    EngineOptions options{.partitions = 1};
    options.limits = &limits;
    auto engine = Engine::open(options, log, h.clock, h.directory, [](Status) { FAIL("the log failed"); });
    REQUIRE(engine.ok());
    PromptAcquirer acquirer;
    acquirer.engine = engine->get();
    (*engine)->start(acquirer);
    log.set_open(false);
    std::atomic<uint32_t> full{0}, done{0};
    const auto submit = [&] {
      (*engine)->submit(purchase(h, h.ids, 1, {}), h.sink, [&](CommandResult result) {
        full += result.kind == CommandResult::Kind::queue_full;
        done += result.kind == CommandResult::Kind::done;
      });
    };
    submit();
    // Taken: the engine's thread waits for the disk with it.
    while ((*engine)->waiting(1, PartnerId{7}, Mode::test) != 0) std::this_thread::yield();
    for (uint32_t i = 0; i < depth; ++i) submit();
    CHECK(full == 0);
    CHECK((*engine)->waiting(1, PartnerId{7}, Mode::test) == depth);
    submit();
    CHECK(full == 1);
    CHECK(limits.stats().limited[static_cast<std::size_t>(LimitKind::queue)] == 1);
    log.set_open(true);
    (*engine)->stop(10 * us_per_second);
    CHECK(done == 1 + depth);
  }
}

TEST_CASE("after a failed append the engine says so once and takes nothing more") {
  Harness h;
  auto memory = open_memory_log();
  FaultyLog log(*memory);
  std::atomic<int> failures{0};
  std::atomic<int> answered{0};
  EngineOptions options{.partitions = 1};
  auto engine = Engine::open(options, log, h.clock, h.directory, [&](Status) { ++failures; });
  REQUIRE(engine.ok());
  PromptAcquirer acquirer;
  acquirer.engine = engine->get();
  log.fail_appends = true;
  (*engine)->submit(purchase(h, h.ids, 1, {}), h.sink, [&](CommandResult) { ++answered; });
  (*engine)->start(acquirer);
  (*engine)->stop(10 * us_per_second);
  CHECK(failures == 1);
  CHECK(answered == 0);
  std::atomic<int> overloaded{0};
  (*engine)->submit(purchase(h, h.ids, 1, {}), h.sink, [&](CommandResult result) {
    if (result.kind == CommandResult::Kind::overloaded) ++overloaded;
  });
  CHECK(overloaded == 1);
  CHECK(acquirer.seen == 0);
}
