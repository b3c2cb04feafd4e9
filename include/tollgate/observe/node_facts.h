// What the parts of a node say when they are asked, every few seconds: the other half of the metrics, beside what threads write down.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::observe {

// A value as Prometheus is to have it. `name` without the unit's prefix rules being checked here; a test has promtool check them.
struct Sample {
  std::string name;
  std::string help;
  bool counter = false;
  std::vector<std::pair<std::string, std::string>> labels = {};
  double value = 0;
};

inline constexpr std::size_t doubt_ages = 5;
inline constexpr int64_t doubt_age_bounds_s[doubt_ages - 1] = {60, 600, 3'600, 86'400};
inline constexpr const char* doubt_age_names[doubt_ages] = {"under 1m", "1m to 10m", "10m to 1h", "1h to 1d", "over 1d"};

struct InDoubtFacts {
  uint64_t payments[doubt_ages] = {};
  std::map<std::string, int64_t> amounts[doubt_ages];  // by currency, minor units
  int64_t oldest_age_s = 0;
  bool incomplete = false;  // there were too many to look at all of them
};

struct FailingWork {
  std::string name;
  uint64_t failures = 0;  // in a row; 0: it works
  std::string error;
};

struct NodeFacts {
  bool ready = false;
  int64_t uptime_s = 0;
  std::vector<std::string> not_ready_because;
  uint64_t partners = 0;
  InDoubtFacts in_doubt;
  uint64_t disk_bytes = 0, disk_free_bytes = 0;
  std::optional<double> disk_free_in_a_day;  // if it goes on as in the last hours; filled in by the monitor
  int64_t clock_behind_log_s = 0;            // how much younger the newest record is than now
  uint64_t descriptors_open = 0, descriptors_max = 0;
  uint64_t resident_bytes = 0;
  uint64_t connections_open = 0;
  bool writes_delayed = false, writes_stopped = false;  // of the event log, by its own compactions
  int64_t round_in_work_us = 0;                         // how long the engine's slowest thread has been at one round
  // Absent: there is no such thing on this node.
  std::optional<int64_t> certificate_expires_in_s;
  std::optional<int64_t> revocation_list_ends_in_s;
  std::optional<int64_t> checkpoint_age_s;  // for how long new records have waited to be signed
  std::optional<int64_t> backup_age_s;
  std::vector<FailingWork> backup_failures;  // of backups, archive and what else the configuration asks for
  std::vector<std::pair<std::string, std::string>> acquirers_cut_off;  // which, and why it was not reached
  std::string vault_kek_problem;  // why the vault's key provider does not answer; empty: it does, or nobody has asked
  std::vector<std::pair<std::string, int64_t>> lags_s;  // what follows the log, and how far behind it is
  bool resolution_contradicted = false;                 // within the last hour an acquirer said otherwise than people had
  uint64_t log_lines_dropped = 0;                       // since the start
  std::vector<Sample> samples;                          // shown as they are
};

}  // namespace tollgate::observe
