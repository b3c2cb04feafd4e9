#include "tollgate/backup/archive.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <mutex>
#include <set>

#include "backup/archive_files.h"
#include "backup/generation_json.h"
#include "backup/layout.h"
#include "backup/segment.h"

namespace tollgate {
namespace backup {

std::string generation_folder(const std::string& archive, uint64_t generation) { return fmt::format("{}/g{:04}", archive, generation); }
std::string partition_folder(const std::string& archive, uint64_t generation, uint32_t partition) {
  return fmt::format("{}/p{:05}", generation_folder(archive, generation), partition);
}

namespace {

constexpr const char* history_name = "/history.json";

template <class Number>
bool numbered(std::string_view name, char letter, Number& number) {
  if (name.size() < 2 || name.front() != letter) return false;
  const auto [end, problem] = std::from_chars(name.data() + 1, name.data() + name.size(), number);
  return problem == std::errc{} && end == name.data() + name.size();
}

}  // namespace

StatusOr<std::vector<uint32_t>> partitions_in(const std::string& archive, uint64_t generation) {
  TOLLGATE_ASSIGN_OR_RETURN(const auto names, names_in(generation_folder(archive, generation)));
  std::vector<uint32_t> partitions;
  for (const std::string& name : names)
    if (uint32_t partition = 0; numbered(name, 'p', partition)) partitions.push_back(partition);
  return partitions;
}

StatusOr<std::vector<SegmentInfo>> segments_in(const std::string& archive, uint64_t generation, uint32_t partition) {
  const std::string folder = partition_folder(archive, generation, partition);
  TOLLGATE_ASSIGN_OR_RETURN(const auto names, names_in(folder));
  std::vector<SegmentInfo> segments;
  for (const std::string& name : names) {
    SegmentInfo segment{.generation = generation, .partition = partition, .path = folder + "/" + name};
    if (!parse_segment_name(name, segment.first, segment.last)) continue;
    std::error_code error;
    segment.bytes = std::filesystem::file_size(segment.path, error);
    if (error) continue;  // joined with others meanwhile: the joined one is found by the next look
    segments.push_back(std::move(segment));
  }
  std::sort(segments.begin(), segments.end(), [](const SegmentInfo& a, const SegmentInfo& b) { return a.first != b.first ? a.first < b.first : a.last > b.last; });
  return segments;
}

Status make_archive(const std::string& directory) {
  if (is_archive_directory(directory)) return absl::OkStatus();
  TOLLGATE_RETURN_IF_ERROR(make_directories(directory));
  TOLLGATE_ASSIGN_OR_RETURN(const auto names, names_in(directory));
  for (const std::string& name : names)
    if (name != "lost+found" && name != "lock" && name != "tollgate-archive.new")
      return failed_precondition("{} is not empty and no archive: an archive needs a directory of its own", directory);
  return replace_file(directory + std::string(archive_marker), marker_text);
}

namespace {

class Reader final : public ArchiveReader {
 public:
  Reader(std::string directory, LogGeneration generation) : directory_(std::move(directory)), generation_(std::move(generation)) {}

  const LogGeneration& generation() const override { return generation_; }
  const std::string& directory() const override { return directory_; }

  StatusOr<std::map<uint32_t, uint64_t>> ends() override {
    std::map<uint32_t, uint64_t> ends;
    std::set<uint32_t> partitions;
    for (const LogParent& parent : generation_.parents) {
      TOLLGATE_ASSIGN_OR_RETURN(const auto found, partitions_in(directory_, parent.generation));
      partitions.insert(found.begin(), found.end());
    }
    TOLLGATE_ASSIGN_OR_RETURN(const auto found, partitions_in(directory_, generation_.number));
    partitions.insert(found.begin(), found.end());
    for (const uint32_t partition : partitions) {
      TOLLGATE_ASSIGN_OR_RETURN(const auto all, segments(partition));
      if (!all.empty()) ends[partition] = all.back().last;
    }
    return ends;
  }

  StatusOr<std::vector<SegmentInfo>> segments(uint32_t partition) override {
    const std::lock_guard lock(mutex_);
    TOLLGATE_RETURN_IF_ERROR(look(partition));
    return known_[partition];
  }

  Status read(uint32_t partition, uint64_t from, const EventLog::RecordVisitor& visit) override {
    uint64_t next = std::max<uint64_t>(from, 1);
    bool more = true;
    while (more) {
      TOLLGATE_ASSIGN_OR_RETURN(const std::optional<SegmentInfo> segment, find(partition, next));
      if (!segment) {
        if (next == std::max<uint64_t>(from, 1)) return not_found("the archive {} does not have record {} of partition {}", directory_, next, partition);
        return absl::OkStatus();
      }
      auto opened = Segment::open(segment->path);
      if (absl::IsNotFound(opened.status())) {  // joined with others meanwhile
        forget(partition);
        TOLLGATE_ASSIGN_OR_RETURN(const std::optional<SegmentInfo> again, find(partition, next));
        if (!again) return data_loss("the segment {} is gone", segment->path);
        opened = Segment::open(again->path);
      }
      TOLLGATE_RETURN_IF_ERROR(opened.status());
      TOLLGATE_RETURN_IF_ERROR(opened->read(next, [&](uint64_t sequence, std::string_view bytes) {
        // The rest of the segment is of a life of the log that ended before it.
        if (sequence > segment->last) return false;
        next = sequence + 1;
        return visit(sequence, bytes);
      }, more));
      if (!more && next == segment->last + 1) more = opened->header().last > segment->last;  // cut there, not by the visitor
      if (next <= segment->last) return absl::OkStatus();
    }
    return absl::OkStatus();
  }

