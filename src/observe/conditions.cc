#include "observe/conditions.h"

#include <fmt/format.h>

#include "tollgate/base/time.h"

namespace tollgate::observe {
namespace {

// Fewer say nothing about a rate: in any window, and in the six hours of a slow burn, which those of a node's first minutes are not.
constexpr uint64_t requests_min = 100, requests_of_hours_min = 1'000;
constexpr std::size_t partners_told_max = 100;
constexpr int64_t minute_s = 60, hour_s = 3'600, day_s = 86'400;

// Whether the budget is burnt `factor` times (in tenths) as fast as it may be, over both windows: the long one says that it matters, the
// short one that it still goes on.
bool burns(uint64_t Outcomes::* bad, uint32_t allowed_per_100000, uint32_t factor_tenths, int64_t long_s, int64_t short_s,
           const History& history, int64_t now_s) {
  const auto over = [&](int64_t window_s) {
    const Outcomes sum = history.sum(window_s, now_s);
    return sum.requests > (window_s > hour_s ? requests_of_hours_min : requests_min) && sum.*bad * 1'000'000 > sum.requests * allowed_per_100000 * factor_tenths;
  };
  return over(long_s) && over(short_s);
}

class Finder {
 public:
  Finder(const AlertLimits& limits, const History& history, const NodeFacts& facts, int64_t now_s)
      : limits_(limits), history_(history), facts_(facts), now_s_(now_s) {}

