#include "audit/tiles.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>

#include "tollgate/record/record.h"

namespace tollgate::audit {

namespace fs = std::filesystem;

namespace {

constexpr int directories_deep_max = 3;
// 256 records of the largest size, with their lengths.
constexpr std::uintmax_t bundle_bytes_max = bundle_records * (record_bytes_max + 2);

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

struct Tree {
  std::string directory;  // that has tile/entries
  uint64_t records = 0;
  std::string last_path;  // of the last bundle
};

std::string entries(const std::string& directory) { return directory + "/tile/entries/"; }

// The widest of the partial bundles `number`; 0 if there is none.
uint64_t widest_partial(const std::string& directory, uint64_t number) {
  uint64_t widest = 0;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(entries(directory) + bundle_path(number) + ".p", failed)) {
    const std::string name = entry.path().filename();
    uint64_t width = 0;
    const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), width);
    if (problem == std::errc{} && end == name.data() + name.size() && width < bundle_records) widest = std::max(widest, width);
  }
  return widest;
}

// Full bundles are numbered without a gap: their number by doubling, then halving.
uint64_t count_full_bundles(const std::string& directory) {
  const auto exists = [&](uint64_t number) {
    std::error_code failed;
    return fs::is_regular_file(entries(directory) + bundle_path(number), failed);
  };
  if (!exists(0)) return 0;
  uint64_t there = 0, missing = 1;
  while (exists(missing)) {
    there = missing;
    missing *= 2;
  }
  while (missing - there > 1) {
    const uint64_t middle = there + (missing - there) / 2;
    (exists(middle) ? there : missing) = middle;
  }
  return missing;
}

StatusOr<Tree> survey(const std::string& directory) {
  Tree tree{.directory = directory};
  const uint64_t full = count_full_bundles(directory);
  const uint64_t width = widest_partial(directory, full);
  tree.records = full * bundle_records + width;
  if (tree.records == 0) return tree;
  tree.last_path = entries(directory) + (width != 0 ? fmt::format("{}.p/{}", bundle_path(full), width) : bundle_path(full - 1));
  return tree;
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
  TOLLGATE_ASSIGN_OR_RETURN(Tree tree, survey(directory));
  if (tree.records == 0) return absl::OkStatus();
  std::string bytes;
  TOLLGATE_RETURN_IF_ERROR(read_file(tree.last_path, bytes));
  StatusOr<RecordHeader> header = data_loss("{} is empty", tree.last_path);
  const auto seen = visit_bundle(tree.last_path, bytes, [&](uint64_t, std::string_view record) {
    header = decode_header(record);
    return false;
  });
  if (!seen.ok()) return seen.status();
  if (!header.ok()) return bad_bundle(tree.last_path, message_of(header.status()));
  const auto [at, is_new] = trees_.emplace(header->partition, tree);
  if (!is_new) {
    return invalid_argument("{} and {} both hold partition {}: name one of them", at->second.directory, directory, header->partition);
  }
  return absl::OkStatus();
}

StatusOr<Head> TileSource::head(uint32_t partition) const {
  const auto found = trees_.find(partition);
  Head head;
  if (found == trees_.end()) return head;
  std::string bytes, last;
  TOLLGATE_RETURN_IF_ERROR(read_file(found->second.last_path, bytes));
  const auto seen = visit_bundle(found->second.last_path, bytes, [&](uint64_t, std::string_view record) {
    last = record;
    return true;
  });
  if (!seen.ok()) return seen.status();
  const auto header = decode_header(last);
  if (!header.ok()) return bad_bundle(found->second.last_path, message_of(header.status()));
  head.sequence = found->second.records;
  head.epoch = header->epoch;
  head.hash = hash_of_record(last);
  return head;
}

Status TileSource::read(uint32_t partition, uint64_t from_sequence, const EventLog::RecordVisitor& visit) const {
  const auto found = trees_.find(partition);
  if (found == trees_.end()) return absl::OkStatus();
  const Tree& tree = found->second;
  std::string bytes;
  bool more = true;
  for (uint64_t first = (std::max<uint64_t>(from_sequence, 1) - 1) / bundle_records * bundle_records; more && first < tree.records;
       first += bundle_records) {
    const uint64_t width = std::min(bundle_records, tree.records - first);
    const std::string path = width < bundle_records ? tree.last_path : entries(tree.directory) + bundle_path(first / bundle_records);
    TOLLGATE_RETURN_IF_ERROR(read_file(path, bytes));
    const auto seen = visit_bundle(path, bytes, [&](uint64_t index, std::string_view record) {
      if (index >= width) return false;
      if (first + index + 1 >= from_sequence) more = visit(first + index + 1, record);
      return more;
    });
    if (!seen.ok()) return seen.status();
    if (more && *seen != width) return bad_bundle(path, fmt::format("it has {} records, {} belong there", *seen, width));
  }
  return absl::OkStatus();
}

void find_below(const fs::path& path, int deep, std::vector<std::string>& found) {
  std::error_code failed;
  if (fs::is_directory(path / "tile" / "entries", failed)) found.push_back(path);
  if (deep == directories_deep_max) return;
  std::vector<fs::path> children;
  for (const auto& entry : fs::directory_iterator(path, failed)) {
    if (entry.is_directory(failed) && entry.path().filename() != "tile") children.push_back(entry.path());
  }
  std::sort(children.begin(), children.end());
  for (const fs::path& child : children) find_below(child, deep + 1, found);
}

}  // namespace

std::string bundle_path(uint64_t number) {
  std::string path = fmt::format("{:03}", number % 1'000);
  for (number /= 1'000; number != 0; number /= 1'000) path = fmt::format("x{:03}/{}", number % 1'000, path);
  return path;
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
