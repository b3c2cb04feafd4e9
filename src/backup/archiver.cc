#include <unistd.h>

#include <algorithm>

#include "backup/archive_files.h"
#include "backup/copy_databases.h"
#include "backup/files.h"
#include "backup/generation_json.h"
#include "backup/layout.h"
#include "backup/segment.h"
#include "tollgate/backup/archive.h"
#include "tollgate/base/time.h"

namespace tollgate {
namespace backup {
namespace {

constexpr uint64_t side_wal_bytes_for_flush = uint64_t{1} << 20;
// Small segments of a partition before they are joined to one, whatever their size.
constexpr std::size_t small_segments_max = 64;
constexpr uint64_t side_backups_kept = 2;
constexpr int64_t side_prune_interval_us = 60 * us_per_second;

class ArchiverImpl final : public Archiver {
 public:
  ArchiverImpl(ArchiveOptions options, LogGeneration generation, DirectoryLock lock, Store side_store, const EventLog& log, std::vector<DatabaseSource> side)
      : options_(std::move(options)), generation_(std::move(generation)), lock_(std::move(lock)), side_store_(std::move(side_store)), log_(log), side_(std::move(side)) {}

  Status load() {
    TOLLGATE_RETURN_IF_ERROR(make_directories(generation_folder(options_.directory, generation_.number)));
    const std::string history = generation_folder(options_.directory, generation_.number) + "/history.json";
    if (::access(history.c_str(), F_OK) != 0) TOLLGATE_RETURN_IF_ERROR(replace_file(history, json_of(generation_).dump() + "\n"));
    TOLLGATE_ASSIGN_OR_RETURN(const auto reader, ArchiveReader::open(options_.directory, generation_));
    TOLLGATE_ASSIGN_OR_RETURN(ends_, reader->ends());
    for (const auto& [partition, end] : ends_) {
      TOLLGATE_ASSIGN_OR_RETURN(const Head head, log_.head(partition));
      if (head.sequence < end)
        return failed_precondition(
            "the archive {} has record {} of partition {}, this log ends at {}: it is older than its archive, or the archive is another log's. "
            "Restore from the archive instead of starting on an old copy",
            options_.directory, end, partition, head.sequence);
      TOLLGATE_RETURN_IF_ERROR(check_link(*reader, partition, end));
      TOLLGATE_ASSIGN_OR_RETURN(const auto segments, segments_in(options_.directory, generation_.number, partition));
      for (const SegmentInfo& segment : segments)
        if (segment.bytes < options_.segment_bytes) small_[partition].push_back(segment);
    }
    return absl::OkStatus();
  }

  StatusOr<Round> round(int64_t now_us, const std::atomic<bool>* stop) override {
    // Partners last: whoever is referred to by a record that counts is then counted as well.
    TOLLGATE_ASSIGN_OR_RETURN(std::vector<uint32_t> partitions, log_.partitions());
    std::reverse(partitions.begin(), partitions.end());
    std::map<uint32_t, uint64_t> heads;
    bool any = false;
    for (const uint32_t partition : partitions) {
      TOLLGATE_ASSIGN_OR_RETURN(const Head head, log_.head(partition));
      heads[partition] = head.sequence;
      any |= head.sequence > ends_[partition];
    }
    Round done;
    if (any) {
      // Vault and sandbox as they are now hold at least what those records name, and are there before the records are.
      TOLLGATE_RETURN_IF_ERROR(copy_side(now_us, stop));
      Pace pace(options_.bytes_per_second, stop);
      for (const auto& [partition, head] : heads) TOLLGATE_RETURN_IF_ERROR(copy_partition(partition, head, pace, done));
    }
    done.ends = ends_;
    return done;
  }

 private:
  // The log goes on where the archive ends, and is not another one.
  Status check_link(ArchiveReader& reader, uint32_t partition, uint64_t end) {
    std::string archived, ours;
    const auto keep = [](std::string& to) { return [&to](uint64_t, std::string_view bytes) { to = bytes; return false; }; };
    TOLLGATE_RETURN_IF_ERROR(reader.read(partition, end, keep(archived)));
    const Status read = log_.read(partition, end, keep(ours));
    if (absl::IsFailedPrecondition(read)) {  // forgotten here: then the next one names its hash
      TOLLGATE_RETURN_IF_ERROR(log_.read(partition, end + 1, keep(ours)));
      const auto next = decode_header(ours);
      if (next.ok() && next->prev_hash == hash_of_record(archived)) return absl::OkStatus();
    } else {
      TOLLGATE_RETURN_IF_ERROR(read);
      if (archived == ours) return absl::OkStatus();
    }
    return failed_precondition("the archive {} is another log's: record {} of partition {} differs. Give this node an archive directory of its own",
                               options_.directory, end, partition);
  }

  Status copy_side(int64_t now_us, const std::atomic<bool>* stop) {
    if (side_.empty()) return absl::OkStatus();
    BackupOptions options{.directory = side_store_.directory(), .data_dir = options_.data_dir, .bytes_per_second = options_.bytes_per_second,
                          .stop = stop, .node_version = options_.node_version, .now_us = now_us};
    TOLLGATE_ASSIGN_OR_RETURN(const Manifest manifest, copy_databases(side_store_, options, side_, side_wal_bytes_for_flush));
    TOLLGATE_RETURN_IF_ERROR(side_store_.save(manifest));
    TOLLGATE_ASSIGN_OR_RETURN(const auto ids, side_store_.ids());
    for (std::size_t i = 0; i + side_backups_kept < ids.size(); ++i) TOLLGATE_RETURN_IF_ERROR(side_store_.remove(ids[i]));
    if (now_us - side_pruned_us_ >= side_prune_interval_us) {
      TOLLGATE_RETURN_IF_ERROR(side_store_.collect_garbage().status());
      side_pruned_us_ = now_us;
    }
    return absl::OkStatus();
  }