 private:
  void forget(uint32_t partition) {
    const std::lock_guard lock(mutex_);
    known_.erase(partition);
  }

  // The segment that has a record; looks for new ones if none is known to.
  StatusOr<std::optional<SegmentInfo>> find(uint32_t partition, uint64_t sequence) {
    const std::lock_guard lock(mutex_);
    for (int attempt = 0; attempt < 2; ++attempt) {
      const auto known = known_.find(partition);
      if (known != known_.end()) {
        const auto& all = known->second;
        auto at = std::upper_bound(all.begin(), all.end(), sequence, [](uint64_t wanted, const SegmentInfo& one) { return wanted < one.first; });
        if (at != all.begin() && sequence <= std::prev(at)->last) return std::optional(*std::prev(at));
      }
      if (attempt == 0) TOLLGATE_RETURN_IF_ERROR(look(partition));
    }
    return std::optional<SegmentInfo>();
  }

  // With the mutex held.
  Status look(uint32_t partition) {
    std::vector<SegmentInfo> chosen;
    uint64_t next = 0;  // 0: whatever comes first
    const auto take = [&](uint64_t generation, uint64_t until) -> Status {
      TOLLGATE_ASSIGN_OR_RETURN(const auto found, segments_in(directory_, generation, partition));
      for (const SegmentInfo& segment : found) {
        if (segment.first > until || (next != 0 && segment.last < next)) continue;
        if (next != 0 && segment.first > next)
          return data_loss("the archive {} has a gap: record {} of partition {} is missing, a segment begins at {}", directory_, next, partition, segment.first);
        SegmentInfo part = segment;
        if (next != 0) part.first = next;
        part.last = std::min(part.last, until);
        next = part.last + 1;
        chosen.push_back(std::move(part));
      }
      return absl::OkStatus();
    };
    for (const LogParent& parent : generation_.parents) {
      const auto head = parent.heads.find(partition);
      if (head != parent.heads.end() && head->second != 0) TOLLGATE_RETURN_IF_ERROR(take(parent.generation, head->second));
    }
    TOLLGATE_RETURN_IF_ERROR(take(generation_.number, UINT64_MAX));
    known_[partition] = std::move(chosen);
    return absl::OkStatus();
  }

  const std::string directory_;
  const LogGeneration generation_;
  std::mutex mutex_;
  std::map<uint32_t, std::vector<SegmentInfo>> known_;
};

}  // namespace
}  // namespace backup

bool is_archive_directory(const std::string& directory) { return ::access((directory + std::string(backup::archive_marker)).c_str(), F_OK) == 0; }

StatusOr<std::vector<LogGeneration>> archive_generations(const std::string& directory) {
  if (!is_archive_directory(directory)) return not_found("{} is no archive of a log", directory);
  TOLLGATE_ASSIGN_OR_RETURN(const auto names, backup::names_in(directory));
  std::vector<LogGeneration> generations;
  for (const std::string& name : names) {
    uint64_t number = 0;
    if (!backup::numbered(name, 'g', number)) continue;
    auto history = backup::read_generation(backup::generation_folder(directory, number) + backup::history_name);
    if (absl::IsNotFound(history.status())) continue;  // made, and not one segment written yet
    TOLLGATE_RETURN_IF_ERROR(history.status());
    generations.push_back(*std::move(history));
  }
  std::sort(generations.begin(), generations.end(), [](const LogGeneration& a, const LogGeneration& b) { return a.number < b.number; });
  return generations;
}

StatusOr<std::unique_ptr<ArchiveReader>> ArchiveReader::open(const std::string& directory, std::optional<LogGeneration> generation) {
  TOLLGATE_ASSIGN_OR_RETURN(auto all, archive_generations(directory));
  if (!generation) {
    if (all.empty()) return not_found("the archive {} is empty", directory);
    generation = std::move(all.back());
  }
  return std::unique_ptr<ArchiveReader>(std::make_unique<backup::Reader>(directory, *std::move(generation)));
}

ArchiveCheck verify_archive(ArchiveReader& archive, const std::function<void(uint64_t)>& progress) {
  ArchiveCheck check;
  const auto ends = archive.ends();
  if (!ends.ok()) {
    check.problems.push_back(std::string(message_of(ends.status())));
    return check;
  }
  check.ends = *ends;
  for (const auto& [partition, end] : *ends) {
    const auto segments = archive.segments(partition);
    if (!segments.ok()) {
      check.problems.push_back(std::string(message_of(segments.status())));
      continue;
    }
    std::optional<Digest> hash;
    for (const SegmentInfo& info : *segments) {
      ++check.segments;
      check.bytes += info.bytes;
      const auto segment = backup::Segment::open(info.path);
      Status status = segment.status();
      Digest last{};
      if (status.ok())
        status = segment->verify([&](std::string_view record) {
          const uint64_t sequence = load_le64(record.data() + 24);
          if (sequence < info.first || sequence > info.last) return;
          if (sequence == info.first && hash && decode_header(record)->prev_hash != *hash)
            check.problems.push_back(fmt::format("{}: record {} does not follow from the segment before", info.path, sequence));
          last = hash_of_record(record);
          if (++check.records % 100'000 == 0 && progress) progress(check.records);
        });
      if (!status.ok()) {
        check.problems.push_back(std::string(message_of(status)));
        hash.reset();
        continue;
      }
      hash = last;
    }
    if (!segments->empty() && segments->front().first != 1)
      check.problems.push_back(fmt::format("partition {}: records before {} are missing", partition, segments->front().first));
  }
  backup::check_side(archive.directory(), check.problems);
  return check;
}

}  // namespace tollgate
