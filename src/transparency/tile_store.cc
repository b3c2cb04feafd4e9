#include "transparency/tile_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "rocks/block_cache.h"
#include "rocks/info_log.h"
#include "tollgate/base/bytes.h"
#include "tollgate/transparency/transparency.h"
#include "transparency/files.h"

namespace tollgate::transparency {
namespace {

// Also what a crash takes: the hashes of about 250,000 records, made again in a second.
constexpr std::size_t memtable_bytes = std::size_t{8} << 20;
constexpr uint8_t size_level = 0xff;

std::string key_of(uint32_t partition, uint8_t level) {
  std::string key;
  append_be32(key, partition);
  key.push_back(static_cast<char>(level));
  return key;
}
std::string key_of(uint32_t partition, const proof::TileId& tile) {
  std::string key = key_of(partition, tile.level);
  append_be64(key, tile.index);
  return key;
}

Status status_of(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsCorruption()) return data_loss("the tiles: {}", status.ToString());
  return unavailable("the tiles: {}", status.ToString());
}

rocksdb::Options options_for(const std::string& directory, TileStore::Access access, std::size_t block_cache_bytes) {
  rocksdb::Options options;
  options.create_if_missing = access == TileStore::Access::write;
  options.paranoid_checks = true;
  options.write_buffer_size = memtable_bytes;
  options.max_write_buffer_number = 3;
  options.compression = rocksdb::kNoCompression;  // hashes do not get smaller
  options.level_compaction_dynamic_level_bytes = true;
  options.max_background_jobs = 2;
  options.max_open_files = 256;
  options.bytes_per_sync = 1 << 20;
  options.allow_concurrent_memtable_write = false;
  options.statistics = make_cache_counters();
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.avoid_flush_during_shutdown = false;
  options.info_log = access == TileStore::Access::read_only ? make_no_log() : make_info_log(directory);
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(block_cache_bytes);
  table.block_size = 16 * 1024;
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::WriteOptions not_logged() {
  rocksdb::WriteOptions how;
  how.disableWAL = true;
  return how;
}

}  // namespace

struct TileStore::Batch::Writes {
  rocksdb::WriteBatch batch;
  rocksdb::Status status;
};
struct TileStore::Database {
  std::unique_ptr<rocksdb::DB> db;
};

TileStore::Batch::Batch(uint32_t partition) : partition_(partition), writes_(std::make_unique<Writes>()) {}
TileStore::Batch::~Batch() = default;

void TileStore::Batch::put(const proof::TileId& tile, std::string_view hashes) {
  const rocksdb::Status put = writes_->batch.Put(key_of(partition_, tile), rocksdb::Slice(hashes.data(), hashes.size()));
  if (writes_->status.ok()) writes_->status = put;
}

void TileStore::Batch::set_size(uint64_t size) {
  std::string value;
  append_be64(value, size);
  const rocksdb::Status put = writes_->batch.Put(key_of(partition_, size_level), value);
  if (writes_->status.ok()) writes_->status = put;
}

TileStore::TileStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}
TileStore::~TileStore() {
  // What is in memory only goes to disk, so that a restart need not make it again.
  static_cast<void>(database_->db->Close());
}

StatusOr<std::unique_ptr<TileStore>> TileStore::open(const std::string& directory, Access access, std::size_t block_cache_bytes) {
  const rocksdb::Options options = options_for(directory, access, block_cache_bytes);
  rocksdb::DB* db = nullptr;
  rocksdb::Status opened;
  if (access == Access::read_only) {
    opened = rocksdb::DB::OpenForReadOnly(options, directory, &db);
  } else {
    opened = rocksdb::DB::Open(options, directory, &db);
    if (opened.IsCorruption() || opened.IsInvalidArgument()) {
      TOLLGATE_RETURN_IF_ERROR(status_of(rocksdb::DestroyDB(directory, options)));
      opened = rocksdb::DB::Open(options, directory, &db);
    }
  }
  TOLLGATE_RETURN_IF_ERROR(status_of(opened));
  auto database = std::make_unique<Database>();
  database->db.reset(db);
  return std::unique_ptr<TileStore>(new TileStore(std::move(database)));
}

Status TileStore::write(Batch& batch) {
  TOLLGATE_RETURN_IF_ERROR(status_of(batch.writes_->status));
  return status_of(database_->db->Write(not_logged(), &batch.writes_->batch));
}

Status TileStore::resume() { return status_of(database_->db->Resume()); }

Status TileStore::discard(uint32_t partition) {
  std::string end = key_of(partition, size_level);
  end.push_back('\0');
  return status_of(database_->db->DeleteRange(not_logged(), database_->db->DefaultColumnFamily(), key_of(partition, uint8_t{0}), end));
}

StatusOr<uint64_t> TileStore::size(uint32_t partition) const {
  std::string value;
  const rocksdb::Status found = database_->db->Get(rocksdb::ReadOptions(), key_of(partition, size_level), &value);
  if (found.IsNotFound()) return 0;
  TOLLGATE_RETURN_IF_ERROR(status_of(found));
  if (value.size() != 8) return data_loss("the tiles: partition {} has a size of {} bytes", partition, value.size());
  return load_be64(value.data());
}

StatusOr<std::string> TileStore::tile(uint32_t partition, const proof::TileId& tile) const {
  std::string hashes;
  const rocksdb::Status found = database_->db->Get(rocksdb::ReadOptions(), key_of(partition, tile), &hashes);
  if (found.IsNotFound()) return not_found("there is no {}", proof::tile_path(tile));
  TOLLGATE_RETURN_IF_ERROR(status_of(found));
  return hashes;
}

CacheStats TileStore::block_cache() const {
  rocksdb::DB& db = *database_->db;
  return block_cache_stats("tile_blocks", db, db.DefaultColumnFamily(), db.GetDBOptions().statistics.get());
}

}  // namespace tollgate::transparency

namespace tollgate {

namespace {

class OpenedTiles final : public StoredTiles {
 public:
  explicit OpenedTiles(std::unique_ptr<transparency::TileStore> store) : store_(std::move(store)) {}
  uint64_t size(uint32_t partition) const override { return store_->size(partition).value_or(0); }
  std::unique_ptr<proof::TileReader> tiles(uint32_t partition) const override {
    return std::make_unique<transparency::PartitionTiles>(*store_, partition);
  }

 private:
  std::unique_ptr<transparency::TileStore> store_;
};

}  // namespace

StatusOr<std::unique_ptr<StoredTiles>> open_stored_tiles(const std::string& data_dir) {
  const std::string directory = transparency::Paths{data_dir}.tiles();
  auto store = transparency::TileStore::open(directory, transparency::TileStore::Access::read_only);
  if (!store.ok()) return not_found("there are no tiles in {} ({})", directory, message_of(store.status()));
  return std::unique_ptr<StoredTiles>(std::make_unique<OpenedTiles>(*std::move(store)));
}

}  // namespace tollgate
