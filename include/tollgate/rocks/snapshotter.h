// A consistent picture of one of the node's databases while it is being written: the files that hold it, to be copied by whoever makes
// a backup. What the three databases (log, vault, sandbox) have in common; no RocksDB type leaves them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tollgate/base/status.h"

namespace tollgate {

struct LiveFile {
  std::string name;       // within the database's directory
  std::string directory;  // where it is now
  uint64_t bytes = 0;     // that belong to the picture; the file on disk may have grown since
  bool immutable = false; // written once: a copy made earlier, under the same name from the same database, is this one
  std::optional<std::string> content;  // instead of what is on disk
};

class Snapshotter {
 public:
  virtual ~Snapshotter() = default;
  // Tells this database from every other one, also from one that was restored from its backup.
  [[nodiscard]] virtual StatusOr<std::string> identity() = 0;
  // The files as they are now: all that was acknowledged before the call is in them. None of them is deleted until release(). What
  // stands only in the write-ahead log is first written to tables if it is at least `wal_bytes_for_flush`.
  [[nodiscard]] virtual StatusOr<std::vector<LiveFile>> hold(uint64_t wal_bytes_for_flush) = 0;
  virtual void release() = 0;
};

}  // namespace tollgate
