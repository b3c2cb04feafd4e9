// How often cards were declined lately: of a card by its fingerprint, of an issuer's range by its BIN. A card tester is then told no
// here, before any acquirer is asked. Of one engine thread; in memory, so a restart forgets.
#pragma once
#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "tollgate/base/id.h"

namespace tollgate {

class DeclineCounts {
 public:
  // The window slides in steps of an eighth: a decline counts for seven to eight eighths of it.
  static constexpr std::size_t steps = 8;

  explicit DeclineCounts(std::size_t entries_max) : entries_max_(entries_max) {}

  struct Key {
    PartnerId partner;
    Mode mode = Mode::none;
    uint64_t of = 0;  // hash of the fingerprint or BIN, with its kind
    bool operator==(const Key&) const = default;
    template <class H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.partner.value, static_cast<uint8_t>(key.mode), key.of);
    }
  };
  [[nodiscard]] static Key card(PartnerId partner, Mode mode, std::string_view fingerprint);
  [[nodiscard]] static Key bin(PartnerId partner, Mode mode, std::string_view digits);

  void add(const Key& key, int64_t window_us, int64_t now_us);
  [[nodiscard]] uint32_t count(const Key& key, int64_t window_us, int64_t now_us) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    int64_t newest_step = 0;
    int64_t step_us = 0;
    std::array<uint16_t, steps> declines{};  // by step modulo their number
  };
  void forget_old(int64_t now_us);

  const std::size_t entries_max_;
  absl::flat_hash_map<Key, Entry> entries_;
};

}  // namespace tollgate
