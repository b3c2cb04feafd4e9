// The node at a glance, as JSON: what GET /admin/v1/overview answers and the stream repeats each second.
#pragma once
#include <deque>
#include <string>

#include "observe/exposition.h"
#include "observe/history.h"

namespace tollgate::observe {

// The difference of two moments.
struct Window {
  int64_t length_us = 0;
  std::array<uint64_t, ended_count> ended{};
  uint64_t approved = 0, declined = 0;
  FineTotals requests;
  std::array<FineTotals, stage_count> stages;
};

struct Overview {
  const Shown& shown;
  const Window& second;   // the last one
  const Window& recent;   // the last ten
  const std::deque<RecentError>& errors;  // newest last
  int64_t now_us;
  const History& history;
};

[[nodiscard]] std::string overview_json(const Overview& overview);
[[nodiscard]] std::string alerts_json(const std::vector<Alert>& alerts);
// {"alert", "about", "severity", "state", "since", "summary"}
[[nodiscard]] std::string alert_json(const Alert& alert);

}  // namespace tollgate::observe
