// What people do about operations in doubt, and what the node says when the acquirer contradicts them.
#pragma once
#include <atomic>
#include <cstdint>

#include "tollgate/acquirer/dispatcher.h"
#include "tollgate/admin/admin.h"
#include "tollgate/engine/engine.h"
#include "tollgate/observe/node_facts.h"

namespace tollgate::cli {

class Contradictions {
 public:
  // From any thread.
  void note(const Contradiction& one);
  void add_to(observe::NodeFacts& facts) const;

 private:
  std::atomic<uint64_t> count_{0};
  std::atomic<int64_t> newest_us_{0};  // monotonic; 0: there was none
};

// `dispatcher` outlives the ports.
void add_doubt_ports(AdminPorts& ports, Dispatcher& dispatcher);

}  // namespace tollgate::cli
