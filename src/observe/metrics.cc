#include "tollgate/observe/metrics.h"

namespace tollgate::observe {
namespace {

std::atomic<uint64_t> next_owner{1}, next_thread{1};

uint64_t this_thread() {
  thread_local const uint64_t number = next_thread.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace

PartnerTable::PartnerTable(std::size_t entries_max)
    : entries_max_(std::max<std::size_t>(entries_max, 1)),
      chunks_(std::make_unique<std::unique_ptr<PartnerMetrics[]>[]>(entries_max_ / chunk_entries + 2)) {
  (void)add(PartnerKey{});  // those beyond the bound
}

PartnerMetrics& PartnerTable::of(PartnerKey key) {
  // Mostly it is the same partner as the last time.
  if (last_ != nullptr && last_->key == key) return *last_;
  const auto found = index_.find(key);
  if (found != index_.end()) return *(last_ = found->second);
  if (size_.load(std::memory_order_relaxed) > entries_max_) return chunks_[0][0];
  return *(last_ = &add(key));
}

PartnerMetrics& PartnerTable::add(PartnerKey key) {
  const std::size_t at = size_.load(std::memory_order_relaxed);
  auto& chunk = chunks_[at / chunk_entries];
  if (chunk == nullptr) chunk = std::make_unique<PartnerMetrics[]>(chunk_entries);
  PartnerMetrics& entry = chunk[at % chunk_entries];
  entry.key = key;
  if (key.partner != 0) index_.emplace(key, &entry);
  size_.store(at + 1, std::memory_order_release);
  return entry;
}

thread_local Metrics::Cached Metrics::cached_;

Metrics::Metrics(MetricsOptions options) : options_(options), number_(next_owner.fetch_add(1, std::memory_order_relaxed)) {}
Metrics::~Metrics() = default;

ThreadMetrics* Metrics::find_block() {
  const std::lock_guard lock(mutex_);
  auto& block = blocks_[this_thread()];
  if (block == nullptr) block = std::make_unique<ThreadMetrics>(options_.partners_max);
  cached_ = {number_, block.get()};
  return block.get();
}

uint16_t Metrics::number_of(std::vector<std::string>& names, std::size_t names_max, std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<uint16_t>(found - names.begin());
  if (names.size() >= names_max) return 0;
  names.emplace_back(name);
  return static_cast<uint16_t>(names.size() - 1);
}

void Metrics::set(std::vector<std::string>& to, std::vector<std::string> names) {
  const std::lock_guard lock(mutex_);
  to = std::move(names);
}

std::vector<std::string> Metrics::copy(const std::vector<std::string>& names) const {
  const std::lock_guard lock(mutex_);
  return names;
}

void Metrics::error(const RecentError& error) {
  const std::lock_guard lock(errors_mutex_);
  if (errors_.size() < options_.errors_kept_max) errors_.push_back(error);
  else errors_not_shown_.fetch_add(1, std::memory_order_relaxed);
}

std::vector<RecentError> Metrics::take_errors() {
  const std::lock_guard lock(errors_mutex_);
  return std::exchange(errors_, {});
}

std::vector<const ThreadMetrics*> Metrics::blocks() const {
  const std::lock_guard lock(mutex_);
  std::vector<const ThreadMetrics*> blocks;
  blocks.reserve(blocks_.size());
  for (const auto& [thread, block] : blocks_) blocks.push_back(block.get());
  return blocks;
}

}  // namespace tollgate::observe
