// One key for each person (or payment) whose data is sealed, wrapped by a data key. Those that were used last are kept in memory, a
// bounded number.
//
//   "s" partner be64 | mode u8 | subject  ->  sealed_row.h: head | id (8 bytes) | AES-256-GCM of the key
#pragma once
#include <absl/container/flat_hash_map.h>

#include <array>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "tollgate/base/cache_stats.h"
#include "tollgate/base/id.h"
#include "tollgate/base/status.h"
#include "vault/cipher.h"
#include "vault/sealed_row.h"
#include "vault/store.h"

namespace tollgate::vault {

inline constexpr std::size_t subject_bytes_max = 64;

struct SubjectKey {
  static constexpr std::size_t id_bytes = 8;
  std::string id;  // random: tells whether something was sealed under this key or under one before it
  Key key;
};
using SubjectKeyPointer = std::shared_ptr<const SubjectKey>;

class SubjectKeys {
 public:
  static constexpr char row_kind = 's';
  SubjectKeys(Store& store, const Keyring& ring, std::size_t cached_max) : store_(store), ring_(ring), cached_max_(cached_max) {}

  // not_found if there is none.
  [[nodiscard]] StatusOr<SubjectKeyPointer> get(PartnerId partner, Mode mode, std::string_view subject);
  // Makes it if there is none; durable then.
  [[nodiscard]] StatusOr<SubjectKeyPointer> get_or_make(PartnerId partner, Mode mode, std::string_view subject);
  // With the rows that `also` gives, in one write. It is asked while nobody adds any.
  [[nodiscard]] Status erase(PartnerId partner, Mode mode, std::string_view subject, const std::function<StatusOr<std::vector<std::string>>()>& also);

  // Rows that are to live as long as the subject's key, which is made, in the same write, if there is none.
  [[nodiscard]] Status add_rows(PartnerId partner, Mode mode, std::string_view subject, std::vector<VaultRow> rows);
  struct Addition {
    PartnerId partner;
    Mode mode;
    std::string subject;
    std::vector<VaultRow> rows;
  };
  // The same for many, in one write; where there is no key, nothing is added.
  [[nodiscard]] Status add_rows_of_existing(std::span<const Addition> all);

  [[nodiscard]] CacheStats cache_stats() const;

  // 0: a row of format 1.
  [[nodiscard]] static uint32_t key_number(std::string_view value);
  // Wraps these rows under the active data key. Those that are gone are left alone; `damaged` counts those that do not open.
  [[nodiscard]] Status rewrap(std::span<const std::string> rows, uint64_t& damaged);

 private:
  struct Cached {
    std::string row;
    SubjectKeyPointer key;
  };
  static constexpr std::size_t stripes = 64;

  [[nodiscard]] SubjectKeyPointer cached(const std::string& row);
  void keep(const std::string& row, SubjectKeyPointer key);
  void drop(const std::string& row);
  [[nodiscard]] StatusOr<SubjectKeyPointer> read(const std::string& row);
  // Under the row's stripe: made and written together with `rows`.
  [[nodiscard]] StatusOr<SubjectKeyPointer> make(const std::string& row, std::vector<VaultRow> rows);
  [[nodiscard]] StatusOr<bool> all_there(std::span<const VaultRow> rows) const;
  [[nodiscard]] StatusOr<std::shared_ptr<SubjectKey>> unwrapped(const std::string& row, std::string_view stored) const;
  // Held from looking a key up on disk to keeping or dropping it in memory, so that an erased key cannot come back.
  [[nodiscard]] std::mutex& stripe_of(const std::string& row) { return stripes_[std::hash<std::string>()(row) % stripes]; }

  Store& store_;
  const Keyring& ring_;
  const std::size_t cached_max_;
  std::array<std::mutex, stripes> stripes_;
  mutable std::mutex mutex_;  // of the cache
  uint64_t hits_ = 0, misses_ = 0, evictions_ = 0;
  std::list<Cached> newest_first_;
  absl::flat_hash_map<std::string, std::list<Cached>::iterator> by_row_;
};

}  // namespace tollgate::vault
