// The admin API over a directory and a log in memory. Commands are decided at once, as the engine's directory partition
// would.
#pragma once
#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <string>

#include "directory/folder.h"
#include "support/catch.h"
#include "tollgate/admin/admin.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/record.h"
#include "tollgate/record/wire.h"

namespace tollgate {

class RowsLog final : public EventLog {
 public:
  void put(Table table, std::string key, std::string value) { rows_[{table, std::move(key)}] = std::move(value); }

  // The next record of a partition; gives its sequence.
  uint64_t record(RecordHeader header, const Cause& cause, const Event& event) {
    std::vector<std::string>& of = records_[header.partition];
    header.sequence = of.size() + 1;
    std::string bytes;
    REQUIRE(append_record(bytes, header, cause, event).ok());
    of.push_back(std::move(bytes));
    return header.sequence;
  }

  Status append(std::span<const Append>, std::span<const Row>) override { return failed_precondition("read only"); }
  StatusOr<Head> head(uint32_t partition) const override {
    if (partition == 0) return Head{.sequence = records.size(), .epoch = 1, .hash = {}};
    const auto at = records_.find(partition);
    return Head{.sequence = at == records_.end() ? partition * 100ULL : at->second.size(), .epoch = 1, .hash = {}};
  }
  StatusOr<std::vector<uint32_t>> partitions() const override { return std::vector<uint32_t>{0, 1, 2}; }
  Status read(uint32_t partition, uint64_t from, const RecordVisitor& visit) const override {
    const auto at = records_.find(partition);
    if (partition != 0 && at == records_.end()) return absl::OkStatus();
    const std::vector<std::string>& of = partition == 0 ? records : at->second;
    for (uint64_t sequence = from; sequence <= of.size(); ++sequence)
      if (!visit(sequence, of[sequence - 1])) break;
    return absl::OkStatus();
  }
  Status get(Table table, std::string_view key, std::string& value) const override {
    const auto at = rows_.find({table, std::string(key)});
    if (at == rows_.end()) return not_found("no such row");
    value = at->second;
    return absl::OkStatus();
  }
  Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const override {
    std::vector<std::pair<std::string_view, std::string_view>> found;
    for (auto at = rows_.lower_bound({table, std::string(from)});
         at != rows_.end() && at->first.first == table && (to.empty() || at->first.second < to); ++at)
      found.emplace_back(at->first.second, at->second);
    if (order == Order::backward) std::reverse(found.begin(), found.end());
    for (const auto& [key, value] : found)
      if (!visit(key, value)) break;
    return absl::OkStatus();
  }

  std::vector<std::string> records;  // of partition 0: what the trail holds

 private:
  std::map<std::pair<Table, std::string>, std::string> rows_;
  std::map<uint32_t, std::vector<std::string>> records_;
};

class DirectSink final : public ResultSink {
 public:
  void deliver(std::vector<Item> items) override {
    for (Item& item : items) item.handler(std::move(item.result));
  }
};

class DecidingPort final : public CommandPort {
 public:
  DecidingPort(Directory& directory, RowsLog& log, const Clock& clock) : directory_(directory), log_(log), clock_(clock) {}

  void submit(Command command, ResultSink& sink, ResultHandler handler) override {
    if (auto* payment = std::get_if<OnPayment>(&command.target)) return decide_payment(command, *payment, sink, std::move(handler));
    CHECK(command.partition == 0);
    if (auto* admin = std::get_if<OnAdmin>(&command.target)) return decide_admin(*admin, sink, std::move(handler));
    last = command.cause;
    const auto before = directory_.find(command.partner);
    CommandResult result;
    if (overloaded) {
      result.kind = CommandResult::Kind::overloaded;
    } else {
      const auto decision = decide(before.get(), std::get<OnPartner>(command.target).command, clock_.now_us());
      auto after = before ? std::make_shared<Partner>(*before) : std::make_shared<Partner>();
      for (const PartnerEvent& event : decision.events) apply(*after, event, ++sequence_, clock_.now_us());
      if (decision.refusal) {
        result.kind = CommandResult::Kind::refused;
        result.refusal = *decision.refusal;
      } else {
        directory_.put(after);
        result.partner = after;
      }
    }
    std::vector<ResultSink::Item> items;
    items.push_back({std::move(handler), std::move(result)});
    sink.deliver(std::move(items));
  }

