#include "audit/tiles.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>

#include "tollgate/audit/tiles.h"
#include "tollgate/record/record.h"

namespace tollgate::audit {

namespace fs = std::filesystem;

namespace {

constexpr int directories_deep_max = 3;
// 256 records of the largest size, with their lengths.
constexpr std::uintmax_t bundle_bytes_max = proof::tile_width * (record_bytes_max + 2);

Status read_file(const std::string& path, std::string& bytes) {
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(path, failed);
  if (failed) return not_found("{}: {}", path, failed.message());
  if (size > bundle_bytes_max) return data_loss("{} is larger than a bundle can be", path);
  bytes.resize(static_cast<std::size_t>(size));
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) return unavailable("cannot read {}", path);
  return absl::OkStatus();
}

Status bad_bundle(const std::string& path, std::string_view what) { return data_loss("{}: {}", path, what); }

// Up to where there are bundles, also behind one that is missing.
StatusOr<uint64_t> count_in_bundles(const std::string& directory) {
  uint64_t records = 0;
  std::error_code failed;
  fs::recursive_directory_iterator file(directory + "/tile/entries", failed);
  for (const fs::recursive_directory_iterator end; !failed && file != end; file.increment(failed)) {
    const auto bundle = proof::parse_path(file->path().lexically_relative(directory).generic_string());
    std::error_code ignored;
    if (bundle && file->is_regular_file(ignored)) records = std::max(records, bundle->tile.index * proof::tile_width + bundle->tile.width);
  }
  if (failed && failed != std::errc::no_such_file_or_directory) return unavailable("cannot look through {}: {}", directory, failed.message());
  return records;
}

struct Bundle {
  uint64_t first = 0;  // of its records, from 1
  uint16_t width = 0;
  std::string path;
};

Bundle bundle_with(const Tree& tree, uint64_t sequence) {
  const uint64_t index = (sequence - 1) / proof::tile_width;
  const uint16_t width = proof::width_in(tree.records, 0, index);
  return {index * proof::tile_width + 1, width, fmt::format("{}/{}", tree.directory, proof::entries_path(index, width))};
}

StatusOr<std::string> read_bundle(const Tree& tree, const Bundle& bundle) {
  std::string bytes;
  const Status read = read_file(bundle.path, bytes);
  if (read.ok()) return bytes;
  if (!absl::IsNotFound(read)) return read;
  return data_loss("{} is missing, with the records {} to {}: {}", bundle.path, bundle.first, bundle.first + bundle.width - 1,
                   tree.checkpoint && tree.records == tree.checkpoint->checkpoint.size ? fmt::format("the checkpoint is over {} records", tree.records)
                                                                                       : fmt::format("there are bundles up to record {}", tree.records));
}

// Calls `visit(index, bytes)` for each record of a bundle until it returns false, and gives how many it saw.
template <class Visit>
StatusOr<uint64_t> visit_bundle(const std::string& path, std::string_view bytes, Visit&& visit) {
  uint64_t count = 0;
  while (!bytes.empty()) {
    if (bytes.size() < 2) return bad_bundle(path, "it ends within a length");
    const std::size_t length = load_be16(bytes.data());
    bytes.remove_prefix(2);
    if (length > bytes.size()) return bad_bundle(path, "it ends within a record");
    if (!visit(count, bytes.substr(0, length))) return count + 1;
    ++count;
    bytes.remove_prefix(length);
  }
  return count;
}

// What the first record in it says, of the last bundle or the first.
StatusOr<uint32_t> partition_of(const Tree& tree) {
  Status why;
  for (const uint64_t sequence : {tree.records, uint64_t{1}}) {
    const Bundle bundle = bundle_with(tree, sequence);
    const auto bytes = read_bundle(tree, bundle);
    if (!bytes.ok()) {
      why = bytes.status();
      continue;
    }
    StatusOr<RecordHeader> header = data_loss("it is empty");
    const auto seen = visit_bundle(bundle.path, *bytes, [&](uint64_t, std::string_view record) {
      header = decode_header(record);
      return false;
    });
    if (!seen.ok()) return seen.status();
    if (!header.ok()) return bad_bundle(bundle.path, message_of(header.status()));
    return header->partition;
  }
  return why;
}

class TileSource final : public RecordSource {
 public:
  [[nodiscard]] Status add(const std::string& directory);

  StatusOr<std::vector<uint32_t>> partitions() const override {
    std::vector<uint32_t> ids;
    for (const auto& [id, tree] : trees_) ids.push_back(id);
    return ids;
  }
  StatusOr<Head> head(uint32_t partition) const override;
  Status read(uint32_t partition, uint64_t from_sequence, const EventLog::RecordVisitor& visit) const override;
  const EventLog* log() const override { return nullptr; }

