// One node: every module wired together over a data directory.
//
//   DATA/log         the event log (RocksDB)          DATA/pepper.key   of the API keys' hashes (0600)
//   DATA/vault       card data, with its key          DATA/admin.token  of the admin API (0600)
//   DATA/sandbox     what the sandbox acquirer did    DATA/admin.url    where the admin API is while the node runs
//   DATA/tlog        the Merkle trees' tiles          DATA/test-clock   by how much the test clock is ahead
//   DATA/checkpoints what was signed, public keys     DATA/checkpoint.key  of the log's signatures (0600)
//   DATA/anchor      where the event log ends         DATA/metrics.token   reads /metrics and nothing else (0600)
//   DATA/reports     figures of each day, made again from the log if they are gone
#pragma once
#include <memory>
#include <string>

#include "cli/config.h"
#include "tollgate/base/clock.h"
#include "tollgate/directory/directory.h"
#include "tollgate/engine/engine.h"
#include "tollgate/observe/log.h"

namespace tollgate::cli {

struct NodeOptions {
  Config config;
  bool test_clock = false;
  bool keep_partitions =
      false;                  // at least as many partitions as the data directory has, whatever the configuration says
  int64_t sync_delay_us = 0;  // added to every sync, for tests of slow disks
  std::string config_path = {};     // read again at SIGHUP; empty: there is none
  observe::Log* log = nullptr;      // outlives the node; nullptr: requests are not logged
};

// Where things are inside a data directory.
struct DataPaths {
  std::string root;
  [[nodiscard]] std::string log() const { return root + "/log"; }
  [[nodiscard]] std::string anchor() const { return root + "/anchor"; }
  [[nodiscard]] std::string vault() const { return root + "/vault"; }
  [[nodiscard]] std::string sandbox() const { return root + "/sandbox"; }
  [[nodiscard]] std::string reports() const { return root + "/reports"; }
  [[nodiscard]] std::string pepper() const { return root + "/pepper.key"; }
  [[nodiscard]] std::string admin_token() const { return root + "/admin.token"; }
  [[nodiscard]] std::string metrics_token() const { return root + "/metrics.token"; }
  [[nodiscard]] std::string admin_url() const { return root + "/admin.url"; }
  [[nodiscard]] std::string test_clock() const { return root + "/test-clock"; }
  [[nodiscard]] std::string dev_keys() const { return root + "/keys.jsonl"; }
};

class Node {
 public:
  // After an error, of this or of run(), the process is to end with give_up().
  //
  // Opens everything and binds both listeners; the engine runs, nothing is served yet. Call it before any other thread
  // is started: the threads it starts leave signals to run().
  [[nodiscard]] static StatusOr<std::unique_ptr<Node>> open(NodeOptions options);
  virtual ~Node() = default;

  virtual void serve() = 0;
  // Until SIGTERM or SIGINT, then drains: OK. An error if the engine failed: nothing can be written any more.
  [[nodiscard]] virtual Status run() = 0;

  [[nodiscard]] virtual std::string api_url() const = 0;
  [[nodiscard]] virtual std::string admin_url() const = 0;
  [[nodiscard]] virtual std::string admin_token() const = 0;
  [[nodiscard]] virtual Directory& directory() = 0;
  [[nodiscard]] virtual CommandPort& commands() = 0;
  [[nodiscard]] virtual const Clock& clock() const = 0;
};

}  // namespace tollgate::cli
