// The vault's rows on disk: ciphertext only. Every write is synced. Keys are one letter of kind and what follows.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tollgate/base/anchor.h"
#include "tollgate/base/cache_stats.h"
#include "tollgate/base/status.h"
#include "tollgate/rocks/snapshotter.h"

namespace tollgate::vault {

struct VaultRow {
  std::string key;
  std::string value;
};

class Store {
 public:
  // `purge_delay_us`: how long after a removal its bytes are compacted away; removals meanwhile share the work.
  // `anchor_path`: where it is noted how many writes there were, so that a database that has lost the newest of them is refused.
  // `failed` is called, from any thread, after the error that closes the store.
  [[nodiscard]] static StatusOr<std::unique_ptr<Store>> open(const std::string& directory, const std::string& anchor_path,
                                                             std::size_t block_cache_bytes, int64_t purge_delay_us,
                                                             std::function<void(Status)> failed);
  ~Store();

  // All of it in one synced write. After an error all further writes are refused.
  [[nodiscard]] Status put(std::span<const VaultRow> rows);
  // not_found if there is no such row.
  [[nodiscard]] StatusOr<std::string> get(std::string_view key) const;
  [[nodiscard]] Status remove(std::string_view key);
  // All of them in one synced write.
  [[nodiscard]] Status remove(std::span<const std::string> keys);
  // Rows that were written over: what stood there before leaves the files soon, as what was removed does.
  void forget_older(std::span<const std::string> keys);
  // The rows that begin with `prefix`, in order, from `from` on (empty: from the first), until `visit` gives false.
  [[nodiscard]] Status scan(std::string_view prefix, std::string_view from, const std::function<bool(std::string_view key, std::string_view value)>& visit) const;
  enum class Order : uint8_t { ascending, descending };
  // What follows `prefix` in the keys that begin with it, behind `beyond` in that order (empty: from the first), until `visit` gives false.
  [[nodiscard]] Status walk_beyond(const std::string& prefix, std::string_view beyond, Order order, const std::function<bool(std::string_view rest)>& visit) const;
  // A name that no other opening of this store has, and that of the opening before it, whatever version of this program it was.
  [[nodiscard]] const std::string& session() const { return session_; }
  [[nodiscard]] const std::string& session_before() const { return session_before_; }
  [[nodiscard]] Snapshotter& snapshotter() { return *snapshotter_; }
  [[nodiscard]] CacheStats block_cache() const;

 private:
  struct Database;
  Store(std::unique_ptr<Database> database, int64_t purge_delay_us, std::function<void(Status)> failed);
  [[nodiscard]] Status open_anchor(const std::string& path, uint64_t generation);
  [[nodiscard]] Status refusal() const;
  // After each write: notes it, or closes the store.
  [[nodiscard]] Status written(const Status& status);
  void run_purges();
  void purge(const std::vector<std::string>& keys, bool all);

  std::unique_ptr<Database> database_;
  std::unique_ptr<Snapshotter> snapshotter_;
  std::string session_, session_before_;
  const int64_t purge_delay_us_;
  const std::function<void(Status)> tell_;
  std::unique_ptr<AnchorWriter> anchor_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Status failed_;
  std::vector<std::string> removed_;  // or written over: rows whose older bytes are still in some file
  bool removed_too_many_ = false;
  bool stopped_ = false;
  std::thread purger_;
};

}  // namespace tollgate::vault
