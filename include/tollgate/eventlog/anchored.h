// A log whose ends are kept a second time, in an anchor outside its database (base/anchor.h; a slot is a partition): the database can lose
// its newest writes to bad bytes and not notice; whoever opens it here does. Partitions behind their anchor, or with another hash at
// the anchored sequence, refuse to open.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tollgate/base/anchor.h"
#include "tollgate/eventlog/event_log.h"
#include "tollgate/eventlog/rocksdb.h"

namespace tollgate {

// A partition that is not what the anchor says that it was.
struct AnchorFault {
  AnchorSlot anchored;
  Head found;
  std::string what;  // names the partition and the sequences
};

// Read the anchor before the log is opened: what it says then is in the log, also beside a running node.
[[nodiscard]] std::vector<AnchorFault> compare_with_anchor(const Anchor& anchor, const EventLog& log);

// The head of a partition whose anchor has a higher epoch carries that epoch, so that a new writer's is higher than any that was
// acknowledged.
// `failed` is called once, from another thread, when the anchor can no longer be written; appends are refused from then on.
[[nodiscard]] StatusOr<std::unique_ptr<EventLog>> anchor_log(std::unique_ptr<EventLog> log, const std::string& anchor_path,
                                                             const Anchor& anchor, std::function<void(Status)> failed);

struct AnchoredLogOptions {
  RocksdbLogOptions log;
  std::function<void(Status)> failed;  // from any thread
  // What an operator should know and no error says.
  std::function<void(const std::string&)> warn;
};
// Compares before anything in the log's files changes. Without an anchor (older data, a restored backup) one is made from the log as it is.
[[nodiscard]] StatusOr<std::unique_ptr<EventLog>> open_anchored_log(const std::string& directory, const std::string& anchor_path,
                                                                    const AnchoredLogOptions& options);

// An operator's decision: the log in `directory` is to be taken as it is, though it lacks what was acknowledged. Replaces the anchor
// (epochs stay), and adds what was given up, with the reason, to `<anchor_path>.accepted`, a line of JSON each, first. Gives back what
// it was.
[[nodiscard]] StatusOr<std::vector<AnchorFault>> accept_log_as_it_is(const std::string& directory, const std::string& anchor_path,
                                                                     const std::string& reason, int64_t now_us);

}  // namespace tollgate
