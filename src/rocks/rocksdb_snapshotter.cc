#include "rocks/rocksdb_snapshotter.h"

#include <rocksdb/metadata.h>
#include <rocksdb/options.h>

namespace tollgate {
namespace {

Status failed(const rocksdb::Status& status, std::string_view doing) { return unavailable("{}: {}", doing, status.ToString()); }

class RocksdbSnapshotter final : public Snapshotter {
 public:
  explicit RocksdbSnapshotter(rocksdb::DB& db) : db_(db) {}

  StatusOr<std::string> identity() override {
    std::string identity;
    if (const rocksdb::Status status = db_.GetDbIdentity(identity); !status.ok()) return failed(status, "reading the database's identity");
    while (!identity.empty() && identity.back() == '\n') identity.pop_back();
    return identity;
  }

  StatusOr<std::vector<LiveFile>> hold(uint64_t wal_bytes_for_flush) override {
    if (const rocksdb::Status status = db_.DisableFileDeletions(); !status.ok()) return failed(status, "keeping the database's files");
    rocksdb::LiveFilesStorageInfoOptions how;
    how.wal_size_for_flush = wal_bytes_for_flush;
    std::vector<rocksdb::LiveFileStorageInfo> found;
    if (const rocksdb::Status status = db_.GetLiveFilesStorageInfo(how, &found); !status.ok()) {
      release();
      return failed(status, "listing the database's files");
    }
    std::vector<LiveFile> files;
    for (rocksdb::LiveFileStorageInfo& one : found) {
      LiveFile& file = files.emplace_back();
      file.name = std::move(one.relative_filename);
      file.directory = std::move(one.directory);
      file.bytes = one.size;
      file.immutable = one.file_type == rocksdb::kTableFile || one.file_type == rocksdb::kBlobFile;
      if (!one.replacement_contents.empty()) file.content = std::move(one.replacement_contents);
    }
    return files;
  }

  // Counted: another one who keeps the files (a second backup, to elsewhere) is not disturbed.
  void release() override { db_.EnableFileDeletions(/*force=*/false).PermitUncheckedError(); }

 private:
  rocksdb::DB& db_;
};

}  // namespace

std::unique_ptr<Snapshotter> make_snapshotter(rocksdb::DB& db) { return std::make_unique<RocksdbSnapshotter>(db); }

}  // namespace tollgate
