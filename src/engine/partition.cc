#include "engine/partition.h"

#include <algorithm>

#include "tollgate/base/assert.h"

namespace tollgate::engine {

void OpenOperations::close(uint64_t sequence) {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), sequence,
                                      [](const Entry& entry, uint64_t wanted) { return entry.sequence < wanted; });
  if (found == entries_.end() || found->sequence != sequence) return;
  found->open = false;
  while (!entries_.empty() && !entries_.front().open) entries_.pop_front();
}

Partition::Partition(uint32_t id, const Head& head, int64_t last_time_us, uint64_t epoch_min)
    : id_(id), epoch_(std::max(head.epoch + 1, epoch_min)), sequence_(head.sequence), hash_(head.hash), last_time_us_(last_time_us) {}

StatusOr<RecordHeader> Partition::add(int64_t now_us, PartnerId partner, Mode mode, const Cause& cause, const Event& event) {
  RecordHeader header;
  header.event_type = type_of(event);
  header.mode = mode;
  header.partition = id_;
  header.epoch = epoch_;
  header.sequence = sequence_ + 1;
  header.time_us = next_time_us(now_us);
  header.partner = partner;
  header.prev_hash = hash_;
  TOLLGATE_ASSIGN_OR_RETURN(hash_, append_record(append_.records, header, cause, event));
  if (append_.record_count++ == 0) append_.expected_sequence = header.sequence;
  sequence_ = header.sequence;
  last_time_us_ = header.time_us;
  return header;
}

void Partition::add_existing(const RecordHeader& header, std::string_view bytes, const Digest& hash) {
  if (append_.record_count++ == 0) append_.expected_sequence = header.sequence;
  append_.records.append(bytes);
  epoch_ = header.epoch;
  sequence_ = header.sequence;
  hash_ = hash;
  last_time_us_ = header.time_us;
}

void Partition::rewind(const Mark& mark) {
  append_.records.resize(mark.bytes);
  append_.record_count = mark.count;
  sequence_ = mark.sequence;
  hash_ = mark.hash;
  last_time_us_ = mark.last_time_us;
}

Append Partition::take() {
  Append append = std::move(append_);
  append.partition = id_;
  append.epoch = epoch_;
  append.last_hash = hash_;
  append_ = Append{};
  return append;
}

}  // namespace tollgate::engine
