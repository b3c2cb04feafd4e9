// The event log in memory: tests and the simulator. What is durable lives in a MemoryStore, which outlives the logs opened on it, as a
// disk outlives a process.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>

#include "tollgate/eventlog/event_log.h"

namespace tollgate {

class MemoryStore;
[[nodiscard]] std::shared_ptr<MemoryStore> make_memory_store();

struct MemoryLogOptions {
  // Called before each append with its number, from 1. An error is the append's: nothing is written, and the log takes no more.
  std::function<Status(uint64_t number)> before_append;
};

// One log at a time appends to a store.
[[nodiscard]] std::unique_ptr<EventLog> open_memory_log(std::shared_ptr<MemoryStore> store = make_memory_store(),
                                                        MemoryLogOptions options = {});

}  // namespace tollgate