  bool overloaded = false;
  // Commands for the trail wait in `held` until they are called there, with `holding` off again.
  bool holding = false;
  std::vector<absl::AnyInvocable<void()>> held;
  Cause last;
  // Just before a payment's command is decided.
  std::function<void()> meanwhile = {};

 private:
  void decide_payment(const Command& command, const OnPayment& target, ResultSink& sink, ResultHandler handler) {
    if (meanwhile) meanwhile();
    last = command.cause;
    const std::string key = keys::object(command.partner, command.mode, target.payment.core);
    std::string row;
    CHECK(log_.get(Table::payments, key, row).ok());
    auto payment = std::make_shared<Payment>();
    CHECK(wire::decode(row, *payment).ok());
    PaymentContext context{.partner = command.partner, .mode = command.mode, .now_us = clock_.now_us()};
    const PaymentDecision decision = decide(payment.get(), target.command, context);
    CommandResult result;
    if (decision.refusal) {
      result.kind = CommandResult::Kind::refused;
      result.refusal = *decision.refusal;
    }
    for (const PaymentEvent& event : decision.events) {
      if (const auto* said = std::get_if<OperationResolvedByHand>(&event)) last_said = *said;
      apply(*payment, event, command.partner, command.mode, payment->history.back() + 1, clock_.now_us());
    }
    log_.put(Table::payments, key, wire::encode(*payment));
    result.payment = payment;
    std::vector<ResultSink::Item> items;
    items.push_back({std::move(handler), std::move(result)});
    sink.deliver(std::move(items));
  }

 public:
  OperationResolvedByHand last_said;

 private:
  void decide_admin(const OnAdmin& target, ResultSink& sink, ResultHandler handler) {
    if (holding) {
      held.push_back([this, target, &sink, handler = std::move(handler)]() mutable { decide_admin(target, sink, std::move(handler)); });
      return;
    }
    CommandResult result;
    const AdminDecision decision = decide(*directory_.admins(), target.command, clock_.now_us());
    if (overloaded) {
      result.kind = CommandResult::Kind::overloaded;
    } else if (decision.refusal != AdminRefusal::none) {
      result.kind = CommandResult::Kind::refused;
      result.admin_refusal = decision.refusal;
    } else {
      auto after = std::make_shared<AdminState>(*directory_.admins());
      for (const AdminEvent& event : decision.events) {
        CHECK(illegal(*after, event, clock_.now_us()) == "");
        RecordHeader header;
        header.sequence = log_.records.size() + 1;
        header.time_us = clock_.now_us();
        apply(*after, event, header.sequence, header.time_us);
        CHECK(append_record(log_.records.emplace_back(), header, {}, widen(event)).ok());
      }
      directory_.put_admins(after);
      result.admins = after;
    }
    std::vector<ResultSink::Item> items;
    items.push_back({std::move(handler), std::move(result)});
    sink.deliver(std::move(items));
  }

  Directory& directory_;
  RowsLog& log_;
  const Clock& clock_;
  uint64_t sequence_ = 0;
};

class ListedSandbox final : public Sandbox {
 public:
  void send(std::vector<AcquirerRequest>) override {}
  StatusOr<SandboxEntry> entry(const std::string& reference) const override {
    const auto at = listed.find(reference);
    if (at == listed.end()) return not_found("the sandbox never saw {}", reference);
    return at->second;
  }
  Status entries(const std::string& after, const std::function<bool(const SandboxEntry&)>& visit) const override {
    for (auto at = listed.upper_bound(after); at != listed.end(); ++at)
      if (!visit(at->second)) break;
    return absl::OkStatus();
  }
  std::map<std::string, SandboxEntry> listed;
};

class AdminFixture {
 public:
  using Json = nlohmann::json;
  struct Answer {
    int status = 0;
    Json body;
    std::vector<std::pair<std::string_view, std::string>> headers;
    std::string text;
  };

