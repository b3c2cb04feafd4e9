#include "tollgate/rocks/log_files.h"

#include <algorithm>
#include <boost/crc.hpp>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <vector>

#include "rocks/manifest_anchor.h"
#include "tollgate/base/bytes.h"

namespace tollgate {
namespace {

constexpr std::size_t block_bytes = 32 * 1024;
constexpr std::size_t header_bytes = 7;
constexpr std::size_t batch_header_bytes = 12;
enum Type : uint8_t { zero = 0, whole = 1, first = 2, middle = 3, last = 4 };

using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

uint32_t masked(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

bool all_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == '\0'; });
}

// One file, block by block. A record's payload is given up to its first bytes that `head_bytes` asks for.
class Scanner {
 public:
  Scanner(std::string path, std::function<Status(std::string_view head, uint64_t at)> record)
      : path_(std::move(path)), record_(std::move(record)) {}

  Status run() {
    std::ifstream file(path_, std::ios::binary);
    if (!file) return unavailable("cannot open {}", path_);
    std::string block(block_bytes, '\0');
    for (; file; at_ += block_bytes) {
      file.read(block.data(), static_cast<std::streamsize>(block_bytes));
      const auto got = static_cast<std::size_t>(file.gcount());
      if (file.bad()) return unavailable("cannot read {}", path_);
      if (got == 0) break;
      TOLLGATE_RETURN_IF_ERROR(scan({block.data(), got}, got < block_bytes));
      if (ended_) break;
    }
    return absl::OkStatus();
  }

 private:
  Status damaged(std::size_t offset, std::string_view what) const {
    return data_loss("{} is damaged at byte {}: {}", path_, at_ + offset, what);
  }

  Status scan(std::string_view block, bool is_last) {
    if (zeros_from_) return all_zero(block) ? absl::OkStatus() : damaged(0, "there are records behind zeros");
    std::size_t offset = 0;
    while (block.size() - offset >= header_bytes) {
      const std::string_view rest = block.substr(offset);
      const std::size_t length = load_le16(rest.data() + 4);
      const auto type = static_cast<uint8_t>(rest[6]);
      if (type == zero && length == 0) {
        // What a power loss may leave behind the end. RocksDB would go on in the next block.
        zeros_from_ = true;
        return all_zero(rest) ? absl::OkStatus() : damaged(offset, "a record's header is zero");
      }
      if (type > last) return damaged(offset, fmt::format("there is no record of type {}", type));
      if (header_bytes + length > rest.size()) {
        ended_ = true;
        // In the middle of a file RocksDB reports it; at the end it takes it for torn.
        return is_last ? check_torn(rest, offset) : absl::OkStatus();
      }
      TOLLGATE_RETURN_IF_ERROR(take(type, rest.substr(header_bytes, length), offset));
      offset += header_bytes + length;
    }
    return absl::OkStatus();
  }

  // A torn record lacks bytes of its payload. If those that are there fit its checksum, up to any of them, it is whole and its length is
  // wrong.
  Status check_torn(std::string_view rest, std::size_t offset) const {
    Crc32c crc;
    crc.process_byte(static_cast<uint8_t>(rest[6]));
    const uint32_t wanted = load_le32(rest.data());
    for (std::size_t i = header_bytes; i < rest.size(); ++i) {
      crc.process_byte(static_cast<uint8_t>(rest[i]));
      if (masked(crc.checksum()) == wanted) return damaged(offset, "a whole record with a wrong length");
    }
    return absl::OkStatus();
  }

  Status take(uint8_t type, std::string_view payload, std::size_t offset) {
    if (type == whole || type == first) {
      head_.clear();
      head_at_ = at_ + offset;
    }
    if (head_.size() < batch_header_bytes) head_.append(payload.substr(0, batch_header_bytes - head_.size()));
    return (type == whole || type == last) ? record_(head_, head_at_) : absl::OkStatus();
  }

  const std::string path_;
  const std::function<Status(std::string_view, uint64_t)> record_;
  uint64_t at_ = 0;  // where the block begins
  bool zeros_from_ = false;
  bool ended_ = false;
  std::string head_;
  uint64_t head_at_ = 0;
};

std::optional<uint64_t> number_in(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  uint64_t number = 0;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (problem != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return number;
}

// Write-ahead logs in their order.
Status check_wals(const std::vector<std::pair<uint64_t, std::string>>& wals, Writes writes) {
  uint64_t next_sequence = 0;  // 0: any
  for (const auto& wal : wals) {
    const std::string& path = wal.second;
    Scanner scanner(path, [&](std::string_view head, uint64_t at) -> Status {
      if (head.size() < batch_header_bytes) return absl::OkStatus();  // RocksDB reports it
      const uint64_t sequence = load_le64(head.data());
      if (writes == Writes::synced && next_sequence != 0 && sequence > next_sequence) {
        return data_loss("{}, byte {}: writes {} to {} are missing before it: a file was cut or removed", path, at, next_sequence,
            sequence - 1);
      }
      next_sequence = sequence + load_le32(head.data() + 8);
      return absl::OkStatus();
    });
    TOLLGATE_RETURN_IF_ERROR(scanner.run());
  }
  return absl::OkStatus();
}

}  // namespace

Status check_log_files(const std::string& directory, Writes writes) {
  std::ifstream current(directory + "/CURRENT");
  std::string manifest;
  if (!std::getline(current, manifest)) return absl::OkStatus();
  std::vector<std::pair<uint64_t, std::string>> wals;
  std::error_code error;
  for (std::filesystem::directory_iterator file(directory, error), end; !error && file != end; file.increment(error)) {
    const std::string name = file->path().filename().string();
    if (const auto number = number_in(name, ".log")) wals.emplace_back(*number, file->path().string());
  }
  if (error) return unavailable("cannot list {}: {}", directory, error.message());
  std::sort(wals.begin(), wals.end());
  // RocksDB names what is wrong with CURRENT itself.
  if (std::filesystem::exists(directory + "/" + manifest, error)) {
    Scanner scanner(directory + "/" + manifest, [](std::string_view, uint64_t) { return absl::OkStatus(); });
    TOLLGATE_RETURN_IF_ERROR(scanner.run());
    TOLLGATE_RETURN_IF_ERROR(check_manifest_anchor(directory, manifest));
  }
  return check_wals(wals, writes);
}

}  // namespace tollgate
