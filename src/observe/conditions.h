// Which alerts hold now. The names, thresholds and times are those of config/prometheus/alerts.yml; a test compares the names.
#pragma once
#include <vector>

#include "observe/history.h"
#include "observe/partner_watch.h"
#include "tollgate/observe/alerts.h"
#include "tollgate/observe/node_facts.h"

namespace tollgate::observe {

struct Condition {
  std::string name, about, severity, summary;
  int64_t for_s = 0;  // must hold this long before anyone is told
};

[[nodiscard]] std::vector<Condition> conditions(const AlertLimits& limits, const History& history, const PartnerWatch& partners,
                                                const NodeFacts& facts, uint64_t log_lines_dropped, int64_t now_s);
// The names of all that there are.
[[nodiscard]] const std::vector<std::string>& condition_names();

// What holds, since when, and who was told. An alert is over when its condition has not held for a while.
class AlertBook {
 public:
  static constexpr int64_t over_after_s = 60;
  // Gives what began or ended with this look.
  [[nodiscard]] std::vector<Alert> update(const std::vector<Condition>& holding, int64_t now_us);
  [[nodiscard]] std::vector<Alert> firing() const;

 private:
  static constexpr std::size_t alerts_max = 200;
  struct State {
    Alert alert;
    int64_t gone_us = 0;  // since when its condition does not hold; 0: it does
    bool told = false;
  };
  std::map<std::pair<std::string, std::string>, State> states_;  // by name and what it is about
};

}  // namespace tollgate::observe
