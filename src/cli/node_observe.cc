#include "cli/node_observe.h"

#include <spdlog/spdlog.h>

#include "cli/service_manager.h"
#include "cli/version.h"
#include "tollgate/api/handler_around.h"
#include "tollgate/payment/types.h"
#include "tollgate/record/names.h"

namespace tollgate::cli {
namespace {

// A node whose engine has been at one round for so long takes no payments, whatever it says.
constexpr int64_t round_ready_max_us = 10 * us_per_second;

template <class E>
std::vector<std::string> names_of_all(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(count, enum_names<E>.size()); ++i) names.emplace_back(enum_names<E>[i]);
  return names;
}

}  // namespace

class NodeObserver::Probes final : public HandlerAround {
 public:
  Probes(const NodeObserver& node, HttpHandler& api) : HandlerAround(api), node_(node) {}
  // From the head alone: a probe has no body that anyone would wait for.
  std::optional<HttpResponse> admit(const HttpRequest& head, std::unique_ptr<Admission>& admission) override {
    const bool live = head.path == "/livez";
    if (!live && head.path != "/readyz") return inner_->admit(head, admission);
    // Whoever reaches this listener may ask; why not is for operators.
    HttpResponse response;
    const bool good = live || node_.not_ready_because().empty();
    response.status = good ? 200 : 503;
    response.content_type = "text/plain";
    response.body = good ? "ok\n" : "not ready\n";
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
  }

 private:
  const NodeObserver& node_;
};

class NodeObserver::AdminLog final : public HandlerAround {
 public:
  explicit AdminLog(HttpHandler& admin) : HandlerAround(admin) {}
  void handle(const HttpRequest& request, ResultSink& sink, Respond respond) override {
    const bool changes = request.method != Method::get;
    inner_->handle(request, sink, [respond = std::move(respond), changes, path = std::string(request.path.substr(0, path_bytes_max)),
                                  peer = std::string(request.peer)](HttpResponse response) mutable {
      if (response.status == 401) spdlog::warn("admin: {} was asked for by {} without the right token", path, peer);
      else if (changes) spdlog::info("admin: {} asked for {}: {}", peer, path, response.status);
      respond(std::move(response));
    });
  }

 private:
  static constexpr std::size_t path_bytes_max = 200;
};

NodeObserver::NodeObserver(const Config& config, const DataPaths& paths, const Clock& clock, observe::Log* log)
    : paths_(paths), clock_(clock), log_(log), watchdog_us_(watchdog_interval_us()) {
  if (config.metrics != "on") return;
  metrics_ = std::make_unique<observe::Metrics>();
  metrics_->name_declines(names_of_all<DeclineCode>(observe::decline_codes_max));
  metrics_->name_actions(names_of_all<AcquirerAction>(observe::actions_max));
  observe::MonitorOptions options;
  options.version = version;
  options.partners_shown_max = static_cast<std::size_t>(config.partners_shown_max);
  monitor_ = observe::Monitor::open(std::move(options), *metrics_, clock_, [this] {
    observe::NodeFacts facts = facts_of(*parts_, paths_, clock_, log_);
    facts.not_ready_because = not_ready_because();
    facts.ready = facts.not_ready_because.empty();
    add_webhook(facts);
    for (const FactSource& source : sources_) source(facts);
    return facts;
  });
  monitor_->on_alert([this](const observe::Alert& alert) { tell(alert); });
  monitor_->on_tick([this] { beat(); });
}

NodeObserver::~NodeObserver() { stop(); }

void NodeObserver::watch(NodeParts parts) {
  parts_ = std::make_unique<NodeParts>(parts);
  engine_ = &parts_->engine;
  if (monitor_ != nullptr) monitor_->start();
  if (monitor_ == nullptr && watchdog_us_ != 0)
    spdlog::warn("the service manager expects to hear from a watchdog, which is the monitor: set observe.metrics to \"on\", or WatchdogSec=0");
}

void NodeObserver::stop() {
  if (monitor_ != nullptr) monitor_->stop();
  engine_ = nullptr;
}

std::vector<std::string> NodeObserver::not_ready_because() const {
  std::vector<std::string> because;
  switch (state_.load()) {
    case State::starting: because.emplace_back("starting"); break;
    case State::serving: break;
    case State::draining: because.emplace_back("draining: it is about to stop"); break;
    case State::failed: because.emplace_back("the event log takes no more writes"); break;
  }
  if (const Engine* engine = engine_.load()) {
    const int64_t round_us = engine->stats().round_in_work_us;
    if (round_us > round_ready_max_us)
      because.push_back(fmt::format("an engine thread has been at one round for {} s: is the disk stuck?", round_us / us_per_second));
  }
  return because;
}

HttpHandler& NodeObserver::with_log(HttpHandler& admin) {
  admin_log_ = std::make_unique<AdminLog>(admin);
  return *admin_log_;
}

HttpHandler& NodeObserver::with_probes(HttpHandler& api) {
  probes_ = std::make_unique<Probes>(*this, api);
  return *probes_;
}

Status NodeObserver::set_webhook(const Config& config) {
  TOLLGATE_ASSIGN_OR_RETURN(std::shared_ptr<AlertPost> post, AlertPost::open(config));
  // They end after the lock is given back: one may be in work, and wants the lock.
  std::unique_ptr<observe::Webhook> before;
  const std::scoped_lock lock(webhook_mutex_);
  alert_post_.swap(post);
  if (alert_post_ == nullptr) before = std::exchange(webhook_, nullptr);
  else if (webhook_ == nullptr && monitor_ != nullptr) webhook_ = observe::Webhook::open([this](const std::string& body) { return post_alert(body); });
  return absl::OkStatus();
}

Status NodeObserver::post_alert(const std::string& body) {
  std::shared_ptr<AlertPost> post;
  {
    const std::scoped_lock lock(webhook_mutex_);
    post = alert_post_;
  }
  return post == nullptr ? absl::OkStatus() : post->post(body);
}

void NodeObserver::add_webhook(observe::NodeFacts& facts) {
  const std::scoped_lock lock(webhook_mutex_);
  if (webhook_ == nullptr) return;
  const observe::WebhookStats stats = webhook_->stats();
  const auto add = [&](const char* name, const char* help, uint64_t value) { facts.samples.push_back({name, help, true, {}, static_cast<double>(value)}); };
  add("tollgate_alert_webhook_sent_total", "Alerts that the webhook has taken.", stats.sent);
  add("tollgate_alert_webhook_failed_total", "Attempts that it did not take.", stats.failed_attempts);
  add("tollgate_alert_webhook_dropped_total", "Alerts that were given up.", stats.dropped);
}

void NodeObserver::tell(const observe::Alert& alert) {
  if (alert.firing) spdlog::warn("alert {}{}{}: {}", alert.name, alert.about.empty() ? "" : " ", alert.about, alert.summary);
  else spdlog::info("alert {}{}{} is over", alert.name, alert.about.empty() ? "" : " ", alert.about);
  const std::scoped_lock lock(webhook_mutex_);
  if (webhook_ != nullptr) webhook_->send(alert);
}

// Only a node that gets on is alive: the service manager restarts one that does not.
void NodeObserver::beat() {
  if (watchdog_us_ == 0) return;
  const int64_t now_us = monotonic_us();
  if (now_us - beat_at_us_ < watchdog_us_ / 4) return;
  const Engine* engine = engine_.load();
  if (engine == nullptr || engine->stats().round_in_work_us > watchdog_us_ / 2) return;
  beat_at_us_ = now_us;
  (void)tell_service_manager("WATCHDOG=1");
}

}  // namespace tollgate::cli
