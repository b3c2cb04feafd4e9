// What threads write down while they work. Each has a block of its own, which only it writes; who wants totals adds the blocks up.
//
//   if (observe::ThreadMetrics* here = metrics == nullptr ? nullptr : metrics->here()) here->stage(Stage::queue).record(us);
//
// Everything is bounded: operations and acquirers by their names, partners by `partners_max` (those beyond share one entry).
#pragma once
#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/base/id.h"
#include "tollgate/observe/histogram.h"
#include "tollgate/observe/stages.h"

namespace tollgate::observe {

inline constexpr std::size_t operations_max = 128, acquirers_max = 16, decline_codes_max = 32, actions_max = 16;

// How a request ended, as the partner saw it.
enum class Ended : uint8_t { ok, declined, refused, limited, overloaded, failed };
inline constexpr std::size_t ended_count = 6;
inline constexpr std::array<std::string_view, ended_count> ended_names = {"ok", "declined", "refused", "limited", "overloaded", "failed"};
[[nodiscard]] constexpr Ended ended_of(int status) {
  if (status < 400) return Ended::ok;
  if (status == 402) return Ended::declined;
  if (status == 429) return Ended::limited;
  if (status == 503) return Ended::overloaded;
  return status < 500 ? Ended::refused : Ended::failed;
}

struct OperationMetrics {
  std::array<Counter, ended_count> ended;
  OperationHistogram latency;
};

// What an acquirer answered, in the order of its Outcome.
inline constexpr std::size_t call_outcome_count = 5;
inline constexpr std::array<std::string_view, call_outcome_count> call_outcome_names = {"approved", "declined", "unknown",
                                                                                        "authentication_required", "pending"};

struct AcquirerMetrics {
  Counter approved;                                  // authorizations, by their durable events
  std::array<Counter, decline_codes_max> declined;   // by reason
  Counter in_doubt;                                  // operations that got no outcome in time
  std::array<std::array<Counter, call_outcome_count>, actions_max> calls;
  FineHistogram latency;                             // of every call that was answered
};

struct PartnerKey {
  uint64_t partner = 0;  // 0: all those beyond the table's bound
  Mode mode = Mode::none;
  bool operator==(const PartnerKey&) const = default;
  template <class H>
  friend H AbslHashValue(H h, const PartnerKey& key) {
    return H::combine(std::move(h), key.partner, key.mode);
  }
};

struct PartnerMetrics {
  PartnerKey key;  // set before the entry can be seen
  std::array<Counter, ended_count> ended;
  Counter approved, declined;
  PartnerHistogram latency;
};

// Entries of one thread. They never move and are never taken away: readers need no lock.
class PartnerTable {
 public:
  explicit PartnerTable(std::size_t entries_max);
  // The owner's thread only.
  [[nodiscard]] PartnerMetrics& of(PartnerKey key);
  // Any thread.
  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] const PartnerMetrics& entry(std::size_t index) const { return chunks_[index / chunk_entries][index % chunk_entries]; }

 private:
  static constexpr std::size_t chunk_entries = 256;
  [[nodiscard]] PartnerMetrics& add(PartnerKey key);

  std::size_t entries_max_;
  absl::flat_hash_map<PartnerKey, PartnerMetrics*> index_;
  PartnerMetrics* last_ = nullptr;
  std::unique_ptr<std::unique_ptr<PartnerMetrics[]>[]> chunks_;
  std::atomic<std::size_t> size_{0};
};

// Something went wrong for a partner: shown to the operator as it happens.
struct RecentError {
  int64_t time_us = 0;
  RequestId request;
  PartnerKey partner;
  uint16_t operation = 0;
  std::string_view code;       // static text
  int status = 0;
};

class ThreadMetrics {
 public:
  explicit ThreadMetrics(std::size_t partners_max) : partners(partners_max) {}

  [[nodiscard]] FineHistogram& stage(Stage stage) { return stages[static_cast<std::size_t>(stage)]; }

  std::array<OperationMetrics, operations_max> operations;
  FineHistogram requests;  // all operations together
  std::array<FineHistogram, stage_count> stages;
  std::array<AcquirerMetrics, acquirers_max> acquirers;
  PartnerTable partners;
};

struct MetricsOptions {
  std::size_t partners_max = 131'072;     // of each thread; a thousand take 150 KB
  std::size_t errors_kept_max = 256;      // until they are shown; more are counted only
};

class Metrics {
 public:
  explicit Metrics(MetricsOptions options = {});
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics();

  // This thread's block.
  [[nodiscard]] ThreadMetrics* here() {
    if (cached_.owner == number_) [[likely]] return cached_.block;
    return find_block();
  }

  // The number of a name, the same each time. Number 0 is "other": also what is beyond the bound.
  [[nodiscard]] uint16_t operation(std::string_view name) { return number_of(operations_, operations_max, name); }
  [[nodiscard]] uint16_t acquirer(std::string_view name) { return number_of(acquirers_, acquirers_max, name); }
  // The names of numbers, given once: reasons of declines, what an acquirer was asked.
  void name_declines(std::vector<std::string> names) { set(declines_, std::move(names)); }
  void name_actions(std::vector<std::string> names) { set(actions_, std::move(names)); }

  // Any thread; dropped and counted when too many wait to be shown.
  void error(const RecentError& error);
  [[nodiscard]] std::vector<RecentError> take_errors();
  [[nodiscard]] uint64_t errors_not_shown() const { return errors_not_shown_.load(std::memory_order_relaxed); }

  // Readers.
  [[nodiscard]] std::vector<const ThreadMetrics*> blocks() const;
  [[nodiscard]] std::vector<std::string> operations() const { return copy(operations_); }
  [[nodiscard]] std::vector<std::string> acquirers() const { return copy(acquirers_); }
  [[nodiscard]] std::vector<std::string> declines() const { return copy(declines_); }
  [[nodiscard]] std::vector<std::string> actions() const { return copy(actions_); }

 private:
  struct Cached {
    uint64_t owner = 0;
    ThreadMetrics* block = nullptr;
  };
  static thread_local Cached cached_;

  [[nodiscard]] ThreadMetrics* find_block();
  [[nodiscard]] uint16_t number_of(std::vector<std::string>& names, std::size_t names_max, std::string_view name);
  void set(std::vector<std::string>& to, std::vector<std::string> names);
  [[nodiscard]] std::vector<std::string> copy(const std::vector<std::string>& names) const;

  const MetricsOptions options_;
  const uint64_t number_;  // of this object, never used again: an address might be
  mutable std::mutex mutex_;
  absl::flat_hash_map<uint64_t, std::unique_ptr<ThreadMetrics>> blocks_;  // by thread
  std::vector<std::string> operations_{"other"}, acquirers_{"other"}, declines_, actions_;
  std::mutex errors_mutex_;
  std::vector<RecentError> errors_;
  std::atomic<uint64_t> errors_not_shown_{0};
};

}  // namespace tollgate::observe
