// How long a database's MANIFEST was, kept in a file beside it. RocksDB cannot tell a MANIFEST that lost its last records from a shorter
// one: it opens with the tables of an earlier time, while the write-ahead logs behind the later ones are gone already.
//
// The file: manifest.anchor in the database's directory, an anchor (base/anchor.h) of one slot: epoch is the number in the MANIFEST's name,
// sequence its bytes. Written after each flush and compaction and after opening, so it is never ahead of what is durable.
#pragma once
#include <rocksdb/listener.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "tollgate/base/status.h"

namespace rocksdb {
class DB;
}

namespace tollgate {

// data_loss if `manifest`, the name that CURRENT holds, is older or shorter than it was. OK without an anchor: new, restored from a backup, or
// written by a version that kept none.
[[nodiscard]] Status check_manifest_anchor(const std::string& directory, const std::string& manifest);

// Among the options' listeners of every database that is written. Threads: RocksDB's own.
class ManifestAnchor final : public rocksdb::EventListener {
 public:
  explicit ManifestAnchor(const std::string& directory);
  void OnFlushCompleted(rocksdb::DB* db, const rocksdb::FlushJobInfo&) override { note(*db); }
  void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo&) override { note(*db); }
  // To be called once after opening: a new MANIFEST has begun. A note that fails leaves the earlier one, which stays true.
  void note(rocksdb::DB& db);

 private:
  const std::string path_;
  std::mutex mutex_;
  uint64_t generation_ = 0;
  uint64_t number_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace tollgate