 private:
  std::map<uint32_t, Tree> trees_;
};

Status TileSource::add(const std::string& directory) {
  TOLLGATE_ASSIGN_OR_RETURN(const Tree tree, survey_tiles(directory));
  if (tree.records == 0) return absl::OkStatus();
  const auto [at, is_new] = trees_.emplace(tree.partition, tree);
  if (!is_new) {
    return invalid_argument("{} and {} both hold partition {}: name one of them", at->second.directory, directory, tree.partition);
  }
  return absl::OkStatus();
}

StatusOr<Head> TileSource::head(uint32_t partition) const {
  const auto found = trees_.find(partition);
  Head head;
  if (found == trees_.end()) return head;
  const Bundle bundle = bundle_with(found->second, found->second.records);
  TOLLGATE_ASSIGN_OR_RETURN(const std::string bytes, read_bundle(found->second, bundle));
  std::string last;
  const auto seen = visit_bundle(bundle.path, bytes, [&](uint64_t, std::string_view record) {
    last = record;
    return true;
  });
  if (!seen.ok()) return seen.status();
  const auto header = decode_header(last);
  if (!header.ok()) return bad_bundle(bundle.path, message_of(header.status()));
  head.sequence = found->second.records;
  head.epoch = header->epoch;
  head.hash = hash_of_record(last);
  return head;
}

Status TileSource::read(uint32_t partition, uint64_t from_sequence, const EventLog::RecordVisitor& visit) const {
  const auto found = trees_.find(partition);
  if (found == trees_.end()) return absl::OkStatus();
  const Tree& tree = found->second;
  bool more = true;
  for (uint64_t at = std::max<uint64_t>(from_sequence, 1); more && at <= tree.records;) {
    const Bundle bundle = bundle_with(tree, at);
    TOLLGATE_ASSIGN_OR_RETURN(const std::string bytes, read_bundle(tree, bundle));
    const auto seen = visit_bundle(bundle.path, bytes, [&](uint64_t index, std::string_view record) {
      if (index >= bundle.width) return false;
      if (bundle.first + index >= from_sequence) more = visit(bundle.first + index, record);
      return more;
    });
    if (!seen.ok()) return seen.status();
    if (more && *seen != bundle.width) return bad_bundle(bundle.path, fmt::format("it has {} records, {} belong there", *seen, bundle.width));
    at = bundle.first + bundle.width;
  }
  return absl::OkStatus();
}

void find_below(const fs::path& path, int deep, std::vector<std::string>& found) {
  std::error_code failed;
  if (fs::is_directory(path / "tile" / "entries", failed) || fs::is_regular_file(path / "checkpoint", failed)) found.push_back(path);
  if (deep == directories_deep_max) return;
  std::vector<fs::path> children;
  for (const auto& entry : fs::directory_iterator(path, failed)) {
    if (entry.is_directory(failed) && entry.path().filename() != "tile") children.push_back(entry.path());
  }
  std::sort(children.begin(), children.end());
  for (const fs::path& child : children) find_below(child, deep + 1, found);
}

}  // namespace

StatusOr<Tree> survey_tiles(const std::string& directory) {
  Tree tree{.directory = directory};
  TOLLGATE_ASSIGN_OR_RETURN(tree.records, count_in_bundles(directory));
  const auto text = FolderTiles(directory).file("checkpoint");
  if (!text.ok() && !absl::IsNotFound(text.status())) return text.status();
  if (text.ok()) {
    auto checkpoint = proof::read_checkpoint(*text);
    if (!checkpoint.ok()) return data_loss("{}/checkpoint: {}", directory, message_of(checkpoint.status()));
    tree.checkpoint = *std::move(checkpoint);
    tree.records = std::max(tree.records, tree.checkpoint->checkpoint.size);
  }
  if (tree.records != 0) {
    TOLLGATE_ASSIGN_OR_RETURN(tree.partition, partition_of(tree));
  }
  return tree;
}

std::vector<std::string> find_tiles(const std::string& path) {
  std::vector<std::string> found;
  find_below(path, 0, found);
  return found;
}

StatusOr<std::unique_ptr<RecordSource>> open_tiles(const std::vector<std::string>& directories) {
  auto source = std::make_unique<TileSource>();
  for (const std::string& directory : directories) TOLLGATE_RETURN_IF_ERROR(source->add(directory));
  return std::unique_ptr<RecordSource>(std::move(source));
}

}  // namespace tollgate::audit
