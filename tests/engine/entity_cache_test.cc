// What is kept of objects in memory, by number and by the bytes of their rows.
#include "engine/entity_cache.h"

#include "support/catch.h"

using namespace tollgate;
using namespace tollgate::engine;

namespace {

EntityKey key(uint32_t number) { return {.partner = PartnerId{7}, .mode = Mode::test, .core = {}, .ordinal = number}; }

std::shared_ptr<int> some(int value) { return std::make_shared<int>(value); }

constexpr std::size_t entries_max = 16;
constexpr std::size_t bytes_max = entries_max * row_bytes_per_entry;

}  // namespace

TEST_CASE("Large objects push others out before there are too many of them") {
  EntityCache<int> cache(entries_max);
  for (uint32_t i = 0; i < entries_max; ++i) cache.insert(key(i), some(1), 100);
  CHECK(cache.size() == entries_max);
  for (uint32_t i = 0; i < 100; ++i) {
    cache.insert(key(100 + i), some(2), bytes_max / 4);
    REQUIRE(cache.stats("").bytes <= bytes_max);
    REQUIRE(cache.size() <= entries_max);
  }
  CHECK(cache.size() >= 3);
  CHECK(cache.stats("").bytes_max == bytes_max);
  // One that alone is more than all may be is not kept, and those that follow are.
  cache.insert(key(300), some(3), bytes_max + 1);
  CHECK(cache.find(key(300)) == nullptr);
  CHECK(cache.stats("").bytes == 0);
  cache.insert(key(301), some(4), 100);
  CHECK(*cache.find(key(301)) == 4);
}

TEST_CASE("What was changed stays until it is written, however large, and is weighed then") {
  EntityCache<int> cache(entries_max);
  for (uint32_t i = 0; i < 4; ++i) *cache.writable(key(i), some(0)) = static_cast<int>(i);
  for (uint32_t i = 0; i < 50; ++i) cache.insert(key(100 + i), some(2), bytes_max + 1);
  int sum = 0;
  cache.write_dirty([&](const EntityKey&, int value) {
    sum += value;
    return bytes_max / 2;
  });
  CHECK(sum == 0 + 1 + 2 + 3);
  CHECK(cache.stats("").bytes <= bytes_max);
  CHECK(cache.size() == 2);
  // Written once, and weighed anew when they are written again.
  cache.write_dirty([](const EntityKey&, int) { return bytes_max; });
  CHECK(cache.size() == 2);
  for (uint32_t i = 0; i < 4; ++i) {
    if (auto value = cache.find(key(i))) (void)cache.writable(key(i), std::move(value));
  }
  cache.write_dirty([](const EntityKey&, int) { return std::size_t{10}; });
  CHECK(cache.stats("").bytes == 20);
}

TEST_CASE("What somebody outside holds is never changed in place, also if it was evicted between") {
  EntityCache<int> cache(entries_max);
  cache.insert(key(1), some(1), 10);
  const auto outside = cache.share(key(1), cache.find(key(1)));
  const auto loaded = cache.find(key(1));
  cache.insert(key(2), some(2), bytes_max + 1);
  REQUIRE(cache.find(key(1)) == nullptr);
  *cache.writable(key(1), loaded) = 5;
  CHECK(*outside == 1);
  CHECK(*cache.find(key(1)) == 5);
  // What nobody else holds is not copied.
  auto mine = some(6);
  int* const place = mine.get();
  CHECK(cache.writable(key(3), std::move(mine)).get() == place);
}
