#include "tollgate/audit/diff.h"

#include <algorithm>
#include <set>

namespace tollgate::audit {

namespace {

// Read from one log before the other is: a read is a walk that cannot wait.
constexpr std::size_t window_bytes = std::size_t{4} << 20;

struct Window {
  std::string bytes;
  std::vector<std::size_t> ends;  // of each record

  [[nodiscard]] std::string_view record(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    return std::string_view(bytes).substr(begin, ends[i] - begin);
  }
  Status fill(const RecordSource& source, uint32_t partition, uint64_t from, uint64_t count_max) {
    bytes.clear();
    ends.clear();
    if (count_max == 0) return absl::OkStatus();
    return source.read(partition, from, [&](uint64_t, std::string_view record) {
      bytes.append(record);
      ends.push_back(bytes.size());
      return bytes.size() < window_bytes && ends.size() < count_max;
    });
  }
};

Status compare(const RecordSource& a, const RecordSource& b, PartitionDiff& result, const ProgressReport& progress) {
  const uint64_t both = std::min(result.a_records, result.b_records);
  Window in_a, in_b;
  while (result.common_records < both) {
    const uint64_t from = result.common_records + 1;
    TOLLGATE_RETURN_IF_ERROR(in_a.fill(a, result.partition, from, both - result.common_records));
    TOLLGATE_RETURN_IF_ERROR(in_b.fill(b, result.partition, from, in_a.ends.size()));
    const std::size_t count = std::min(in_a.ends.size(), in_b.ends.size());
    if (count == 0) return data_loss("partition {}: record {} is missing", result.partition, from);
    for (std::size_t i = 0; i < count; ++i, ++result.common_records) {
      if (in_a.record(i) == in_b.record(i)) continue;
      result.relation = Relation::fork;
      result.a_record = in_a.record(i);
      result.b_record = in_b.record(i);
      return absl::OkStatus();
    }
    if (progress) progress(count);
  }
  if (result.a_records != result.b_records) result.relation = result.a_records < result.b_records ? Relation::a_is_prefix : Relation::b_is_prefix;
  return absl::OkStatus();
}

}  // namespace

bool Diff::identical() const {
  return std::all_of(partitions.begin(), partitions.end(), [](const PartitionDiff& one) { return one.relation == Relation::identical; });
}
bool Diff::forked() const {
  return std::any_of(partitions.begin(), partitions.end(), [](const PartitionDiff& one) { return one.relation == Relation::fork; });
}

StatusOr<Diff> diff(const RecordSource& a, const RecordSource& b, const ProgressReport& progress) {
  TOLLGATE_ASSIGN_OR_RETURN(const auto in_a, a.partitions());
  TOLLGATE_ASSIGN_OR_RETURN(const auto in_b, b.partitions());
  std::set<uint32_t> all(in_a.begin(), in_a.end());
  all.insert(in_b.begin(), in_b.end());
  Diff result;
  for (const uint32_t partition : all) {
    PartitionDiff& one = result.partitions.emplace_back();
    one.partition = partition;
    TOLLGATE_ASSIGN_OR_RETURN(const Head head_a, a.head(partition));
    TOLLGATE_ASSIGN_OR_RETURN(const Head head_b, b.head(partition));
    one.a_records = head_a.sequence;
    one.b_records = head_b.sequence;
    TOLLGATE_RETURN_IF_ERROR(compare(a, b, one, progress));
    result.records_compared += one.common_records + (one.relation == Relation::fork ? 1 : 0);
  }
  return result;
}

}  // namespace tollgate::audit
