#include "tollgate/audit/moment.h"

#include <charconv>

#include "tollgate/base/time_text.h"
#include "tollgate/record/record.h"

namespace tollgate::audit {

namespace {

// The number of a record, if the whole text is one.
std::optional<uint64_t> number_in(std::string_view text) {
  uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

StatusOr<int64_t> time_of_record(const RecordSource& source, uint32_t partition, uint64_t sequence) {
  StatusOr<RecordHeader> header = not_found("partition {} has no record {}", partition, sequence);
  TOLLGATE_RETURN_IF_ERROR(source.read(partition, sequence, [&](uint64_t, std::string_view bytes) {
    header = decode_header(bytes);
    return false;
  }));
  if (!header.ok()) return header.status();
  return header->time_us;
}

}  // namespace

StatusOr<Moment> parse_moment(std::string_view text) {
  Moment moment;
  const std::string_view digits = text.starts_with("seq:") ? text.substr(4) : text;
  if ((moment.sequence = number_in(digits))) return moment;
  if ((moment.time_us = time_from_text(text))) return moment;
  return invalid_argument("\"{}\" is neither a sequence (4711) nor a time (2025-06-15, 2025-06-15T12:00:00Z)", text);
}

StatusOr<uint64_t> last_sequence_at(const RecordSource& source, uint32_t partition, int64_t time_us) {
  TOLLGATE_ASSIGN_OR_RETURN(const Head head, source.head(partition));
  uint64_t not_later = 0, later = head.sequence + 1;
  while (later - not_later > 1) {
    const uint64_t middle = not_later + (later - not_later) / 2;
    TOLLGATE_ASSIGN_OR_RETURN(const int64_t at_us, time_of_record(source, partition, middle));
    (at_us <= time_us ? not_later : later) = middle;
  }
  return not_later;
}

StatusOr<Cut> cut_at(const RecordSource& source, const Moment& moment, std::optional<uint32_t> partition) {
  Cut cut;
  if (moment.is_end()) return cut;
  TOLLGATE_ASSIGN_OR_RETURN(const auto partitions, source.partitions());
  cut.otherwise_ = 0;
  if (moment.sequence) {
    if (!partition) {
      for (const uint32_t id : partitions) {
        if (id == 0) continue;
        if (partition) return invalid_argument("a sequence counts in one partition, and there are several: say which, or give a time");
        partition = id;
      }
    }
    partition = partition.value_or(0);
    TOLLGATE_ASSIGN_OR_RETURN(const Head head, source.head(*partition));
    if (*moment.sequence > head.sequence) return invalid_argument("partition {} ends at record {}", *partition, head.sequence);
    cut.time_us_ = INT64_MIN;
    if (*moment.sequence != 0) {
      TOLLGATE_ASSIGN_OR_RETURN(cut.time_us_, time_of_record(source, *partition, *moment.sequence));
    }
    cut.last_[*partition] = *moment.sequence;
  } else {
    cut.time_us_ = *moment.time_us;
  }
  for (const uint32_t id : partitions) {
    if (cut.last_.contains(id)) continue;
    TOLLGATE_ASSIGN_OR_RETURN(cut.last_[id], last_sequence_at(source, id, cut.time_us_));
  }
  return cut;
}

}  // namespace tollgate::audit
