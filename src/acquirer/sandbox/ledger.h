// The sandbox's own books: what the bank really did, by reference, on disk. Written before any answer leaves, without a sync:
// it survives the end of the process, and a test bank need not survive the end of the machine.
#pragma once
#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "acquirer/sandbox/entry.h"
#include "tollgate/base/cache_stats.h"
#include "tollgate/base/status.h"
#include "tollgate/rocks/snapshotter.h"

namespace tollgate::sandbox {

class Round;

class Ledger {
 public:
  [[nodiscard]] static StatusOr<std::unique_ptr<Ledger>> open(const std::string& directory, std::size_t block_cache_bytes,
                                                              std::function<void(Status)> failed);
  ~Ledger();

  // not_found if there is none. Any thread; sees whole rounds only.
  [[nodiscard]] StatusOr<Entry> read(std::string_view reference) const;
  [[nodiscard]] Status scan(std::string_view after, const std::function<bool(std::string_view reference, const Entry&)>& visit) const;

  // Refunds whose end is reported at a time from `from_us` on, in that order, until `visit` returns false.
  [[nodiscard]] Status scan_pending(int64_t from_us, const std::function<bool(int64_t due_us, const PendingRefund&)>& visit) const;
  // The oldest of them, a bounded number at a time.
  [[nodiscard]] Status forget_pending_before(int64_t due_us);
  [[nodiscard]] Snapshotter& snapshotter() { return *snapshotter_; }
  [[nodiscard]] CacheStats block_cache() const;

 private:
  friend class Round;
  struct Database;
  Ledger(std::unique_ptr<Database> database, std::function<void(Status)> failed);
  [[nodiscard]] Status written(Status status);
  std::unique_ptr<Database> database_;
  std::unique_ptr<Snapshotter> snapshotter_;
  const std::function<void(Status)> tell_;
  std::atomic<bool> failed_{false};
};

// One batch of changes: what it reads is what it has written so far, and all of it is committed in one write. One at a time.
class Round {
 public:
  // `entries_max`: how many different references it may touch.
  Round(Ledger& ledger, std::size_t entries_max);

  // The entry of `reference`, to be read or changed in place (then say touch()); nullptr if there is none, or if reading failed.
  // `reference` must live as long as the round.
  [[nodiscard]] Entry* find(std::string_view reference);
  // A new entry where find() gave nullptr.
  [[nodiscard]] Entry& add(std::string_view reference);
  void touch(Entry& entry) { static_cast<Slot&>(entry).touched = true; }
  void add_pending(int64_t due_us, PendingRefund pending);

  // After an error nothing of the round happened.
  [[nodiscard]] Status commit();

 private:
  struct Slot : Entry {
    std::string_view reference;
    bool exists = false;
    bool touched = false;
  };
  struct Hash {
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  [[nodiscard]] Slot& slot(std::string_view reference);

  Ledger& ledger_;
  std::size_t entries_max_;
  std::vector<Slot> slots_;  // never grows beyond what it reserved: entries are referred to
  absl::flat_hash_map<std::string_view, std::size_t, Hash, std::equal_to<>> by_reference_;
  std::vector<std::pair<int64_t, PendingRefund>> pending_;
  Status failure_;  // of a read
};

}  // namespace tollgate::sandbox
