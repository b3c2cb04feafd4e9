// Looks at everything once a second: adds up what the threads wrote down, keeps six hours of it, finds the busiest partners,
// evaluates the alerts, and tells those who watch. One thread of its own; nothing on the path of a payment waits for it.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "tollgate/base/clock.h"
#include "tollgate/observe/alerts.h"
#include "tollgate/observe/metrics.h"
#include "tollgate/observe/node_facts.h"

namespace tollgate::observe {

struct MonitorOptions {
  std::string version;
  std::size_t partners_shown_max = 50;  // with series of their own in /metrics; the rest is "other"
  std::size_t watchers_max = 32;
  AlertLimits limits;
};

class Monitor {
 public:
  // `facts` is called from the monitor's thread, every five seconds.
  [[nodiscard]] static std::unique_ptr<Monitor> open(MonitorOptions options, Metrics& metrics, const Clock& clock,
                                                     std::function<NodeFacts()> facts);
  virtual ~Monitor() = default;

  virtual void start() = 0;
  virtual void stop() = 0;
  // Looks once, as its thread would (tests; the thread is not started then).
  virtual void tick(int64_t now_us) = 0;

  // Any thread.
  [[nodiscard]] virtual std::string prometheus() = 0;  // text exposition format
  [[nodiscard]] virtual std::string overview() = 0;    // JSON
  [[nodiscard]] virtual std::string history() = 0;     // JSON: the last hour of what the overview's charts show
  [[nodiscard]] virtual std::string alerts() = 0;      // JSON

  // Gets one server-sent event a second, from the monitor's thread; gives false when it wants no more. Must not block.
  // False: there are watchers_max already.
  using Watcher = std::function<bool(const std::string& event)>;
  [[nodiscard]] virtual bool watch(Watcher watcher) = 0;

  // Called with each alert that begins and ends, from the monitor's thread.
  virtual void on_alert(std::function<void(const Alert&)> told) = 0;
  // Called once a second by the monitor's thread, while it is alive.
  virtual void on_tick(std::function<void()> beat) = 0;
};

}  // namespace tollgate::observe