  AdminFixture() {
    auto opened = open_directory(log, folder.path("pepper.key"), 4);
    REQUIRE(opened.ok());
    directory = *std::move(opened);
    port = std::make_unique<DecidingPort>(*directory, log, clock);
    make(true);
  }
  void make(bool with_test_clock) {
    AdminOptions options;
    options.token = Secret("admin-token");
    options.live_acquirers = {"psp"};
    options.api_versions = {"2023-08-16"};
    options.node_version = "0.1.0";
    options.partitions = 4;
    options.approvals = approvals;
    options.partner_certificates = options.own_certificates = asks_for_certificates;
    AdminPorts ports{.log = log,
                     .directory = *directory,
                     .commands = *port,
                     .clock = clock,
                     .engine_stats = [] { return EngineStats{.commands = 7}; },
                     .acquirer_summary = [] { return InDoubtSummary{.inquiries = 1, .reversals = 2, .in_flight = 3}; },
                     .ready = [this] { return ready; },
                     .sandbox = &sandbox,
                     .advance_clock = {},
                     .receipts = receipts,
                     .reports = reports};
    ports.resolving = [this](AcquirerAction action, Mode, const std::string& reference) -> std::optional<Resolving> {
      if (!resolving || reference.find("/pi_") == std::string::npos) return std::nullopt;
      Resolving found = *resolving;
      found.action = action;
      return found;
    };
    ports.ask_now = [this](AcquirerAction, Mode, const std::string& reference) {
      inquired.push_back(reference);
      return ask_now_answer;
    };
    if (with_test_clock) ports.advance_clock = [this](int64_t by_us) { clock.advance(by_us); };
    api = make_admin_api(std::move(options), std::move(ports));
  }

  Answer call(Method method, std::string_view target, const std::string& body = "",
              std::string_view authorization = "Bearer admin-token") {
    HttpRequest request;
    request.method = method;
    const std::size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
    request.body = body;
    request.authorization = authorization;
    request.peer = "192.0.2.7";
    request.client_certificate = client_certificate;
    Answer answer;
    int answers = 0;
    api->handle(request, sink, [&](HttpResponse response) {
      ++answers;
      answer.status = response.status;
      answer.text = response.body;
      answer.headers = response.headers;
      answer.body = Json::parse(response.body, nullptr, false);
    });
    CHECK(answers == 1);
    return answer;
  }
  Answer get(std::string_view target) { return call(Method::get, target); }
  Answer post(std::string_view target, const Json& body = Json::object()) {
    return call(Method::post, target, body.dump());
  }
  std::string create(const std::string& name) {
    const Answer made = post("/admin/v1/partners", {{"name", name}});
    REQUIRE(made.status == 200);
    return made.body["id"];
  }
  std::optional<AuthFailure> failure_of(const std::string& key) const {
    AuthFailure why{};
    if (directory->authenticate(key, clock.now_us(), why)) return std::nullopt;
    return why;
  }

  Folder folder;
  RowsLog log;
  TestClock clock;
  ListedSandbox sandbox;
  DirectSink sink;
  ReceiptPort* receipts = nullptr;
  Reports* reports = nullptr;
  bool ready = true;
  bool approvals = false;
  bool asks_for_certificates = true;
  std::string client_certificate;  // of the connection
  std::optional<Resolving> resolving;  // of every operation
  std::vector<std::string> inquired;
  AskNow ask_now_answer = AskNow::asked;
  std::unique_ptr<Directory> directory;
  std::unique_ptr<DecidingPort> port;
  std::unique_ptr<HttpHandler> api;
};

}  // namespace tollgate
