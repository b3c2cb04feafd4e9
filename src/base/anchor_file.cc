#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/anchor_image.h"
#include "tollgate/base/bytes.h"

namespace tollgate {
namespace {

constexpr std::size_t checksum_at = 32;

class File {
 public:
  File(const std::string& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

Status failed(const char* what, const std::string& path) { return unavailable("cannot {} {}: {}", what, path, std::strerror(errno)); }

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

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
  const File file(path, O_RDONLY);
  if (file.get() < 0) return errno == ENOENT ? not_found("there is no anchor {}", path) : failed("open", path);
  std::string bytes(2 * anchor_copy_bytes, '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path);
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
  // Under another name first: a crash leaves the old file or the new one.
  const std::string temporary = path + ".new";
  {
    const File file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    if (file.get() < 0) return failed("create", temporary);
    if (!write_all(file.get(), bytes)) return failed("write", temporary);
    if (::fsync(file.get()) != 0) return failed("sync", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("rename", temporary);
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  const File parent(folder, O_RDONLY | O_DIRECTORY);
  if (parent.get() < 0 || ::fsync(parent.get()) != 0) return failed("sync", folder);
  return absl::OkStatus();
}

}  // namespace tollgate
