#include "cli/node.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <mutex>

#include "cli/node_acquirers.h"
#include "cli/node_backup.h"
#include "cli/node_caches.h"
#include "cli/node_certificates.h"
#include "cli/node_clock.h"
#include "cli/node_doubt.h"
#include "cli/node_followers.h"
#include "cli/node_limits.h"
#include "cli/node_observe.h"
#include "cli/node_options.h"
#include "cli/node_reload.h"
#include "cli/node_reports.h"
#include "cli/node_sockets.h"
#include "cli/node_transparency.h"
#include "cli/service_manager.h"
#include "cli/node_vault.h"
#include "cli/signals.h"
#include "cli/version.h"
#include "tollgate/admin/admin.h"
#include "tollgate/api/api.h"
#include "tollgate/api/email_index.h"
#include "tollgate/api/handler_around.h"
#include "tollgate/backup/keys.h"
#include "tollgate/directory/secret_file.h"
#include "tollgate/eventlog/anchored.h"
#include "tollgate/projection/views.h"
#include "tollgate/vault/vault.h"

namespace tollgate::cli {
namespace {

constexpr std::size_t admin_token_characters = 43;  // 256 bits of base62
constexpr uint32_t admin_drain_ms = 1'000;

// A listener needs its handler before its port is known, and the API needs the port: requests come only after serve().
class LateHandler final : public HandlerAround {
 public:
  void set(HttpHandler& handler) { inner_ = &handler; }
};

Status make_data_directory(const std::string& path) {
  std::error_code failed;
  const bool existed = std::filesystem::exists(path, failed);
  std::filesystem::create_directories(path, failed);
  if (failed) return unavailable("cannot create the data directory {}: {}", path, failed.message());
  if (!existed) (void)::chmod(path.c_str(), 0700);
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0)
    return unavailable("cannot write into the data directory {}", path);
  return absl::OkStatus();
}

class NodeImpl final : public Node {
 public:
  explicit NodeImpl(NodeOptions options)
      : options_(std::move(options)),
        config_(options_.config),
        paths_{config_.data_dir},
        observer_(config_, paths_, clock_.get(), options_.log) {}

  ~NodeImpl() override { stop(0); }

  Status open() {
    TOLLGATE_RETURN_IF_ERROR(make_data_directory(paths_.root));
    TOLLGATE_RETURN_IF_ERROR(observer_.set_webhook(config_));
    TOLLGATE_RETURN_IF_ERROR(check_restored(paths_.root));
    if (options_.test_clock) TOLLGATE_RETURN_IF_ERROR(clock_.restore(paths_.test_clock()));
    TOLLGATE_RETURN_IF_ERROR(open_state());
    warn_of_clock_behind(*own_log_, clock_.get());
    TOLLGATE_ASSIGN_OR_RETURN(transparency_, open_transparency(config_, *log_));
    TOLLGATE_RETURN_IF_ERROR(open_engine());
    TOLLGATE_ASSIGN_OR_RETURN(reports_, open_reports(config_, *log_, *engine_, clock_.get()));
    TOLLGATE_RETURN_IF_ERROR(open_listeners());
    observer_.add(vault_facts(*vault_));
    observer_.add([followers = std::make_shared<Followers>(*log_, transparency_.get(), *backups_, reports_.get())](observe::NodeFacts& facts) {
      followers->add_to(facts);
    });
    observer_.add(cache_facts({*own_log_, *engine_, *vault_, sandbox_, transparency_.get()}));
    observer_.watch({*log_, *directory_, *engine_, *dispatcher_, *api_server_, *admin_server_});
    return absl::OkStatus();
  }

  void serve() override {
    ready_ = true;
    if (transparency_) transparency_->start();
    emails_->start([](const std::string& what) { spdlog::info("{}", what); });
    if (reports_) reports_->start();
    observer_.set(NodeObserver::State::serving);
    api_server_->start();
    admin_server_->start();
    (void)tell_service_manager("READY=1");
    spdlog::info("serving: api {}, admin {}, data {}, {} partners", api_url_, admin_url_, paths_.root,
                 directory_->size());
  }

  Status run() override {
    int signal = stop_signal_.wait();
    while (signal == SIGHUP) {
      reload({config_, options_.config_path, options_.log, observer_, *api_server_, *admin_server_});
      signal = stop_signal_.wait();
    }
    if (signal != 0) {
      (void)tell_service_manager("STOPPING=1");
      tell_the_balancer();
      spdlog::info("stopping: signal {}, draining for up to {} ms", signal, config_.drain_timeout_ms);
      stop(config_.drain_timeout_ms);
    } else {
      stop(0);
    }
    const std::scoped_lock lock(failure_mutex_);
    if (failure_.ok()) spdlog::info("stopped");
    return failure_;
  }