  Status copy_partition(uint32_t partition, uint64_t head, Pace& pace, Round& done) {
    while (ends_[partition] < head) {
      TOLLGATE_ASSIGN_OR_RETURN(const SegmentInfo written, write_segment(partition, ends_[partition] + 1, head, pace));
      done.records += written.last - written.first + 1;
      done.bytes += written.bytes;
      ends_[partition] = written.last;
      if (written.bytes < options_.segment_bytes) small_[partition].push_back(written);
    }
    return join_small(partition, pace);
  }

  // Records from `first` on, up to `last` or until the segment is full.
  StatusOr<SegmentInfo> write_segment(uint32_t partition, uint64_t first, uint64_t last, Pace& pace) {
    SegmentWriter writer(generation_.number, partition);
    Status wrong;
    TOLLGATE_RETURN_IF_ERROR(log_.read(partition, first, [&](uint64_t sequence, std::string_view bytes) {
      wrong = writer.add(bytes);
      return wrong.ok() && sequence < last && writer.bytes() < options_.segment_bytes;
    }));
    TOLLGATE_RETURN_IF_ERROR(wrong);
    if (writer.empty()) return data_loss("partition {}: record {} is missing", partition, first);
    const std::string content = writer.finish();
    TOLLGATE_RETURN_IF_ERROR(pace.spend(content.size()));
    const std::string folder = partition_folder(options_.directory, generation_.number, partition);
    TOLLGATE_RETURN_IF_ERROR(make_directories(folder));
    SegmentInfo info{.generation = generation_.number, .partition = partition, .first = writer.header().first, .last = writer.header().last,
                     .first_time_us = writer.header().first_time_us, .last_time_us = writer.header().last_time_us, .bytes = content.size(), .path = {}};
    info.path = folder + "/" + segment_name(info.first, info.last);
    TOLLGATE_RETURN_IF_ERROR(replace_file(info.path, content));
    return info;
  }

  // Many small files are slow to list and to read: once there are enough, they become one.
  Status join_small(uint32_t partition, Pace& pace) {
    std::vector<SegmentInfo>& small = small_[partition];
    uint64_t bytes = 0;
    for (const SegmentInfo& segment : small) bytes += segment.bytes;
    if (small.size() < 2 || (small.size() < small_segments_max && bytes < options_.segment_bytes)) return absl::OkStatus();
    TOLLGATE_ASSIGN_OR_RETURN(const auto reader, ArchiveReader::open(options_.directory, generation_));
    SegmentWriter writer(generation_.number, partition);
    Status wrong;
    const uint64_t last = small.back().last;
    TOLLGATE_RETURN_IF_ERROR(reader->read(partition, small.front().first, [&](uint64_t sequence, std::string_view record) {
      wrong = writer.add(record);
      return wrong.ok() && sequence < last;
    }));
    TOLLGATE_RETURN_IF_ERROR(wrong);
    if (writer.empty() || writer.header().last != last) return data_loss("partition {}: the archive's newest segments do not join", partition);
    const std::string content = writer.finish();
    TOLLGATE_RETURN_IF_ERROR(pace.spend(content.size()));
    SegmentInfo joined = small.front();
    joined.last = last;
    joined.bytes = content.size();
    joined.path = partition_folder(options_.directory, generation_.number, partition) + "/" + segment_name(joined.first, joined.last);
    TOLLGATE_RETURN_IF_ERROR(replace_file(joined.path, content));
    for (const SegmentInfo& part : small)
      if (part.path != joined.path && ::unlink(part.path.c_str()) != 0) return failed("remove", part.path);
    small.clear();
    if (joined.bytes < options_.segment_bytes) small.push_back(std::move(joined));
    return absl::OkStatus();
  }

  const ArchiveOptions options_;
  const LogGeneration generation_;
  const DirectoryLock lock_;
  Store side_store_;
  const EventLog& log_;
  const std::vector<DatabaseSource> side_;
  std::map<uint32_t, uint64_t> ends_;
  std::map<uint32_t, std::vector<SegmentInfo>> small_;  // not yet joined, in order
  int64_t side_pruned_us_ = 0;
};

}  // namespace
}  // namespace backup

StatusOr<std::unique_ptr<Archiver>> Archiver::open(ArchiveOptions options, const EventLog& log, std::vector<DatabaseSource> side) {
  using namespace backup;
  TOLLGATE_RETURN_IF_ERROR(make_archive(options.directory));
  TOLLGATE_ASSIGN_OR_RETURN(DirectoryLock lock, DirectoryLock::take(options.directory, "the archive"));
  TOLLGATE_ASSIGN_OR_RETURN(LogGeneration generation, load_generation(options.data_dir));
  TOLLGATE_ASSIGN_OR_RETURN(Store side_store, Store::open(side_folder(options.directory), true));
  auto made = std::make_unique<ArchiverImpl>(std::move(options), std::move(generation), std::move(lock), std::move(side_store), log, std::move(side));
  TOLLGATE_RETURN_IF_ERROR(made->load());
  return std::unique_ptr<Archiver>(std::move(made));
}

}  // namespace tollgate
