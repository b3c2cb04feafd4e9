#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/anchor_image.h"
#include "tollgate/base/bytes.h"
#include "tollgate/base/file.h"

namespace tollgate {
namespace {

constexpr std::size_t checksum_at = 32;

Digest checksum_of(std::string_view image) { return sha256(image.substr(0, checksum_at), image.substr(anchor_header_bytes)); }

}  // namespace

std::string anchor_image(const Anchor& anchor) {
  std::string image(anchor_header_bytes + anchor.slots.size() * anchor_slot_bytes, '\0');
  store_le32(image.data(), anchor_magic);
  store_le32(image.data() + 4, static_cast<uint32_t>(anchor.slots.size()));
  store_le64(image.data() + 8, anchor.generation);
  char* at = image.data() + anchor_header_bytes;
  for (const AnchorSlot& slot : anchor.slots) {
    store_le32(at, slot.id);
    store_le64(at + 8, slot.epoch);
    store_le64(at + 16, slot.sequence);
    std::memcpy(at + 32, slot.hash.data(), slot.hash.size());
    at += anchor_slot_bytes;
  }
  const Digest checksum = checksum_of(image);
  std::memcpy(image.data() + checksum_at, checksum.data(), checksum.size());
  return image;
}

std::optional<Anchor> parse_anchor_image(std::string_view copy) {
  if (copy.size() < anchor_header_bytes || load_le32(copy.data()) != anchor_magic) return std::nullopt;
  const uint32_t count = load_le32(copy.data() + 4);
  if (count > anchor_slots_max || copy.size() < anchor_header_bytes + count * anchor_slot_bytes) return std::nullopt;
  copy = copy.substr(0, anchor_header_bytes + count * anchor_slot_bytes);
  if (view(checksum_of(copy)) != copy.substr(checksum_at, sizeof(Digest))) return std::nullopt;
  Anchor anchor;
  anchor.generation = load_le64(copy.data() + 8);
  for (const char* at = copy.data() + anchor_header_bytes; at != copy.data() + copy.size(); at += anchor_slot_bytes) {
    AnchorSlot slot;
    slot.id = load_le32(at);
    slot.epoch = load_le64(at + 8);
    slot.sequence = load_le64(at + 16);
    std::memcpy(slot.hash.data(), at + 32, slot.hash.size());
    anchor.slots.push_back(slot);
  }
  return anchor;
}

StatusOr<Anchor> read_anchor(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return errno == ENOENT ? not_found("there is no anchor {}", path) : file_error("open", path);
  std::string bytes(2 * anchor_copy_bytes, '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("read", path);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  const std::string_view all(bytes.data(), have);
  auto first = parse_anchor_image(all.substr(0, anchor_copy_bytes));
  auto second = have > anchor_copy_bytes ? parse_anchor_image(all.substr(anchor_copy_bytes)) : std::nullopt;
  if (!first && !second) return data_loss("{} is damaged: neither of its two copies is whole", path);
  if (!first || (second && second->generation > first->generation)) return *std::move(second);
  return *std::move(first);
}

Status write_anchor(const std::string& path, const Anchor& anchor) {
  if (anchor.slots.size() > anchor_slots_max) return invalid_argument("an anchor has at most {} slots", anchor_slots_max);
  std::string bytes = anchor_image(anchor);
  bytes.resize(anchor_copy_bytes, '\0');
  bytes += bytes;
  return replace_file(path, bytes);
}

}  // namespace tollgate
