// What each partner does: who is busiest, whose approval rate falls, and whose series /metrics shows. A partner that comes to be shown
// starts at zero there, and what it did before stays in "other": no series ever goes back, so that rates stay right.
#pragma once
#include <map>
#include <string>

#include "tollgate/observe/metrics.h"

namespace tollgate::observe {

struct PartnerTotals {
  std::array<uint64_t, ended_count> ended{};
  uint64_t approved = 0, declined = 0;
  PartnerLatency latency;

  void add(const PartnerTotals& more);
  [[nodiscard]] uint64_t requests() const;
};

// A count in which what is older weighs less: half after `half_life_s`.
class Decaying {
 public:
  void add(double by, int64_t now_s, int64_t half_life_s);
  [[nodiscard]] double at(int64_t now_s, int64_t half_life_s) const;

 private:
  double value_ = 0;
  int64_t at_s_ = 0;
};

struct PartnerRow {
  PartnerKey key;
  double requests_per_s = 0;
  double failed_per_s = 0;             // by our fault, or turned away
  double approved = 0, declined = 0;   // of the last minutes
  double approved_usual = 0, declined_usual = 0;  // of the last hours
};

class PartnerWatch {
 public:
  explicit PartnerWatch(std::size_t shown_max) : shown_max_(shown_max) {}

  void update(const Metrics& metrics, int64_t now_s);
  // The busiest, most requests first.
  [[nodiscard]] std::vector<PartnerRow> busiest(std::size_t count, int64_t now_s) const;
  // Those with enough authorizations of late, and a history, whose approval rate is `percent` below their own.
  [[nodiscard]] std::vector<PartnerRow> falling(uint32_t percent, int64_t now_s) const;

  [[nodiscard]] const std::map<std::pair<uint64_t, Mode>, PartnerTotals>& shown() const { return shown_; }
  [[nodiscard]] const PartnerTotals& other() const { return other_; }
  [[nodiscard]] std::size_t known() const { return partners_.size(); }

 private:
  struct State {
    Decaying requests, failed;
    Decaying approved, declined, approved_usual, declined_usual;
    int64_t last_s = 0;
  };
  void add(PartnerKey key, const PartnerTotals& delta, int64_t now_s);
  void choose_shown(int64_t now_s);
  [[nodiscard]] PartnerRow row_of(PartnerKey key, const State& state, int64_t now_s) const;

  const std::size_t shown_max_;
  absl::flat_hash_map<const ThreadMetrics*, std::vector<PartnerTotals>> before_;  // by entry
  absl::flat_hash_map<PartnerKey, State> partners_;
  std::map<std::pair<uint64_t, Mode>, PartnerTotals> shown_;
  PartnerTotals other_;
  int64_t chosen_s_ = 0;
};

}  // namespace tollgate::observe
