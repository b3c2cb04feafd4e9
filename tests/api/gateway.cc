#include "api/gateway.h"


namespace tollgate::testing {

PartnerConfig Gateway::default_config() {
  PartnerConfig config;
  config.name = "Corner Shop";
  config.fees = {FeeRule{Currency(), 290, 30}};
  config.default_currency = *Currency::parse("usd");
  return config;
}

Gateway::Gateway(PartnerConfig config, Limits* limits) : clock(limits == nullptr ? TestClock::Base::system : TestClock::Base::fixed), limits_(limits) {
  log_ = open_memory_log();
  auto directory_opened = open_directory(*log_, folder_.path("pepper.key"), 2);
  REQUIRE(directory_opened.ok());
  directory = *std::move(directory_opened);
  auto vault_opened = open_vault(folder_.path("vault"));
  REQUIRE(vault_opened.ok());
  vault = std::make_unique<FragileVault>(*std::move(vault_opened));
  EngineOptions options;
  options.partitions = 2;
  options.limits = limits;
  auto engine_opened = Engine::open(options, *log_, clock, *directory, [](Status status) { FAIL(message_of(status)); });
  REQUIRE(engine_opened.ok());
  engine_ = *std::move(engine_opened);
  DispatcherOptions dispatcher_options;
  dispatcher_options.call_timeout_us = 200 * us_per_ms;
  dispatcher_options.inquiry_delay_first_us = 20 * us_per_ms;
  dispatcher_ = make_dispatcher(
      dispatcher_options,
      [this](Acquirer::Answered answered) -> std::unique_ptr<Acquirer> {
        SandboxOptions sandbox_options;
        sandbox_options.refund_pending_us = 50 * us_per_ms;
        auto sandbox = open_sandbox(
            folder_.path("sandbox"), sandbox_options,
            [this](PartnerId owner, Mode mode, std::string_view token) { return vault->reveal(owner, mode, token); }, std::move(answered),
            [this](const AcquirerRequest& refund, bool succeeded, DeclineCode code) { engine_->refund_settled(refund, succeeded, code); });
        REQUIRE(sandbox.ok());
        return *std::move(sandbox);
      },
      {}, [](PartnerId) { return std::string(); }, [this](auto answers) { engine_->answered(std::move(answers)); });
  engine_->start(*dispatcher_);
  views_ = std::make_unique<Views>(*log_);

  CreatePartner create;
  create.partner = partner;
  create.partition = directory->choose_partition();
  create.config = std::move(config);
  NewKey test = directory->new_key(Mode::test, KeyScope::all, clock.now_us(), random_);
  NewKey read = directory->new_key(Mode::test, KeyScope::read_only, clock.now_us(), random_);
  NewKey live = directory->new_key(Mode::live, KeyScope::all, clock.now_us(), random_);
  create.keys = {test.key, read.key, live.key};
  test_key = test.text;
  read_key = read.text;
  live_key = live.text;
  key = test_key;
  REQUIRE(command(std::move(create)).kind == CommandResult::Kind::done);
  forget_emails("generation 1");
  REQUIRE(emails->step().ok());
  REQUIRE(emails->whole());
}

void Gateway::forget_emails(const std::string& as_of) {
  api_.reset();
  auto opened = EmailIndex::open(*log_, *vault, as_of);
  REQUIRE(opened.ok());
  emails = *std::move(opened);
  api_ = std::make_unique<Api>(*engine_, *views_, *directory, *vault, clock,
                               ApiOptions{.public_base_url = "http://pay.test", .emails = emails.get(), .limits = limits_});
}

Gateway::~Gateway() {
  engine_->stop(us_per_second);
  dispatcher_->stop();
  engine_.reset();
}

CommandResult Gateway::command(PartnerCommand wanted) {
  Command command;
  command.partner = partner;
  command.mode = Mode::none;
  command.partition = 0;
  command.cause.request = RequestId{IdCore::make(clock.now_us(), 1, 1)};
  command.target = OnPartner{std::move(wanted)};
  std::optional<CommandResult> result;
  engine_->submit(std::move(command), sink, [&](CommandResult made) { result = std::move(made); });
  sink.run_until([&] { return result.has_value(); });
  return *std::move(result);
}

std::shared_ptr<Answer> Gateway::start(Method method, std::string_view target, std::string_view body, const Options& options) {
  const auto header = [&](const char* name) -> std::string_view {
    const auto found = options.headers.find(name);
    return found == options.headers.end() ? std::string_view() : std::string_view(found->second);
  };
  const std::string bearer = "Bearer " + key;
  HttpRequest request;
  request.method = method;
  const std::size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
  request.body = body;
  request.peer = peer;
  request.peer_network = peer_network;
  request.client_certificate = client_certificate;
  request.authorization = options.headers.count("Authorization") != 0 ? header("Authorization") : std::string_view(bearer);
  request.content_type = header("Content-Type");
  request.idempotency_key = header("Idempotency-Key");
  request.idempotency_key_given = options.headers.count("Idempotency-Key") != 0;
  request.stripe_version = header("Stripe-Version");
  request.stripe_account = header("Stripe-Account");
  auto answer = std::make_shared<Answer>();
  api_->handle(request, sink, [answer](HttpResponse response) {
    REQUIRE(answer->status == 0);
    answer->status = response.status;
    answer->text = response.body;
    answer->content_type = response.content_type;
    for (auto& [name, value] : response.headers) answer->headers[std::string(name)] = value;
    if (response.content_type == "application/json") {
      answer->body = Json::parse(response.body, nullptr, false);
      REQUIRE_FALSE(answer->body.is_discarded());
    }
  });
  return answer;
}

Answer Gateway::send(Method method, std::string_view target, std::string_view body, const Options& options) {
  const auto answer = start(method, target, body, options);
  sink.run_until([&] { return answer->status != 0; });
  CHECK(answer->header("Request-Id").starts_with("req_"));
  return *answer;
}

Answer Gateway::post(std::string_view path, std::string_view form, const std::string& idempotency_key) {
  Options options;
  if (!idempotency_key.empty()) options.headers["Idempotency-Key"] = idempotency_key;
  return send(Method::post, path, form, options);
}

}  // namespace tollgate::testing
