// Alerts that a node finds by itself, for those who have no Prometheus: the conditions of config/prometheus/alerts.yml, by the same
// names.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tollgate/base/status.h"

namespace tollgate::observe {

struct Alert {
  std::string name;      // "InDoubtTooOld"
  std::string about;     // which partner, say; empty: the node
  std::string severity;  // "page" or "ticket"
  std::string summary;
  int64_t since_us = 0;  // UTC
  bool firing = true;    // false: it is over
};

// Objectives. Thousandths and per cent as whole numbers.
struct AlertLimits {
  uint32_t failed_per_100000 = 100;         // requests that may fail by our fault: 99.9 % available
  uint32_t slow_per_100000 = 1'000;         // requests that may take longer than slow_us: 99 % are faster
  uint32_t slow_us = 500'000;               // one of latency_bounds_us
  uint32_t approval_drop_percent = 25;      // of a partner's own approval rate
  int64_t in_doubt_age_max_s = 900;
  uint32_t disk_free_percent_min = 15;
  uint32_t disk_free_percent_critical = 5;
  uint32_t descriptors_percent_max = 80;
  int64_t certificate_days_min = 14;
  int64_t certificate_days_critical = 3;
  int64_t revocation_list_left_min_s = 6 * 3'600;
  int64_t checkpoint_age_max_s = 600;
  int64_t backup_age_max_s = 26 * 3'600;
  int64_t lag_max_s = 60;
  int64_t round_max_s = 10;
  int64_t clock_behind_max_s = 60;
};

// Tells someone outside: POSTs each change as JSON. A queue of `alerts_max`, a thread, and repeats with growing delays.
struct WebhookOptions {
  std::size_t alerts_max = 100;
  uint32_t attempts_max = 8;
  uint32_t delay_first_ms = 1'000;  // doubles
};

struct WebhookStats {
  uint64_t sent = 0, failed_attempts = 0, dropped = 0;
};

class Webhook {
 public:
  // One attempt, from the webhook's thread; it may block for as long as its own time limits let it.
  using Post = std::function<Status(const std::string& body)>;
  [[nodiscard]] static std::unique_ptr<Webhook> open(Post post, WebhookOptions options = {});
  virtual ~Webhook() = default;
  // Never blocks. The oldest waiting one gives way if there are too many.
  virtual void send(const Alert& alert) = 0;
  [[nodiscard]] virtual WebhookStats stats() const = 0;
};

}  // namespace tollgate::observe
