#include "tollgate/limits/limits.h"

#include <absl/container/flat_hash_map.h>
#include <absl/hash/hash.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "limits/addresses.h"
#include "tollgate/limits/shedder.h"
#include "tollgate/base/time.h"

namespace tollgate {

using limits::Addresses;
using limits::Shedder;

namespace {

constexpr uint32_t io_threads_max = 64;

uint32_t or_else(uint32_t own, uint32_t otherwise) { return own != 0 ? own : otherwise; }

Rate rate_of(const PartnerLimits& limits) { return {limits.requests_per_second, limits.burst}; }

// What is counted of one partner and mode.
struct Use {
  TokenBucket requests;
  uint32_t concurrent = 0;
  uint64_t window = 0;  // of its lane
  uint32_t in_window = 0;
  uint64_t allowed = 0, limited = 0, shed = 0;
  // Where its key was used from, the last few: an address that is suspected of guessing keys still gets served there.
  std::array<uint64_t, 4> peers{};
  uint8_t next_peer = 0;
  // By key: when it was last let in. Keys that are gone go when there are too many.
  std::vector<std::pair<std::string, int64_t>> keys;

  void used(std::string_view key_id, int64_t now_us) {
    const auto known = std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key.first == key_id; });
    if (known != keys.end()) {
      known->second = now_us;
      return;
    }
    if (keys.size() >= keys_max) keys.erase(std::min_element(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.second < b.second; }));
    keys.emplace_back(key_id, now_us);
  }
  static constexpr std::size_t keys_max = 4 * keys_per_mode_max;

  [[nodiscard]] bool knows(uint64_t peer) const { return std::find(peers.begin(), peers.end(), peer) != peers.end(); }
  void remember(uint64_t peer) {
    if (knows(peer)) return;
    peers[next_peer] = peer;
    next_peer = static_cast<uint8_t>((next_peer + 1) % peers.size());
  }
};

struct UseKey {
  PartnerId partner;
  Mode mode;
  bool operator==(const UseKey&) const = default;
  template <class H>
  friend H AbslHashValue(H h, const UseKey& key) {
    return H::combine(std::move(h), key.partner.value, static_cast<uint8_t>(key.mode));
  }
};

struct alignas(64) Shard {
  std::mutex mutex;
  absl::flat_hash_map<UseKey, Use> uses;
};

struct alignas(64) Lane {
  explicit Lane(int64_t target_us) : shedder(target_us) {}
  std::mutex mutex;
  Shedder shedder;
};

// The shortest of the last few lags of an io thread: one alone is no queue.
struct IoThread {
  static constexpr std::size_t samples = 8;
  std::array<int64_t, samples> lags{};  // of its own thread only
  std::size_t next = 0;
  std::atomic<int64_t> standing_us{0};
};

