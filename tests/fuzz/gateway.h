// A whole gateway in memory, on the caller's thread: the real API and the real decisions over the memory log; a vault and an acquirer that
// keep nothing and approve everything. What a request leaves behind can be audited.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/processor.h"
#include "tollgate/api/api.h"
#include "tollgate/base/assert.h"
#include "tollgate/base/random.h"
#include "tollgate/eventlog/memory.h"

namespace tollgate::fuzz {

inline constexpr std::string_view secret_key = "sk_test_fuzz";

// One partner, one key.
class OnePartner final : public Directory {
 public:
  std::optional<Authenticated> authenticate(std::string_view key, int64_t, AuthFailure& why) const override {
    why = AuthFailure::unknown;
    if (key != secret_key || partner_ == nullptr) return std::nullopt;
    return Authenticated{.partner = partner_, .mode = Mode::test, .scope = KeyScope::all, .key_id = "fuzzfuzzfuzz"};
  }
  std::shared_ptr<const Partner> find(PartnerId id) const override {
    return partner_ != nullptr && partner_->id == id ? partner_ : nullptr;
  }
  std::vector<std::shared_ptr<const Partner>> list(PartnerId, std::size_t) const override { return {}; }
  std::size_t size() const override { return 1; }
  uint32_t choose_partition() const override { return 1; }
  void put(std::shared_ptr<const Partner> partner) override { partner_ = std::move(partner); }
  NewKey new_key(Mode, KeyScope, int64_t, Random&) const override { return {}; }

 private:
  std::shared_ptr<const Partner> partner_;
};

class OpenVault final : public Vault {
 public:
  void store(PartnerId, Mode, Secret number, uint8_t exp_month, uint16_t exp_year,
      absl::AnyInvocable<void(StatusOr<StoredCard>)> done) override {
    if (check_card(number.reveal()) != DeclineCode::none) return done(invalid_argument("this is no card number"));
    StoredCard stored;
    stored.token = "tok_000000000000000000000000";
    stored.card.brand = brand_of(number.reveal());
    stored.card.last4 = number.reveal().substr(number.reveal().size() - 4);
    stored.card.exp_month = exp_month;
    stored.card.exp_year = exp_year;
    stored.card.fingerprint = "0000000000000000";
    done(std::move(stored));
  }
  StatusOr<Secret> reveal(PartnerId, Mode, std::string_view) override { return not_found("no card"); }
  StatusOr<std::string> seal(PartnerId, Mode, std::string_view, std::string_view clear) override { return std::string(clear); }
  StatusOr<std::string> open(PartnerId, Mode, std::string_view sealed) override { return std::string(sealed); }
  Status erase(PartnerId, Mode, std::string_view) override { return absl::OkStatus(); }
  Status make_findable(std::string_view, const FindableBy&) override { return absl::OkStatus(); }
  Status make_existing_findable(std::string_view, std::span<const FindableBy>) override { return absl::OkStatus(); }
  StatusOr<std::vector<std::string>> find(std::string_view, PartnerId, Mode, std::string_view, const FindPage&) override {
    return std::vector<std::string>();
  }
  StatusOr<bool> findable_whole(std::string_view, std::string_view) override { return false; }
  Status set_findable_whole(std::string_view, std::string_view) override { return absl::OkStatus(); }
  std::string derive(std::string_view, std::string_view, std::size_t characters) override { return std::string(characters, 'd'); }
};

class Gateway final : public CommandPort, public ResultSink {
 public:
  Gateway() : log_(open_memory_log()), processor_(options_, *log_, clock_, directory_), views_(*log_) {
    std::vector<engine::Input> inputs;
    std::vector<AcquirerRequest> requests;
    for (uint32_t partition = 0; partition <= 1; ++partition) must(processor_.recover(partition, inputs, requests));
    CreatePartner create;
    create.partner = PartnerId{42};
    create.partition = 1;
    create.config.name = "Corner Shop";
    create.config.fees = {FeeRule{Currency(), 290, 30}};
    create.config.default_currency = *Currency::parse("usd");
    create.keys = {ApiKey{.id = "fuzzfuzzfuzz", .mode = Mode::test, .hash = std::string(32, 'h'), .created_us = clock_.now_us()}};
    Command command;
    command.partner = create.partner;
    command.mode = Mode::none;
    command.cause.request = RequestId{IdCore::make(clock_.now_us(), 1, 1)};
    command.target = OnPartner{std::move(create)};
    submit(std::move(command), *this, [](CommandResult result) { TOLLGATE_ASSERT(result.kind == CommandResult::Kind::done); });
    run();
    api_ = std::make_unique<Api>(*this, views_, directory_, vault_, clock_, ApiOptions{});
  }

  [[nodiscard]] const EventLog& log() const { return *log_; }

  // Exactly one answer, whatever was asked.
  HttpResponse handle(const HttpRequest& request) {
    std::optional<HttpResponse> answer;
    api_->handle(request, *this, [&](HttpResponse response) {
      TOLLGATE_ASSERT(!answer);
      answer = std::move(response);
    });
    run();
    TOLLGATE_ASSERT(answer);
    clock_.advance(us_per_second);
    return *std::move(answer);
  }

  void submit(Command command, ResultSink& sink, ResultHandler handler) override {
    inputs_.push_back({std::move(command), &sink, std::move(handler)});
  }
  void deliver(std::vector<Item> items) override {
    for (Item& item : items) item.handler(std::move(item.result));
  }

 private:
  static void must(const Status& status) { TOLLGATE_ASSERT(status.ok()); }

  // Rounds until nothing is left to do.
  void run() {
    while (!inputs_.empty()) {
      for (engine::Input& input : std::exchange(inputs_, {})) must(processor_.process(input));
      auto requests = processor_.commit();
      must(requests.status());
      for (const AcquirerRequest& request : *requests) inputs_.push_back(approved(request));
    }
  }

  static engine::Input approved(const AcquirerRequest& request) {
    engine::Input input;
    input.command.partner = request.partner;
    input.command.mode = request.mode;
    input.command.partition = request.partition;
    if (!request.setup.empty()) {
      OnCustomerObject target;
      target.setup = request.setup;
      target.command = ApplySetupOutcome{.operation = request.operation, .outcome = Outcome::approved, .code = DeclineCode::none};
      input.command.target = std::move(target);
      return input;
    }
    ApplyOutcome outcome;
    outcome.operation = request.operation;
    outcome.outcome = Outcome::approved;
    outcome.reversal = request.action == AcquirerAction::reverse;
    outcome.amount = request.amount;
    outcome.currency = request.currency;
    OnPayment target;
    target.payment = request.payment;
    target.command = outcome;
    input.command.target = std::move(target);
    return input;
  }

  const EngineOptions options_{.partitions = 1, .batch_commands_max = 16, .cached_payments_max = 64};
  TestClock clock_;
  std::unique_ptr<EventLog> log_;
  OnePartner directory_;
  OpenVault vault_;
  engine::Processor processor_;
  Views views_;
  std::unique_ptr<Api> api_;
  std::vector<engine::Input> inputs_;
};

}  // namespace tollgate::fuzz