  std::string api_url() const override { return api_url_; }
  std::string admin_url() const override { return admin_url_; }
  std::string admin_token() const override { return admin_token_; }
  Directory& directory() override { return *directory_; }
  CommandPort& commands() override { return *engine_; }
  const Clock& clock() const override { return clock_.get(); }

 private:
  Status open_state() {
    const AnchoredLogOptions how{.log = log_options(config_, options_.sync_delay_us),
                                 .failed = failure_handler("the event log"),
                                 .warn = [](const std::string& what) { spdlog::warn("{}", what); }};
    TOLLGATE_ASSIGN_OR_RETURN(auto log, open_anchored_log(paths_.log(), paths_.anchor(), how));
    own_log_ = log.get();
    std::error_code ignored;
    std::filesystem::remove(paths_.admin_url(), ignored);  // of one that was killed
    TOLLGATE_ASSIGN_OR_RETURN(generation_, begin_configured_generation(config_, *log));
    TOLLGATE_ASSIGN_OR_RETURN(log_, with_configured_archive(config_, std::move(log)));
    TOLLGATE_ASSIGN_OR_RETURN(const std::vector<uint32_t> partitions, log_->partitions());
    if (!partitions.empty()) TOLLGATE_RETURN_IF_ERROR(keep_partitions(partitions.back(), "records"));
    TOLLGATE_ASSIGN_OR_RETURN(directory_,
                              open_directory(*log_, paths_.pepper(), static_cast<uint32_t>(config_.partitions)));
    // Also of those who have taken no payment yet.
    TOLLGATE_RETURN_IF_ERROR(keep_partitions(last_partition_of(*directory_), "partners"));
    TOLLGATE_ASSIGN_OR_RETURN(vault_, open_configured_vault(config_, paths_.vault(), failure_handler("the vault")));
    const std::string token_file = config_.admin_token_file.empty() ? paths_.admin_token() : config_.admin_token_file;
    TOLLGATE_ASSIGN_OR_RETURN(const Secret token, load_or_make_secret_file(token_file, [] {
                                return SystemRandom().base62(admin_token_characters);
                              }));
    if (token.empty()) return failed_precondition("{} is empty: delete it to have a new token made", token_file);
    admin_token_ = token.reveal();
    // Of its own: whoever collects the metrics need not be able to change anything.
    TOLLGATE_ASSIGN_OR_RETURN(const Secret metrics_token, load_or_make_secret_file(paths_.metrics_token(), [] {
                                return SystemRandom().base62(admin_token_characters);
                              }));
    metrics_token_ = metrics_token.reveal();
    return absl::OkStatus();
  }

  // What is there stays where it is.
  Status keep_partitions(uint32_t last, std::string_view what) {
    if (options_.keep_partitions) config_.partitions = std::max<int64_t>(config_.partitions, last);
    if (last <= config_.partitions) return absl::OkStatus();
    return failed_precondition("engine.partitions is {}, but {} holds {} of partition {}: partitions may only grow in number", config_.partitions,
                               paths_.root, what, last);
  }

  Status open_engine() {
    limits_ = std::make_unique<Limits>(limits_options(config_));
    EngineOptions engine_how = engine_options(config_, observer_.metrics());
    engine_how.epoch_min = generation_.epoch_min();
    engine_how.limits = limits_.get();
    engine_how.contradicted = [this](const Contradiction& one) { contradictions_.note(one); };
    observer_.add([this](observe::NodeFacts& facts) { contradictions_.add_to(facts); });
    TOLLGATE_ASSIGN_OR_RETURN(engine_, Engine::open(engine_how, *log_, clock_.get(), *directory_, failure_handler("the event log")));
    Status sandbox_status, live_status;
    TOLLGATE_ASSIGN_OR_RETURN(auto live, live_acquirers(config_, *vault_, live_status));
    dispatcher_ = make_dispatcher(
        dispatcher_options(config_, observer_.metrics()),
        [&](Acquirer::Answered answered) { return make_sandbox(std::move(answered), sandbox_status); }, std::move(live),
        [directory = directory_.get()](PartnerId id) {
          const auto partner = directory->find(id);
          return partner == nullptr ? std::string() : partner->config.live_acquirer;
        },
        [engine = engine_.get()](auto answers) { engine->answered(std::move(answers)); });
    TOLLGATE_RETURN_IF_ERROR(sandbox_status);
    TOLLGATE_RETURN_IF_ERROR(live_status);
    TOLLGATE_ASSIGN_OR_RETURN(backups_, open_backup_service(config_, *own_log_, *vault_, sandbox_));
    engine_->start(*dispatcher_);
    backups_->start();
    return absl::OkStatus();
  }

