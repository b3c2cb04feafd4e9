// The node's side of the verifiable log: follows the event log on a thread of its own, keeps each partition's Merkle tree as tiles, signs
// checkpoints, has witnesses cosign them, and answers with receipts and static files. The engine does not know of it.
//
//   DATA/checkpoint.key              the log's private key and name (0600), made at the first start
//   DATA/checkpoints/signed          the newest signed checkpoint of each partition: durable before a signature leaves
//   DATA/checkpoints/cosigned        the newest that witnesses have cosigned
//   DATA/checkpoints/history         older ones, for auditors: about one an hour, and the last of each generation
//   DATA/checkpoints/<partition>.vkey, <partition>-<generation>.vkey     what they are verified with
//   DATA/tlog                        the tiles: follow from the event log and are made again from it if they are behind or damaged
//   DATA/log_generation              decimal, absent: 1. A restore writes the next number
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tollgate/api/receipts.h"
#include "tollgate/base/cache_stats.h"
#include "tollgate/base/clock.h"
#include "tollgate/eventlog/event_log.h"
#include "tollgate/proof/kept.h"
#include "tollgate/proof/static_log.h"

namespace tollgate {

// Two checkpoints of one log must never disagree: what was signed last is compared with the event log before anything is signed again.
struct TransparencyOptions {
  std::string data_dir;
  std::string origin;  // the log's name; empty: the one it has, or one made up at the first start
  int64_t checkpoint_interval_us = 500 * us_per_ms;
  std::size_t block_cache_bytes = std::size_t{16} << 20;  // for tiles that are read
  std::string witness_file;  // empty: none
  int64_t witness_interval_us = 10 * us_per_second;
  uint32_t witness_timeout_ms = 5'000;
  std::string witness_ca_file;  // PEM: whom to trust over https; empty: the system's certificates
  int64_t retry_us = 10 * us_per_second;  // after a failure that may pass: a full disk
  std::function<void(const std::string& what)> report;    // what an operator must hear of; any thread
  std::function<void(const std::string& what)> complain;  // that nothing is signed; any thread
};

class Transparency : public ReceiptPort, public proof::StaticLog {
 public:
  // Nothing may append to the log before it has returned. failed_precondition if the log is not the one that was signed: the node must not
  // start, and the message says what to do. data_loss if its own files are damaged.
  [[nodiscard]] static StatusOr<std::unique_ptr<Transparency>> open(const TransparencyOptions& options, const EventLog& log);
  virtual void start() = 0;
  // Signs what is durable once more, gives up who waits, ends the threads. Idempotent.
  virtual void stop() = 0;
  // "tile_blocks": the block cache of the tiles.
  [[nodiscard]] virtual CacheStats cache() const = 0;
};

// What stands in DATA/checkpoints; empty lists where a file is missing. For auditors: needs no key and writes nothing.
struct KeptFiles {
  std::vector<proof::KeptCheckpoint> signed_last, cosigned, history;
  std::vector<proof::VerifierKey> keys;
  uint64_t generation = 1;
};
[[nodiscard]] StatusOr<KeptFiles> read_kept_files(const std::string& data_dir);
// The tiles in DATA/tlog as they are on disk, read-only, beside a running node as well. not_found if there are none.
class StoredTiles {
 public:
  virtual ~StoredTiles() = default;
  [[nodiscard]] virtual uint64_t size(uint32_t partition) const = 0;  // entries
  [[nodiscard]] virtual std::unique_ptr<proof::TileReader> tiles(uint32_t partition) const = 0;
};
[[nodiscard]] StatusOr<std::unique_ptr<StoredTiles>> open_stored_tiles(const std::string& data_dir);

}  // namespace tollgate
