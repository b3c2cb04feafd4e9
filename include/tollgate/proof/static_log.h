// The partitions' logs as static files, for whoever serves them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tollgate/proof/note.h"
#include "tollgate/proof/tile.h"

namespace tollgate::proof {

struct LogStatus {
  struct Partition {
    uint32_t partition = 0;
    std::string origin;
    uint64_t size = 0;       // of the newest signed checkpoint
    uint64_t cosigned = 0;   // of the newest that a witness has cosigned; 0: none
  };
  struct Witness {
    std::string name, url;
    uint64_t cosigned = 0;  // checkpoints since the start
    std::string problem;    // of the last attempt; empty: none
  };
  std::vector<Partition> partitions;  // that something was signed of
  std::vector<Witness> witnesses;
  std::string problem;  // why nothing is signed now; empty: all is well
};

class StaticLog {
 public:
  virtual ~StaticLog() = default;
  // The file's content. not_found if there is none, or if no signed checkpoint covers it yet.
  [[nodiscard]] virtual StatusOr<std::string> get(uint32_t partition, const Resource& resource) const = 0;
  // What the checkpoints of a partition are verified with. not_found if nothing of it was signed yet.
  [[nodiscard]] virtual StatusOr<VerifierKey> key(uint32_t partition) const = 0;
  [[nodiscard]] virtual LogStatus status() const = 0;
};

}  // namespace tollgate::proof
