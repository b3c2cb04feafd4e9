#include "report/store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>

#include "rocks/background_threads.h"
#include "rocks/info_log.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/wire.h"

namespace tollgate::report {
namespace {

constexpr std::size_t block_cache_bytes = std::size_t{16} << 20;
// Also what a crash takes.
constexpr std::size_t memtable_bytes = std::size_t{8} << 20;
constexpr char position_kind = 'p', payment_kind = 'o', figures_kind = 'f';
constexpr std::size_t key_head_bytes = 5;

std::string key_of(uint32_t generation, char kind) {
  std::string key;
  key.reserve(32);
  append_be32(key, generation);
  key.push_back(kind);
  return key;
}
std::string generations_key() { return std::string(4, '\0'); }
std::string key_of(uint32_t generation, const PaymentKey& payment) {
  return key_of(generation, payment_kind) + keys::object(payment.partner, payment.mode, payment.core);
}
std::string days_key(uint32_t generation, PartnerId partner, int64_t day) {
  std::string key = key_of(generation, figures_kind);
  append_be64(key, partner.value);
  append_be32(key, static_cast<uint32_t>(std::clamp<int64_t>(day, 0, UINT32_MAX)));
  return key;
}
std::string key_of(uint32_t generation, const FigureKey& of) {
  std::string key = days_key(generation, of.partner, of.day);
  key.push_back(static_cast<char>(of.mode));
  append_be32(key, of.currency.packed());
  return key;
}

Status status_of(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsCorruption()) return data_loss("the reports' database: {}", status.ToString());
  return unavailable("the reports' database: {}", status.ToString());
}

rocksdb::Options options_for(const std::string& directory) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.write_buffer_size = memtable_bytes;
  options.max_write_buffer_number = 3;
  options.compression = rocksdb::kLZ4Compression;
  options.level_compaction_dynamic_level_bytes = true;
  options.max_background_jobs = 2;
  options.max_open_files = 256;
  options.bytes_per_sync = 1 << 20;
  options.allow_concurrent_memtable_write = false;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log = make_info_log(directory);
  options.avoid_flush_during_shutdown = false;
  options.listeners.push_back(std::make_shared<GiveWay>());
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(block_cache_bytes);
  table.block_size = 16 * 1024;
  table.format_version = 5;
  // Most payments that are looked for are not there.
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::WriteOptions not_logged() {
  rocksdb::WriteOptions how;
  how.disableWAL = true;
  return how;
}

template <class T>
StatusOr<std::optional<T>> get(rocksdb::DB& db, const rocksdb::ReadOptions& how, const std::string& key) {
  std::string value;
  const rocksdb::Status found = db.Get(how, key, &value);
  if (found.IsNotFound()) return std::optional<T>();
  TOLLGATE_RETURN_IF_ERROR(status_of(found));
  T decoded;
  TOLLGATE_RETURN_IF_ERROR(wire::decode(value, decoded));
  return std::optional<T>(std::move(decoded));
}

// Calls `visit(key, value)` for every row with from <= key < to.
template <class Visit>
Status scan(rocksdb::DB& db, rocksdb::ReadOptions how, const std::string& from, const std::string& to, const Visit& visit) {
  const rocksdb::Slice end(to);
  how.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(how));
  for (at->Seek(from); at->Valid(); at->Next())
    TOLLGATE_RETURN_IF_ERROR(visit(std::string_view(at->key().data(), at->key().size()), std::string_view(at->value().data(), at->value().size())));
  return status_of(at->status());
}

StatusOr<Positions> positions_of(rocksdb::DB& db, const rocksdb::ReadOptions& how, uint32_t generation) {
  Positions positions;
  const std::string from = key_of(generation, position_kind);
  const Status scanned = scan(db, how, from, keys::after_prefix(from), [&](std::string_view key, std::string_view value) -> Status {
    if (key.size() != key_head_bytes + 4) return data_loss("the reports' database: a position has a wrong key");
    return wire::decode(value, positions[load_be32(key.data() + key_head_bytes)]);
  });
  TOLLGATE_RETURN_IF_ERROR(scanned);
  return positions;
}

StatusOr<Row> row_of(std::string_view key, std::string_view value) {
  Row row;
  const char* at = key.data() + key_head_bytes + 8;
  const auto currency = key.size() == key_head_bytes + 17 ? Currency::from_packed(load_be32(at + 5)) : std::nullopt;
  if (!currency) return data_loss("the reports' database: figures have a wrong key");
  row.day = load_be32(at);
  row.mode = static_cast<Mode>(at[4]);
  row.currency = *currency;
  TOLLGATE_RETURN_IF_ERROR(wire::decode(value, row.figures));
  return row;
}

}  // namespace

struct Store::Database {
  std::unique_ptr<rocksdb::DB> db;
};

