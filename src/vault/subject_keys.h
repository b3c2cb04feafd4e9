// One key for each person (or payment) whose data is sealed, wrapped by a key that follows from the master key. Those that were used
// last are kept in memory, a bounded number.
#pragma once
#include <absl/container/flat_hash_map.h>

#include <array>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "tollgate/base/id.h"
#include "tollgate/base/status.h"
#include "vault/cipher.h"
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
  SubjectKeys(Store& store, const Key& wrapping, std::size_t cached_max) : store_(store), wrapping_(wrapping), cached_max_(cached_max) {}

  // not_found if there is none.
  [[nodiscard]] StatusOr<SubjectKeyPointer> get(PartnerId partner, Mode mode, std::string_view subject);
  // Makes it if there is none; durable then.
  [[nodiscard]] StatusOr<SubjectKeyPointer> get_or_make(PartnerId partner, Mode mode, std::string_view subject);
  [[nodiscard]] Status erase(PartnerId partner, Mode mode, std::string_view subject);

 private:
  struct Cached {
    std::string row;
    SubjectKeyPointer key;
  };
  static constexpr std::size_t stripes = 64;

  [[nodiscard]] SubjectKeyPointer cached(const std::string& row);
  void keep(const std::string& row, SubjectKeyPointer key);
  void drop(const std::string& row);
  [[nodiscard]] StatusOr<SubjectKeyPointer> read(const std::string& row, PartnerId partner, Mode mode);
  // Held from looking a key up on disk to keeping or dropping it in memory, so that an erased key cannot come back.
  [[nodiscard]] std::mutex& stripe_of(const std::string& row) { return stripes_[std::hash<std::string>()(row) % stripes]; }

  Store& store_;
  const Key wrapping_;
  const std::size_t cached_max_;
  std::array<std::mutex, stripes> stripes_;
  std::mutex mutex_;  // of the cache
  std::list<Cached> newest_first_;
  absl::flat_hash_map<std::string, std::list<Cached>::iterator> by_row_;
};

}  // namespace tollgate::vault
