// How a node is watched: its metrics, monitor, alerts, probes and the service manager. Made before the parts, told of them when they
// are all there.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cli/node_alerts.h"
#include "cli/node_facts.h"
#include "tollgate/observe/metrics.h"
#include "tollgate/observe/monitor.h"

namespace tollgate::cli {

class NodeObserver {
 public:
  NodeObserver(const Config& config, const DataPaths& paths, const Clock& clock, observe::Log* log);
  ~NodeObserver();

  // nullptr: nothing is to be measured.
  [[nodiscard]] observe::Metrics* metrics() { return metrics_.get(); }
  [[nodiscard]] observe::Monitor* monitor() { return monitor_.get(); }

  // Parts that come later add what they know, before watch(). Asked every few seconds, by the monitor's thread, until stop().
  void add(FactSource source) { sources_.push_back(std::move(source)); }

  // All parts are there: begins to look at them.
  void watch(NodeParts parts);
  // Before the parts go.
  void stop();

  enum class State : uint8_t { starting, serving, draining, failed };
  void set(State state) { state_ = state; }
  // Empty: ready.
  [[nodiscard]] std::vector<std::string> not_ready_because() const;
  // In front of the partner API: answers /livez and /readyz, and passes on all else.
  [[nodiscard]] HttpHandler& with_probes(HttpHandler& api);
  // In front of the admin API: a line for each change that was asked for, and for each wrong token.
  [[nodiscard]] HttpHandler& with_log(HttpHandler& admin);

  // Where alerts go from now on, those that wait included. After an error they go where they went before.
  [[nodiscard]] Status set_webhook(const Config& config);

 private:
  class Probes;
  class AdminLog;
  void tell(const observe::Alert& alert);
  [[nodiscard]] Status post_alert(const std::string& body);
  void add_webhook(observe::NodeFacts& facts);
  void beat();

  const DataPaths paths_;
  const Clock& clock_;
  observe::Log* const log_;
  std::unique_ptr<observe::Metrics> metrics_;
  std::unique_ptr<observe::Monitor> monitor_;
  std::unique_ptr<NodeParts> parts_;
  std::vector<FactSource> sources_;
  std::unique_ptr<Probes> probes_;
  std::unique_ptr<AdminLog> admin_log_;
  std::atomic<State> state_{State::starting};
  std::atomic<const Engine*> engine_{nullptr};
  std::mutex webhook_mutex_;
  std::shared_ptr<AlertPost> alert_post_;
  std::unique_ptr<observe::Webhook> webhook_;
  int64_t watchdog_us_ = 0, beat_at_us_ = 0;
};

}  // namespace tollgate::cli
