// Which keys a vault has, from its database alone: beside the node that uses it, without its KEK, and changing nothing.
#include <rocksdb/db.h>

#include <filesystem>
#include <map>

#include "rocks/info_log.h"
#include "tollgate/vault/keys.h"
#include "vault/cards.h"
#include "vault/key_row.h"
#include "vault/subject_keys.h"

namespace tollgate {
namespace vault {
namespace {

// Files of a database in use come and go while it is opened.
constexpr int attempts_max = 5;
constexpr uint64_t rows_counted_max = 5'000'000;

std::string_view view_of(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

Status from_rocksdb(const rocksdb::Status& status) {
  if (status.ok()) return {};
  return status.IsCorruption() ? data_loss("vault: {}", status.ToString()) : unavailable("vault: {}", status.ToString());
}

class Reader {
 public:
  explicit Reader(rocksdb::DB& db) : db_(db) {}

  StatusOr<VaultKeysInfo> read() {
    std::string format;
    const rocksdb::Status found = db_.Get({}, rocksdb::Slice(meta_row.data(), meta_row.size()), &format);
    if (found.IsNotFound()) return not_found("the vault has no keys yet");
    TOLLGATE_RETURN_IF_ERROR(from_rocksdb(found));
    if (format != format_name) return failed_precondition("the vault has format 1: the node takes it over at its next start");
    TOLLGATE_RETURN_IF_ERROR(read_keys());
    if (!left_.empty()) TOLLGATE_RETURN_IF_ERROR(count_rows());
    for (VaultKeyInfo& key : info_.keys)
      if (const auto left = left_.find(key.number); left != left_.end() && counted_) key.rows_left = left->second;
    return std::move(info_);
  }

 private:
  Status read_keys() {
    Status bad;
    TOLLGATE_RETURN_IF_ERROR(scan(key_row_kind, [&](std::string_view key, std::string_view value) {
      const auto row = parse_key_row(key, value);
      if (!row) {
        bad = data_loss("a key of the vault is damaged: restore the vault from a backup");
        return false;
      }
      info_.provider = row->provider;
      info_.kek_id = row->kek_id;
      VaultKeyInfo& one = info_.keys.emplace_back();
      one.number = row->number;
      one.kind = name_of(row->kind);
      one.state = row->state == KeyState::retiring ? "retiring" : "active";
      one.created_us = row->created_us;
      if (row->state == KeyState::retiring) left_[row->number] = 0;
      if (row->kind == KeyKind::v1) v1_number_ = row->number;
      return true;
    }));
    return bad;
  }

  Status count_rows() {
    uint64_t seen = 0;
    for (const char kind : {Cards::row_kind, SubjectKeys::row_kind}) {
      TOLLGATE_RETURN_IF_ERROR(scan(kind, [&](std::string_view, std::string_view value) {
        uint32_t number = kind == Cards::row_kind ? Cards::key_number(value) : SubjectKeys::key_number(value);
        if (number == 0) number = v1_number_;
        if (const auto left = left_.find(number); left != left_.end()) ++left->second;
        return ++seen <= rows_counted_max;
      }));
    }
    counted_ = seen <= rows_counted_max;
    return {};
  }

  template <class Visit>
  Status scan(char kind, Visit&& visit) const {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> rows(db_.NewIterator(options));
    for (rows->Seek(rocksdb::Slice(&kind, 1)); rows->Valid() && view_of(rows->key()).starts_with(kind); rows->Next())
      if (!visit(view_of(rows->key()), view_of(rows->value()))) break;
    return from_rocksdb(rows->status());
  }

  rocksdb::DB& db_;
  VaultKeysInfo info_;
  std::map<uint32_t, uint64_t> left_;  // rows of each retiring key
  uint32_t v1_number_ = 0;
  bool counted_ = false;
};

StatusOr<VaultKeysInfo> read_once(const std::string& database) {
  rocksdb::Options options;
  options.info_log = make_no_log();
  rocksdb::DB* db = nullptr;
  TOLLGATE_RETURN_IF_ERROR(from_rocksdb(rocksdb::DB::OpenForReadOnly(options, database, &db)));
  const std::unique_ptr<rocksdb::DB> owned(db);
  return Reader(*owned).read();
}

}  // namespace
}  // namespace vault

StatusOr<VaultKeysInfo> read_vault_keys(const std::string& directory) {
  std::error_code ignored;
  if (!std::filesystem::exists(directory + "/db/CURRENT", ignored)) return not_found("there is no vault in {}", directory);
  StatusOr<VaultKeysInfo> info = vault::read_once(directory + "/db");
  for (int attempt = 1; attempt < vault::attempts_max && absl::IsUnavailable(info.status()); ++attempt) info = vault::read_once(directory + "/db");
  return info;
}

}  // namespace tollgate