Store::Store(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Store::~Store() {
  // What is in memory only goes to disk, so that a restart need not fold it again.
  static_cast<void>(database_->db->Close());
}

StatusOr<std::unique_ptr<Store>> Store::open(const std::string& directory) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) return unavailable("cannot create {}: {}", directory, failed.message());
  const rocksdb::Options options = options_for(directory);
  rocksdb::DB* db = nullptr;
  rocksdb::Status opened = rocksdb::DB::Open(options, directory, &db);
  if (opened.IsCorruption() || opened.IsInvalidArgument()) {
    TOLLGATE_RETURN_IF_ERROR(status_of(rocksdb::DestroyDB(directory, options)));
    opened = rocksdb::DB::Open(options, directory, &db);
  }
  TOLLGATE_RETURN_IF_ERROR(status_of(opened));
  auto database = std::make_unique<Database>();
  database->db.reset(db);
  return std::unique_ptr<Store>(new Store(std::move(database)));
}

StatusOr<Generations> Store::generations() const {
  TOLLGATE_ASSIGN_OR_RETURN(auto found, get<Generations>(*database_->db, {}, generations_key()));
  return found.value_or(Generations{});
}

StatusOr<Positions> Store::positions(uint32_t generation) const { return positions_of(*database_->db, {}, generation); }

StatusOr<std::optional<OpenPayment>> Store::open_payment(uint32_t generation, const PaymentKey& key) const {
  return get<OpenPayment>(*database_->db, {}, key_of(generation, key));
}

StatusOr<Picture> Store::picture(const Query& query) const {
  rocksdb::DB& db = *database_->db;
  auto release = [&db](const rocksdb::Snapshot* snapshot) { db.ReleaseSnapshot(snapshot); };
  const std::unique_ptr<const rocksdb::Snapshot, decltype(release)> moment(db.GetSnapshot(), release);
  rocksdb::ReadOptions how;
  how.snapshot = moment.get();
  Picture picture;
  TOLLGATE_ASSIGN_OR_RETURN(auto generations, get<Generations>(db, how, generations_key()));
  picture.generations = generations.value_or(Generations{});
  const uint32_t active = picture.generations.active;
  if (active == 0) return picture;
  TOLLGATE_ASSIGN_OR_RETURN(picture.positions, positions_of(db, how, active));
  const std::string from = days_key(active, query.partner, query.first_day), to = days_key(active, query.partner, query.last_day + 1);
  const Status scanned = scan(db, how, from, to, [&](std::string_view key, std::string_view value) -> Status {
    TOLLGATE_ASSIGN_OR_RETURN(Row row, row_of(key, value));
    if (query.mode && row.mode != *query.mode) return absl::OkStatus();
    if (picture.rows.size() == rows_max) return invalid_argument("these days have more than {} lines: ask for fewer days at a time", rows_max);
    picture.rows.push_back(std::move(row));
    return absl::OkStatus();
  });
  TOLLGATE_RETURN_IF_ERROR(scanned);
  return picture;
}

Status Store::write(uint32_t generation, uint32_t partition, const Position& at, const Changes& changes) {
  rocksdb::WriteBatch batch;
  std::map<FigureKey, Figures> figures = changes.figures;
  const auto too_large = [] { return internal_error("an amount of a day is over the largest number"); };
  for (const auto& [of, more] : changes.figures)
    if (!add(figures[{PartnerId{}, of.day, of.mode, of.currency}], more)) return too_large();
  for (auto& [of, sum] : figures) {
    const std::string key = key_of(generation, of);
    TOLLGATE_ASSIGN_OR_RETURN(const auto stood, get<Figures>(*database_->db, {}, key));
    if (stood && !add(sum, *stood)) return too_large();
    TOLLGATE_RETURN_IF_ERROR(status_of(batch.Put(key, wire::encode(sum))));
  }
  for (const auto& [payment, slot] : changes.payments) {
    if (slot.payment) TOLLGATE_RETURN_IF_ERROR(status_of(batch.Put(key_of(generation, payment), wire::encode(*slot.payment))));
    else if (slot.stood) TOLLGATE_RETURN_IF_ERROR(status_of(batch.Delete(key_of(generation, payment))));
  }
  std::string position = key_of(generation, position_kind);
  append_be32(position, partition);
  TOLLGATE_RETURN_IF_ERROR(status_of(batch.Put(position, wire::encode(at))));
  return status_of(database_->db->Write(not_logged(), &batch));
}

Status Store::set(const Generations& generations) {
  TOLLGATE_ASSIGN_OR_RETURN(const Generations before, this->generations());
  rocksdb::WriteBatch batch;
  for (const uint32_t generation : {before.active, before.building}) {
    if (generation == 0 || generation == generations.active || generation == generations.building) continue;
    std::string from, to;
    append_be32(from, generation);
    append_be32(to, generation + 1);
    TOLLGATE_RETURN_IF_ERROR(status_of(batch.DeleteRange(from, to)));
  }
  TOLLGATE_RETURN_IF_ERROR(status_of(batch.Put(generations_key(), wire::encode(generations))));
  return status_of(database_->db->Write(not_logged(), &batch));
}

}  // namespace tollgate::report