using Counter = std::atomic<uint64_t>;
void add(Counter& to) { to.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

const char* name_of(RequestClass of) {
  switch (of) {
    case RequestClass::list: return "list";
    case RequestClass::read: return "read";
    case RequestClass::test: return "test";
    case RequestClass::payment: return "payment";
    case RequestClass::settlement: return "settlement";
  }
  return "?";
}

const char* name_of(LimitKind of) {
  switch (of) {
    case LimitKind::requests: return "requests_per_second";
    case LimitKind::concurrency: return "concurrent_requests";
    case LimitKind::queue: return "queue_depth";
    case LimitKind::day_amount: return "amount_per_day";
    case LimitKind::declines: return "declines";
    case LimitKind::unknown_key: return "unknown_keys";
  }
  return "?";
}

PartnerLimits limits_of(const PartnerLimits& own, const PartnerLimits& defaults, Mode mode) {
  PartnerLimits to = own;
  if (own.requests_per_second == 0) {
    to.requests_per_second = defaults.requests_per_second;
    to.burst = or_else(own.burst, defaults.burst);
  }
  to.burst = or_else(to.burst, to.requests_per_second * 2);
  to.concurrent_requests = or_else(own.concurrent_requests, defaults.concurrent_requests);
  to.queue_depth = or_else(own.queue_depth, defaults.queue_depth);
  if (own.amount_max == 0) to.amount_max = defaults.amount_max;
  if (own.amount_per_day == 0) to.amount_per_day = defaults.amount_per_day;
  const bool live = mode == Mode::live;
  to.declines_per_card = or_else(own.declines_per_card, live ? defaults.declines_per_card : 0);
  to.declines_per_bin = or_else(own.declines_per_bin, live ? defaults.declines_per_bin : 0);
  to.decline_window_s = or_else(own.decline_window_s, defaults.decline_window_s);
  return to;
}

struct Limits::State {
  explicit State(const LimitsOptions& options) : addresses(options.unknown_keys) {
    for (uint32_t i = 0; i < std::max(options.engine_threads, 1U); ++i) lanes.push_back(std::make_unique<Lane>(options.queue_delay_target_us));
  }

  [[nodiscard]] Shard& shard_of(const UseKey& key) { return shards[absl::HashOf(key.partner.value) >> 58]; }

  std::array<Shard, 64> shards;
  std::vector<std::unique_ptr<Lane>> lanes;
  std::array<IoThread, io_threads_max> io;
  std::atomic<int64_t> io_delay_us{0};  // of the slowest
  Addresses addresses;
  Counter allowed{0};
  std::array<Counter, limit_kind_count> limited{};
  std::array<Counter, request_class_count> shed{};
};

Limits::Limits(LimitsOptions options) : options_(options), state_(std::make_unique<State>(options_)) {}
Limits::~Limits() = default;

Limits::Verdict Limits::admit(const Partner& partner, Mode mode, RequestClass of, uint64_t peer, int64_t now_us, int64_t monotonic_us,
                              Ticket& ticket, std::string_view key_id) {
  const PartnerLimits limits = limits_of(partner.config.limits, options_.defaults, mode);
  const UseKey key{partner.id, mode};
  const bool suspected = state_->addresses.exhausted(peer, now_us);
  Shard& shard = state_->shard_of(key);
  const std::lock_guard lock(shard.mutex);
  Use& use = shard.uses[key];
  const auto refuse = [&](LimitKind kind, int64_t retry_after_us) {
    ++use.limited;
    count(kind);
    return Verdict{Answer::limited, kind, retry_after_us};
  };
  // A right key among many wrong ones must not be told from them.
  if (suspected && !use.knows(peer)) return refuse(LimitKind::unknown_key, us_per_second);
  if (!suspected) use.remember(peer);
  if (limits.concurrent_requests != 0 && use.concurrent >= limits.concurrent_requests) return refuse(LimitKind::concurrency, us_per_second);
  const Rate rate = rate_of(limits);
  if (!use.requests.take(rate, now_us)) return refuse(LimitKind::requests, use.requests.retry_after_us(rate));

  const auto lane_number = static_cast<uint32_t>(partner.partition % state_->lanes.size());
  if (options_.queue_delay_target_us != 0) {
    Lane& lane = *state_->lanes[lane_number];
    const std::lock_guard lane_lock(lane.mutex);
    const uint64_t window = lane.shedder.window(monotonic_us, state_->io_delay_us.load(std::memory_order_relaxed));
    if (std::exchange(use.window, window) != window) use.in_window = 0;
    if (!lane.shedder.admit(of, use.in_window++)) {
      use.requests.give_back(rate);
      ++use.shed;
      add(state_->shed[static_cast<std::size_t>(of)]);
      return {Answer::shed, LimitKind::requests, us_per_second};
    }
  }
  ++use.concurrent;
  ++use.allowed;
  if (!key_id.empty()) use.used(key_id, now_us);
  add(state_->allowed);
  ticket.limits_ = this;
  ticket.partner_ = partner.id;
  ticket.mode_ = mode;
  ticket.lane_ = lane_number;
  return {};
}

Limits::Verdict Limits::admit_unknown(uint64_t peer, int64_t now_us) {
  const int64_t wait_us = state_->addresses.take(peer, now_us);
  if (wait_us == 0) return {};
  count(LimitKind::unknown_key);
  return {Answer::limited, LimitKind::unknown_key, wait_us};
}

void Limits::release(PartnerId partner, Mode mode, uint32_t lane_number) {
  const UseKey key{partner, mode};
  Shard& shard = state_->shard_of(key);
  {
    const std::lock_guard lock(shard.mutex);
    --shard.uses[key].concurrent;
  }
  if (options_.queue_delay_target_us == 0) return;
  Lane& lane = *state_->lanes[lane_number];
  const std::lock_guard lock(lane.mutex);
  lane.shedder.completed();
}

void Limits::engine_delay(uint32_t thread, int64_t delay_us) {
  Lane& lane = *state_->lanes[thread % state_->lanes.size()];
  const std::lock_guard lock(lane.mutex);
  lane.shedder.engine_delay(delay_us);
}

void Limits::io_delay(uint32_t thread, int64_t delay_us) {
  IoThread& io = state_->io[thread % io_threads_max];
  // An idle loop forgets what was.
  if (delay_us == 0) io.lags.fill(0);
  io.lags[io.next] = delay_us;
  io.next = (io.next + 1) % io.lags.size();
  io.standing_us.store(*std::min_element(io.lags.begin(), io.lags.end()), std::memory_order_relaxed);
  int64_t longest = 0;
  for (const IoThread& one : state_->io) longest = std::max(longest, one.standing_us.load(std::memory_order_relaxed));
  state_->io_delay_us.store(longest, std::memory_order_relaxed);
}

void Limits::count(LimitKind over) { add(state_->limited[static_cast<std::size_t>(over)]); }

LimitsStats Limits::stats() const {
  LimitsStats to;
  to.allowed = state_->allowed.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < limit_kind_count; ++i) to.limited[i] = state_->limited[i].load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < request_class_count; ++i) to.shed[i] = state_->shed[i].load(std::memory_order_relaxed);
  return to;
}

int64_t Limits::last_use_us(PartnerId partner, Mode mode, std::string_view key_id) const {
  const UseKey key{partner, mode};
  Shard& shard = state_->shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.uses.find(key);
  if (found == shard.uses.end()) return 0;
  for (const auto& [id, at_us] : found->second.keys)
    if (id == key_id) return at_us;
  return 0;
}

PartnerUse Limits::use_of(const Partner& partner, Mode mode, int64_t now_us) const {
  const PartnerLimits limits = limits_of(partner.config.limits, options_.defaults, mode);
  const UseKey key{partner.id, mode};
  Shard& shard = state_->shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.uses.find(key);
  if (found == shard.uses.end()) return {.requests_available = limits.burst};
  Use& use = found->second;
  return {use.requests.available(rate_of(limits), now_us), use.concurrent, use.allowed, use.limited, use.shed};
}

}  // namespace tollgate
