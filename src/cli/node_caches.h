// Every cache of a node in /metrics: what it may hold, what it holds, and how often reads found something there.
#pragma once
#include "cli/node_facts.h"
#include "tollgate/acquirer/sandbox.h"
#include "tollgate/engine/engine.h"
#include "tollgate/transparency/transparency.h"
#include "tollgate/vault/vault.h"

namespace tollgate::cli {

// What has caches. All of it outlives who asks; nullptr: this node has no such part.
struct CachedParts {
  EventLog& log;
  const Engine& engine;
  const Vault& vault;
  const Sandbox* sandbox = nullptr;
  const Transparency* transparency = nullptr;
};
[[nodiscard]] FactSource cache_facts(CachedParts parts);

}  // namespace tollgate::cli