  std::unique_ptr<Acquirer> make_sandbox(Acquirer::Answered answered, Status& status) {
    auto sandbox = open_sandbox(
        paths_.sandbox(), sandbox_options(config_),
        [vault = vault_.get()](PartnerId partner, Mode mode, std::string_view token) {
          return vault->reveal(partner, mode, token);
        },
        std::move(answered),
        [engine = engine_.get()](const AcquirerRequest& refund, bool succeeded, DeclineCode code) {
          engine->refund_settled(refund, succeeded, code);
        },
        failure_handler("the sandbox"));
    status = sandbox.status();
    if (!sandbox.ok()) return nullptr;
    sandbox_ = sandbox->get();
    return *std::move(sandbox);
  }

  Status open_listeners() {
    TOLLGATE_ASSIGN_OR_RETURN(const Endpoint api, parse_endpoint(config_.api.listen));
    TOLLGATE_ASSIGN_OR_RETURN(const Endpoint admin, parse_endpoint(config_.admin.listen));
    TOLLGATE_ASSIGN_OR_RETURN(InheritedSockets inherited, InheritedSockets::find());
    HttpServerOptions api_listener = server_options(config_, config_.api, api);
    HttpServerOptions admin_options = server_options(config_, config_.admin, admin);
    api_listener.inherited_socket = inherited.take(api);
    admin_options.inherited_socket = inherited.take(admin);
    admin_options.io_threads = 1;
    // The configuration stays what was asked for: a reload is compared with it.
    api_listener.connections_max = admin_options.connections_max = static_cast<uint32_t>(connections_that_fit(config_.connections_max));
    TOLLGATE_RETURN_IF_ERROR(inherited.check_all_taken(config_));
    TOLLGATE_ASSIGN_OR_RETURN(api_server_, HttpServer::open(std::move(api_listener), api_handler_, "api"));
    TOLLGATE_ASSIGN_OR_RETURN(admin_server_, HttpServer::open(std::move(admin_options), admin_handler_, "admin"));
    api_url_ = api.url(!config_.api.tls_key.empty(), api_server_->port());
    admin_url_ = admin.url(!config_.admin.tls_key.empty(), admin_server_->port());

    views_ = std::make_unique<Views>(*log_);
    TOLLGATE_ASSIGN_OR_RETURN(emails_, EmailIndex::open(*log_, *vault_, fmt::format("generation {}", generation_.number)));
    ApiOptions api_options;
    api_options.public_base_url = config_.public_url.empty() ? api_url_ : config_.public_url;
    api_options.receipts = transparency_.get();
    api_options.metrics = observer_.metrics();
    api_options.log = options_.log;
    api_options.server_timing = config_.server_timing == "on";
    api_options.emails = emails_.get();
    api_options.limits = limits_.get();
    api_ = std::make_unique<Api>(*engine_, *views_, *directory_, *vault_, clock_.get(), std::move(api_options));
    api_handler_.set(observer_.with_probes(*api_));
    admin_ = make_admin();
    admin_handler_.set(observer_.with_log(*admin_));
    return write_secret_file(paths_.admin_url(), admin_url_ + "\n");
  }

  std::unique_ptr<HttpHandler> make_admin() {
    AdminOptions options;
    if (config_.admin_bootstrap_token == "on") options.token = Secret(admin_token_);
    else if (directory_->admins()->active_officers() == 0)
      spdlog::warn("admin.bootstrap_token is off and there is no security officer: nobody can make admin users");
    options.approvals = config_.admin_approvals == "on";
    options.partner_certificates = config_.api.asks_for_certificates();
    options.own_certificates = config_.admin.asks_for_certificates();
    warn_of_partners_locked_out(config_, *directory_);
    options.approval_valid_s = config_.admin_approval_valid_h * 3'600;
    options.metrics_token = Secret(metrics_token_);
    options.node_version = version;
    options.partitions = static_cast<uint32_t>(config_.partitions);
    for (const std::string& name : acquirer_names(config_)) options.live_acquirers.push_back(name);
    AdminPorts ports{.log = *log_,
                     .directory = *directory_,
                     .commands = *engine_,
                     .clock = clock_.get(),
                     .engine_stats = [engine = engine_.get()] { return engine->stats(); },
                     .acquirer_summary = [dispatcher = dispatcher_.get()] { return dispatcher->summary(); },
                     .ready = [this] { return ready_.load(); },
                     .not_ready_because = [this] { return observer_.not_ready_because(); },
                     .monitor = observer_.monitor(),
                     .node_log = options_.log,
                     .sandbox = sandbox_,
                     .advance_clock = {},
                     .static_log = transparency_.get(),
                     .receipts = transparency_.get(),
                     .backup_status = [backups = backups_.get()] { return backups->status_json(); },
                     .begin_backup = [backups = backups_.get()](const std::string& to) { return backups->begin_backup(to); },
                     .limits = limits_.get(),
                     .waiting = [engine = engine_.get()](const Partner& partner, Mode mode) {
                       return engine->waiting(partner.partition, partner.id, mode);
                     }};
    ports.reports = reports_.get();
    add_vault_ports(ports, *vault_);
    add_doubt_ports(ports, *dispatcher_);
    if (options_.test_clock)
      ports.advance_clock = [this](int64_t by_us) {
        clock_.advance(by_us);
        engine_->poke_timers();
      };
    return make_admin_api(std::move(options), std::move(ports));
  }

