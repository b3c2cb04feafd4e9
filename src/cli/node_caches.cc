#include "cli/node_caches.h"

#include "tollgate/acquirer/sandbox_snapshot.h"
#include "tollgate/eventlog/rocksdb.h"

namespace tollgate::cli {
namespace {

std::vector<CacheStats> all_caches(const CachedParts& parts) {
  const EngineCaches of_engine = parts.engine.caches();
  std::vector<CacheStats> all(of_engine.begin(), of_engine.end());
  const auto add = [&](const std::vector<CacheStats>& more) { all.insert(all.end(), more.begin(), more.end()); };
  if (LogStore* store = log_store_of(parts.log)) add(store->caches());
  add(caches_of(parts.vault));
  if (parts.sandbox != nullptr) add({cache_of(*parts.sandbox)});
  if (parts.transparency != nullptr) add({parts.transparency->cache()});
  return all;
}

void add_cache(observe::NodeFacts& facts, const CacheStats& cache) {
  const auto add = [&](const char* series, const char* help, uint64_t value, bool counter = false) {
    facts.samples.push_back({series, help, counter, {{"cache", cache.name}}, static_cast<double>(value)});
  };
  if (cache.entries_max != 0) {
    add("tollgate_cache_max_entries", "Objects that a cache may hold.", cache.entries_max);
    add("tollgate_cache_entries", "Objects that a cache holds.", cache.entries);
  }
  if (cache.bytes_max != 0) {
    add("tollgate_cache_max_bytes", "Bytes that a cache may hold.", cache.bytes_max);
    add("tollgate_cache_bytes", "Bytes that a cache holds.", cache.bytes);
    add("tollgate_cache_pinned_bytes", "Of them, in use at this moment.", cache.pinned_bytes);
  }
  add("tollgate_cache_hits_total", "Reads that found what they looked for in a cache.", cache.hits, true);
  add("tollgate_cache_misses_total", "Reads that had to look further: in the next cache, in the end in a file.", cache.misses, true);
  add("tollgate_cache_evictions_total", "Objects that gave way to others; of databases about how many blocks, with those whose file is gone.", cache.evictions, true);
}

}  // namespace

FactSource cache_facts(CachedParts parts) {
  return [parts](observe::NodeFacts& facts) {
    for (const CacheStats& cache : all_caches(parts)) add_cache(facts, cache);
  };
}

}  // namespace tollgate::cli
