#include "eventlog/heads.h"

namespace tollgate {

void Heads::set(uint32_t partition, const Head& head) {
  std::lock_guard lock(mutex_);
  heads_[partition] = head;
}

Head Heads::get(uint32_t partition) const {
  std::lock_guard lock(mutex_);
  const auto at = heads_.find(partition);
  return at == heads_.end() ? Head{} : at->second;
}

std::vector<uint32_t> Heads::partitions() const {
  std::lock_guard lock(mutex_);
  std::vector<uint32_t> ids;
  ids.reserve(heads_.size());
  for (const auto& [id, head] : heads_) ids.push_back(id);
  return ids;
}

Status Heads::check(std::span<const Append> appends) const {
  std::lock_guard lock(mutex_);
  if (!failed_.ok()) return unavailable("the log takes no more after a failed append ({})", message_of(failed_));
  for (std::size_t i = 0; i < appends.size(); ++i) {
    const Append& append = appends[i];
    const auto at = heads_.find(append.partition);
    const Head head = at == heads_.end() ? Head{} : at->second;
    if (append.expected_sequence != head.sequence + 1) {
      return failed_precondition("partition {} ends at {}: an append cannot begin at {}", append.partition, head.sequence,
                                 append.expected_sequence);
    }
    if (append.epoch < head.epoch) {
      return failed_precondition("partition {} belongs to the writer of epoch {}: {} is fenced off", append.partition, head.epoch,
                                 append.epoch);
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (appends[j].partition == append.partition) return invalid_argument("partition {} stands twice in one append", append.partition);
    }
  }
  return absl::OkStatus();
}

void Heads::advance(std::span<const Append> appends) {
  std::lock_guard lock(mutex_);
  for (const Append& append : appends) {
    heads_[append.partition] = {append.expected_sequence + append.record_count - 1, append.epoch, append.last_hash};
  }
}

Status Heads::latch(Status error) {
  std::lock_guard lock(mutex_);
  if (failed_.ok()) failed_ = error;
  return error;
}

}  // namespace tollgate