  [[nodiscard]] std::function<void(Status)> failure_handler(std::string who) {
    return [this, who = std::move(who)](Status status) {
      fail(who, std::move(status));
    };
  }

  // From any thread.
  void fail(const std::string& who, Status status) {
    spdlog::error("{} took no more: {}; stopping, {}", who, message_of(status),
                  absl::IsDataLoss(status) ? "restore what is damaged from a backup"
                                           : "a restart goes on from what is durable");
    {
      const std::scoped_lock lock(failure_mutex_);
      if (failure_.ok()) failure_ = std::move(status);
    }
    ready_ = false;
    observer_.set(NodeObserver::State::failed);
    stop_signal_.raise();
  }

  // While the balancer finds out, everything is served as before. A second signal, or a failure, cuts it short.
  void tell_the_balancer() {
    observer_.set(NodeObserver::State::draining);
    if (config_.drain_delay_ms == 0) return;
    spdlog::info("stopping: not ready from now on, serving for another {} ms", config_.drain_delay_ms);
    api_server_->wind_down();
    admin_server_->wind_down();
    (void)stop_signal_.wait(static_cast<int>(config_.drain_delay_ms));
  }

  // New connections first, then requests in work, then the engine, which waits for the acquirer.
  void stop(int64_t drain_ms) {
    if (std::exchange(stopped_, true)) return;
    ready_ = false;
    if (observer_.not_ready_because().empty()) observer_.set(NodeObserver::State::draining);
    const int64_t deadline_us = monotonic_us() + drain_ms * us_per_ms;
    const auto left_us = [&] { return std::max<int64_t>(deadline_us - monotonic_us(), 0); };
    if (api_server_) api_server_->stop(static_cast<uint32_t>(drain_ms));
    if (admin_server_) admin_server_->stop(std::min(admin_drain_ms, static_cast<uint32_t>(drain_ms)));
    observer_.stop();
    // What waits for a stored card is answered by the listeners' threads, as long as they are there.
    if (vault_) vault_->stop();
    if (emails_) emails_->stop();
    if (engine_) engine_->stop(left_us());
    if (dispatcher_) dispatcher_->stop();
    if (transparency_) transparency_->stop();
    if (reports_) reports_->stop();
    if (backups_) backups_->stop();
    std::error_code ignored;
    std::filesystem::remove(paths_.admin_url(), ignored);
  }

  // Destroyed from the last to the first: listeners, what answers them, the dispatcher with its acquirers, then the
  // engine.
  NodeOptions options_;
  Config& config_;
  const DataPaths paths_;
  StopSignal stop_signal_;
  NodeClock clock_;  // moved by the admin listener alone, which has one thread
  std::mutex failure_mutex_;
  Status failure_;
  std::atomic<bool> ready_{false};
  bool stopped_ = false;
  std::string admin_token_, metrics_token_, api_url_, admin_url_;
  Contradictions contradictions_;
  NodeObserver observer_;  // before all that it measures
  std::unique_ptr<EventLog> log_;
  LogGeneration generation_;
  EventLog* own_log_ = nullptr;  // behind log_: without what is read from the archive
  std::unique_ptr<Transparency> transparency_;
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<Limits> limits_;
  std::unique_ptr<Engine> engine_;
  Sandbox* sandbox_ = nullptr;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<BackupService> backups_;
  std::unique_ptr<Reports> reports_;
  std::unique_ptr<Views> views_;
  std::unique_ptr<EmailIndex> emails_;
  std::unique_ptr<HttpHandler> api_, admin_;
  LateHandler api_handler_, admin_handler_;
  std::unique_ptr<HttpServer> api_server_, admin_server_;
};

}  // namespace

StatusOr<std::unique_ptr<Node>> Node::open(NodeOptions options) {
  protect_memory();
  auto node = std::make_unique<NodeImpl>(std::move(options));
  if (Status status = node->open(); !status.ok()) {
    // Not closed: give_up() says why.
    static_cast<void>(node.release());
    return status;
  }
  return StatusOr<std::unique_ptr<Node>>(std::move(node));
}

}  // namespace tollgate::cli
