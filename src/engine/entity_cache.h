// State in memory: a cache of one kind of object, read through from the rows. It is bounded by their number and by the bytes of their
// rows: a few large ones push many small ones out. What a round has changed is never evicted before it is written. Eviction is second
// chance over a ring of slots: one object at a time, so that no insert pauses.
#pragma once
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <memory>
#include <vector>

#include "tollgate/base/bytes.h"
#include "tollgate/base/cache_stats.h"
#include "tollgate/base/id.h"

namespace tollgate::engine {

struct EntityKey {
  PartnerId partner;
  Mode mode = Mode::none;
  IdCore core;
  uint32_t ordinal = 0;  // of a payment method; of an operation that is waited for; the last 4 bytes of a digest
  bool operator==(const EntityKey&) const = default;
};

struct EntityKeyHash {
  using is_avalanching = void;
  std::size_t operator()(const EntityKey& key) const {
    uint64_t h = key.partner.value * 0x9e3779b97f4a7c15ULL ^ load_le64(key.core.bytes.data() + 4);
    h ^= (static_cast<uint64_t>(load_le32(key.core.bytes.data())) << 24) ^ (static_cast<uint64_t>(key.ordinal) << 8) ^ static_cast<uint64_t>(key.mode);
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93ULL;
    h ^= h >> 32;
    return h;
  }
};

// For each entry that a cache may hold, together. Few rows are larger, but a partner can make all of its own so.
inline constexpr std::size_t row_bytes_per_entry = 2'048;

template <class T>
class EntityCache {
 public:
  explicit EntityCache(std::size_t entries_max) : slots_(entries_max), bytes_max_(entries_max * row_bytes_per_entry) { index_.reserve(entries_max); }

  // nullptr if it is not in memory.
  [[nodiscard]] std::shared_ptr<T> find(const EntityKey& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) {
      ++misses_;
      return nullptr;
    }
    ++hits_;
    slots_[found->second].used = true;
    return slots_[found->second].value;
  }

  // Read from the rows, unchanged.
  void insert(const EntityKey& key, std::shared_ptr<T> value, std::size_t row_bytes) {
    Slot& slot = slots_[slot_for(key)];
    slot.value = std::move(value);
    weigh(slot, row_bytes);
    trim();
  }

  // For changing: a copy if someone outside may hold the object (share() was called for it), else the object itself.
  [[nodiscard]] std::shared_ptr<T> writable(const EntityKey& key, std::shared_ptr<T> value) {
    // Evicted meanwhile, it may have been shared: nobody knows that any more.
    const bool copied = value && (index_.contains(key) ? slots_[index_.at(key)].shared : value.use_count() > 1);
    if (copied) value = std::make_shared<T>(*value);
    Slot& slot = slots_[slot_for(key)];
    slot.shared = false;
    slot.value = value;
    mark_dirty(key);
    return value;
  }
  // The object leaves the engine: from now on it is never changed in place. `value`: as find() or insert() gave it earlier in this
  // command; unchanged, it may have been evicted since.
  [[nodiscard]] std::shared_ptr<const T> share(const EntityKey& key, std::shared_ptr<T> value) {
    const auto found = index_.find(key);
    if (found == index_.end()) return value;
    slots_[found->second].shared = true;
    return slots_[found->second].value;
  }

  // Calls `write(key, value)`, which gives the bytes of the row, for everything that changed since the last call.
  template <class Write>
  void write_dirty(Write&& write) {
    for (const uint32_t index : dirty_) {
      slots_[index].dirty = false;
      weigh(slots_[index], write(slots_[index].key, *slots_[index].value));
    }
    dirty_.clear();
    trim();
  }

  [[nodiscard]] std::size_t size() const { return index_.size(); }
  [[nodiscard]] CacheStats stats(const char* name) const {
    CacheStats stats;
    stats.name = name;
    stats.entries = index_.size();
    stats.entries_max = slots_.size();
    stats.bytes = bytes_;
    stats.bytes_max = bytes_max_;
    stats.hits = hits_;
    stats.misses = misses_;
    stats.evictions = evictions_;
    return stats;
  }

 private:
  struct Slot {
    EntityKey key;
    std::shared_ptr<T> value;
    std::size_t bytes = 0;  // of its row; of a new object 0 until it is written
    bool occupied = false, used = false, dirty = false, shared = false;
  };

  void mark_dirty(const EntityKey& key) {
    const uint32_t index = index_.find(key)->second;
    if (!slots_[index].dirty) {
      slots_[index].dirty = true;
      dirty_.push_back(index);
    }
  }

  void weigh(Slot& slot, std::size_t bytes) {
    bytes_ += bytes - slot.bytes;
    slot.bytes = bytes;
  }

  void evict(Slot& slot) {
    index_.erase(slot.key);
    bytes_ -= slot.bytes;
    slot = {};
    ++evictions_;
  }

  // Two rounds of the hand at most: what is left then is of this round.
  void trim() {
    for (std::size_t steps = 2 * slots_.size(); bytes_ > bytes_max_ && steps > 0; --steps) {
      Slot& slot = slots_[hand_];
      if (slot.occupied && !slot.dirty && !slot.used) evict(slot);
      slot.used = false;
      hand_ = (hand_ + 1) % slots_.size();
    }
  }

  [[nodiscard]] uint32_t slot_for(const EntityKey& key) {
    const auto found = index_.find(key);
    if (found != index_.end()) return found->second;
    // A round changes far fewer objects than there are slots, so a clean one is near; should one command change more than
    // that (a customer with thousands of cards is deleted), the ring grows.
    if (2 * dirty_.size() >= slots_.size()) {
      hand_ = slots_.size();
      slots_.emplace_back();
    }
    while (slots_[hand_].occupied && (slots_[hand_].dirty || slots_[hand_].used)) {
      slots_[hand_].used = false;
      hand_ = (hand_ + 1) % slots_.size();
    }
    Slot& slot = slots_[hand_];
    if (slot.occupied) evict(slot);
    slot = Slot{.key = key, .value = nullptr, .occupied = true, .used = true};
    const auto index = static_cast<uint32_t>(hand_);
    index_.emplace(key, index);
    hand_ = (hand_ + 1) % slots_.size();
    return index;
  }

  std::vector<Slot> slots_;
  boost::unordered_flat_map<EntityKey, uint32_t, EntityKeyHash> index_;
  std::vector<uint32_t> dirty_;
  std::size_t hand_ = 0;
  std::size_t bytes_ = 0, bytes_max_;
  uint64_t hits_ = 0, misses_ = 0, evictions_ = 0;
};

}  // namespace tollgate::engine