  void objectives() {
    const auto share = [&](uint64_t Outcomes::* bad, int64_t window_s) {
      const Outcomes sum = history_.sum(window_s, now_s_);
      return sum.requests == 0 ? 0.0 : 100.0 * static_cast<double>(sum.*bad) / static_cast<double>(sum.requests);
    };
    if (burns(&Outcomes::failed, limits_.failed_per_100000, 144, hour_s, 5 * minute_s, history_, now_s_))
      add("AvailabilityBurnsFast", "page", 0, "{:.2f} % of the requests of the last 5 minutes failed by our fault",
          share(&Outcomes::failed, 5 * minute_s));
    if (burns(&Outcomes::failed, limits_.failed_per_100000, 60, 6 * hour_s, 30 * minute_s, history_, now_s_))
      add("AvailabilityBurnsSlowly", "ticket", 0, "{:.2f} % of the requests of the last 30 minutes failed by our fault",
          share(&Outcomes::failed, 30 * minute_s));
    if (burns(&Outcomes::slow, limits_.slow_per_100000, 144, hour_s, 5 * minute_s, history_, now_s_))
      add("LatencyBurnsFast", "page", 0, "{:.2f} % of the requests of the last 5 minutes took longer than {} ms",
          share(&Outcomes::slow, 5 * minute_s), limits_.slow_us / 1'000);
    if (burns(&Outcomes::slow, limits_.slow_per_100000, 60, 6 * hour_s, 30 * minute_s, history_, now_s_))
      add("LatencyBurnsSlowly", "ticket", 0, "{:.2f} % of the requests of the last 30 minutes took longer than {} ms",
          share(&Outcomes::slow, 30 * minute_s), limits_.slow_us / 1'000);
    const Outcomes lately = history_.sum(5 * minute_s, now_s_);
    if (lately.turned_away * 100 > lately.requests)
      add("Overloaded", "page", 2 * minute_s, "{} of {} requests of the last 5 minutes were turned away with 503", lately.turned_away,
          lately.requests);
  }

  void partners(const PartnerWatch& watch) {
    std::size_t told = 0;
    for (const PartnerRow& row : watch.falling(limits_.approval_drop_percent, now_s_)) {
      if (++told > partners_told_max) return;
      add("ApprovalRateFell", "ticket", 5 * minute_s, "{:.1f} % of the authorizations of the last minutes were approved, usually {:.1f} %",
          100.0 * row.approved / (row.approved + row.declined), 100.0 * row.approved_usual / (row.approved_usual + row.declined_usual));
      found_.back().about = fmt::format("{}/{}", PartnerId{row.key.partner}.text(), row.key.mode == Mode::live ? "live" : "test");
    }
  }

  void node() {
    if (facts_.in_doubt.oldest_age_s > limits_.in_doubt_age_max_s)
      add("InDoubtTooOld", "page", 0, "a payment has been in doubt for {} minutes: see `tollgate doubt list`", facts_.in_doubt.oldest_age_s / 60);
    if (facts_.resolution_contradicted)
      add("ResolutionContradicted", "page", 0, "an acquirer says otherwise than two people had said of an operation in doubt: see the node's log");
    if (facts_.disk_bytes > 0) {
      const uint64_t percent = facts_.disk_free_bytes * 100 / facts_.disk_bytes;
      if (percent < limits_.disk_free_percent_critical) add("DiskAlmostFull", "page", 0, "{} % of the data directory's disk are free", percent);
      else if (percent < limits_.disk_free_percent_min) add("DiskFillsUp", "ticket", 0, "{} % of the data directory's disk are free", percent);
    }
    if (facts_.disk_free_in_a_day && *facts_.disk_free_in_a_day < 0)
      add("DiskFullInADay", "ticket", 30 * minute_s, "at the rate of the last hours the data directory's disk is full within a day");
    if (facts_.clock_behind_log_s > limits_.clock_behind_max_s)
      add("ClockBehindLog", "page", minute_s, "the clock is {} s behind the newest record: until it has caught up, no time passes for payments",
          facts_.clock_behind_log_s);
    if (facts_.descriptors_max > 0 && facts_.descriptors_open * 100 > facts_.descriptors_max * limits_.descriptors_percent_max)
      add("FileDescriptorsRunOut", "ticket", minute_s, "{} of {} file descriptors are open", facts_.descriptors_open, facts_.descriptors_max);
    if (facts_.writes_stopped || facts_.writes_delayed)
      add("WritesStall", "page", minute_s, "the event log {} writes until its compactions have caught up",
          facts_.writes_stopped ? "has stopped" : "slows down");
    if (facts_.round_in_work_us > limits_.round_max_s * us_per_second)
      add("EngineStandsStill", "page", 0, "an engine thread has been at one round for {} s: is the disk stuck?", facts_.round_in_work_us / us_per_second);
    if (facts_.certificate_expires_in_s && *facts_.certificate_expires_in_s < limits_.certificate_days_min * day_s)
      add("CertificateExpires", *facts_.certificate_expires_in_s < limits_.certificate_days_critical * day_s ? "page" : "ticket", 0, "a TLS certificate expires in {} days",
          *facts_.certificate_expires_in_s / day_s);
    if (facts_.revocation_list_ends_in_s && *facts_.revocation_list_ends_in_s < limits_.revocation_list_left_min_s)
      add("RevocationListEnds", "page", 0, "a revocation list is out of date in {} minutes: then the client certificates that it is about are refused",
          std::max<int64_t>(*facts_.revocation_list_ends_in_s, 0) / 60);
    if (facts_.checkpoint_age_s && *facts_.checkpoint_age_s > limits_.checkpoint_age_max_s)
      add("CheckpointTooOld", "ticket", 0, "no checkpoint has been signed for {} minutes, though there are new records", *facts_.checkpoint_age_s / 60);
    if (facts_.backup_age_s && *facts_.backup_age_s > limits_.backup_age_max_s)
      add("BackupTooOld", "ticket", 0, "the last backup is {} hours old", *facts_.backup_age_s / 3'600);
    for (const FailingWork& work : facts_.backup_failures) {
      if (work.failures == 0) continue;
      add("BackupFails", "ticket", 5 * minute_s, "{} failed {} times in a row: {}", work.name, work.failures, work.error);
      found_.back().about = work.name;
    }
    for (const auto& [name, lag_s] : facts_.lags_s) {
      if (lag_s <= limits_.lag_max_s) continue;
      add("ProjectionLags", "ticket", 2 * minute_s, "{} is {} s behind the log", name, lag_s);
      found_.back().about = name;
    }
    for (const auto& [name, problem] : facts_.acquirers_cut_off) {
      add("AcquirerCutOff", "page", minute_s, "payments at {} are declined without asking it: {}", name,
          problem.empty() ? "it did not answer several times in a row" : problem);
      found_.back().about = name;
    }
    if (!facts_.vault_kek_problem.empty())
      add("VaultKekDown", "page", 3 * minute_s, "the provider of the vault's key-encryption key does not answer: {}", facts_.vault_kek_problem);
    if (!facts_.ready) add("NotReady", "page", minute_s, "the node is not ready: {}", fmt::join(facts_.not_ready_because, "; "));
  }

  void log(uint64_t dropped) {
    if (dropped > 0) add("LogLinesDropped", "ticket", 0, "{} log lines were dropped in the last minutes", dropped);
  }

  std::vector<Condition> take() { return std::move(found_); }

 private:
  template <class... Args>
  void add(const char* name, const char* severity, int64_t for_s, fmt::format_string<Args...> format, Args&&... args) {
    found_.push_back({name, {}, severity, fmt::format(format, std::forward<Args>(args)...), for_s});
  }

  const AlertLimits& limits_;
  const History& history_;
  const NodeFacts& facts_;
  const int64_t now_s_;
  std::vector<Condition> found_;
};

}  // namespace

const std::vector<std::string>& condition_names() {
  static const std::vector<std::string> names = {
      "AvailabilityBurnsFast", "AvailabilityBurnsSlowly", "LatencyBurnsFast", "LatencyBurnsSlowly", "Overloaded",
      "ApprovalRateFell",      "InDoubtTooOld",           "ResolutionContradicted", "DiskAlmostFull",   "DiskFillsUp",        "DiskFullInADay",     "ClockBehindLog", "FileDescriptorsRunOut",
      "WritesStall",           "EngineStandsStill",       "CertificateExpires", "CheckpointTooOld", "BackupTooOld",     "BackupFails",
      "ProjectionLags",        "AcquirerCutOff",          "VaultKekDown",     "NotReady",           "LogLinesDropped",
      "RevocationListEnds"};
  return names;
}

std::vector<Condition> conditions(const AlertLimits& limits, const History& history, const PartnerWatch& partners, const NodeFacts& facts,
                                  uint64_t log_lines_dropped, int64_t now_s) {
  Finder finder(limits, history, facts, now_s);
  finder.objectives();
  finder.partners(partners);
  finder.node();
  finder.log(log_lines_dropped);
  return finder.take();
}

std::vector<Alert> AlertBook::update(const std::vector<Condition>& holding, int64_t now_us) {
  std::vector<Alert> changed;
  for (auto it = states_.begin(); it != states_.end();) {
    State& state = it->second;
    const bool holds = std::any_of(holding.begin(), holding.end(), [&](const Condition& condition) {
      return std::tie(condition.name, condition.about) == std::tie(it->first.first, it->first.second);
    });
    if (holds) state.gone_us = 0;
    else if (state.gone_us == 0) state.gone_us = now_us;
    // What comes and goes is one alert, and not many.
    if (holds || (state.told && now_us - state.gone_us < over_after_s * us_per_second)) {
      ++it;
      continue;
    }
    if (state.told) {
      state.alert.firing = false;
      changed.push_back(state.alert);
    }
    it = states_.erase(it);
  }
  for (const Condition& condition : holding) {
    const std::pair key{condition.name, condition.about};
    if (!states_.contains(key) && states_.size() >= alerts_max) continue;
    State& state = states_[key];
    // Who has heard that it can wait is to hear that it no longer can.
    const bool worse = state.told && state.alert.severity != "page" && condition.severity == "page";
    if (state.alert.name.empty()) state.alert = {condition.name, condition.about, condition.severity, {}, now_us, true};
    state.alert.summary = condition.summary;
    state.alert.severity = condition.severity;
    if (worse) changed.push_back(state.alert);
    if (!state.told && now_us - state.alert.since_us >= condition.for_s * us_per_second) {
      state.told = true;
      changed.push_back(state.alert);
    }
  }
  return changed;
}

std::vector<Alert> AlertBook::firing() const {
  std::vector<Alert> firing;
  for (const auto& [key, state] : states_)
    if (state.told) firing.push_back(state.alert);
  return firing;
}

}  // namespace tollgate::observe
