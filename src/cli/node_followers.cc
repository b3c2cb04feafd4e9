#include "cli/node_followers.h"

#include "tollgate/base/clock.h"

namespace tollgate::cli {

Followers::Followers(const EventLog& log, const proof::StaticLog* checkpoints, const BackupService& backups, const Reports* reports)
    : log_(log), checkpoints_(checkpoints), backups_(backups), reports_(reports), begin_us_(SystemClock().now_us()) {}

// A checkpoint of a log that nobody writes to grows old without harm: what counts is that something waits for the next one.
int64_t Followers::unsigned_us(int64_t now_us) {
  int64_t longest_us = 0;
  // Also of those that nothing was ever signed of.
  const auto partitions = log_.partitions();
  if (!partitions.ok()) return 0;
  std::map<uint32_t, uint64_t> sizes;
  for (const auto& partition : checkpoints_->status().partitions) sizes[partition.partition] = partition.size;
  for (const uint32_t partition : *partitions) {
    const auto head = log_.head(partition);
    if (!head.ok()) continue;
    Signed& known = signed_[partition];
    const uint64_t size = sizes[partition];
    if (size >= head->sequence) known.behind_since_us = 0;
    else if (known.behind_since_us == 0 || size != known.size) known.behind_since_us = now_us;
    known.size = size;
    if (known.behind_since_us != 0) longest_us = std::max(longest_us, now_us - known.behind_since_us);
  }
  return longest_us;
}

void Followers::add_to(observe::NodeFacts& facts) {
  if (checkpoints_ != nullptr) facts.checkpoint_age_s = unsigned_us(monotonic_us()) / us_per_second;
  BackupHealth health = backups_.health();
  const int64_t now_us = SystemClock().now_us();
  const auto age_s = [&](int64_t since_us) { return std::max<int64_t>(now_us - since_us, 0) / us_per_second; };
  const auto or_begin = [&](int64_t known_us) { return known_us != 0 ? known_us : begin_us_; };
  if (health.backups_scheduled) facts.backup_age_s = age_s(health.backup_us != 0 ? health.backup_us : or_begin(health.begin_us));
  if (health.archives) facts.lags_s.emplace_back("archive", age_s(or_begin(health.archived_us)));
  for (BackupHealth::Work& work : health.works) facts.backup_failures.push_back({std::move(work.name), work.failures, std::move(work.error)});
  if (reports_ != nullptr) facts.lags_s.emplace_back("reports", reports_->lag_us() / us_per_second);
}

}  // namespace tollgate::cli
