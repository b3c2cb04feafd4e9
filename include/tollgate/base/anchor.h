// An anchor: a small file that says how far something had come, kept apart from it. A database can lose its newest writes
// to bad bytes without noticing; an anchor beside it tells.
//
// The file: two copies of the same table, written in turn, so that a torn write leaves the other one. Little-endian.
//   copy 0 at byte 0, copy 1 at byte 65,536
//   header (64 bytes): magic u32 "TGA1" | slots u32 | generation u64 | 16 zero bytes | SHA-256 of all that and of the slots
//   slot (64 bytes):   id u32 | 4 zero bytes | epoch u64 | sequence u64 | 8 zero bytes | hash 32 bytes
// The whole copy with the higher generation counts.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tollgate/base/digest.h"
#include "tollgate/base/status.h"

namespace tollgate {

inline constexpr uint32_t anchor_magic = 0x31414754;  // "TGA1"
inline constexpr std::size_t anchor_header_bytes = 64;
inline constexpr std::size_t anchor_slot_bytes = 64;
inline constexpr std::size_t anchor_copy_bytes = 64 * 1024;
inline constexpr std::size_t anchor_slots_max = (anchor_copy_bytes - anchor_header_bytes) / anchor_slot_bytes;
// How old the newest copy on disk may be when the process is lost, on a disk that syncs in less than half of that.
inline constexpr int64_t anchor_lag_max_ms = 100;

struct AnchorSlot {
  uint32_t id = 0;
  uint64_t epoch = 0;
  uint64_t sequence = 0;
  Digest hash{};
  friend bool operator==(const AnchorSlot&, const AnchorSlot&) = default;
};

struct Anchor {
  uint64_t generation = 0;
  std::vector<AnchorSlot> slots;  // ascending by id
};

// not_found if there is no file, data_loss if neither of its copies is whole.
[[nodiscard]] StatusOr<Anchor> read_anchor(const std::string& path);
// Makes the file, or replaces it whole: both copies say the same. Durable when it returns.
[[nodiscard]] Status write_anchor(const std::string& path, const Anchor& anchor);

// Keeps an anchor up to date from a thread of its own: whoever notes something never waits for the disk.
class AnchorWriter {
 public:
  // Writes `anchor` first, as write_anchor() does. `failed` is called once, from the writer's thread, when the file can no longer be
  // written.
  [[nodiscard]] static StatusOr<std::unique_ptr<AnchorWriter>> open(const std::string& path, Anchor anchor,
      std::function<void(Status)> failed);
  // Writes what is left.
  ~AnchorWriter();

  // Any thread. The slot replaces the one with its id.
  void note(const AnchorSlot& slot);
  // The error after which nothing more is written.
  [[nodiscard]] Status status() const;

 private:
  AnchorWriter(std::string path, int descriptor, const Anchor& anchor, std::function<void(Status)> failed);
  void run();
  [[nodiscard]] Status write_next_copy(const std::string& image) const;

  const std::string path_;
  const int descriptor_;
  const std::function<void(Status)> failed_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<uint32_t, AnchorSlot> slots_;
  uint64_t generation_;
  int copies_behind_ = 0;  // that do not hold the slots as they are
  bool stopped_ = false;
  Status error_;
  std::thread thread_;
};

}  // namespace tollgate
