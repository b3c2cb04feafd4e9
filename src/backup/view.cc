#include "backup/view.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

#include "backup/evidence.h"
#include "tollgate/base/bytes.h"
#include "tollgate/eventlog/rocksdb.h"
#include "tollgate/record/record.h"

namespace tollgate::backup {

StatusOr<View> View::make(const Store& store, const BackedDatabase& database) {
  std::error_code error;
  std::string path = (std::filesystem::temp_directory_path(error) / "tollgate-view-XXXXXX").string();
  if (error || ::mkdtemp(path.data()) == nullptr) return failed("make a folder like", path);
  View made(path);
  const std::string root = std::filesystem::absolute(store.directory(), error).string();
  for (const BackedFile& file : database.files) {
    const std::string target = fmt::format("{}/files/{}/{}", root, file.sha256.substr(0, 2), file.sha256);
    if (::symlink(target.c_str(), (path + "/" + file.name).c_str()) != 0) return failed("link", path + "/" + file.name);
  }
  return made;
}

View::~View() {
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

StatusOr<std::vector<BackedPartition>> partitions_of(const EventLog& log) {
  std::vector<BackedPartition> all;
  TOLLGATE_ASSIGN_OR_RETURN(const auto ids, log.partitions());
  for (const uint32_t id : ids) {
    TOLLGATE_ASSIGN_OR_RETURN(const Head head, log.head(id));
    BackedPartition& one = all.emplace_back(BackedPartition{id, head.sequence, head.epoch, to_hex(tollgate::view(head.hash)), 0});
    TOLLGATE_RETURN_IF_ERROR(log.read(id, head.sequence, [&](uint64_t, std::string_view bytes) {
      if (const auto header = decode_header(bytes); header.ok()) one.time_us = header->time_us;
      return false;
    }));
  }
  return all;
}

namespace {

// The log of a backup, with the links that it is read through.
class ViewedLog final : public EventLog {
 public:
  ViewedLog(View view, std::unique_ptr<EventLog> log) : view_(std::move(view)), log_(std::move(log)) {}
  Status append(std::span<const Append>, std::span<const Row>) override { return failed_precondition("a backup is never changed"); }
  StatusOr<Head> head(uint32_t partition) const override { return log_->head(partition); }
  StatusOr<std::vector<uint32_t>> partitions() const override { return log_->partitions(); }
  Status read(uint32_t partition, uint64_t from, const RecordVisitor& visit) const override { return log_->read(partition, from, visit); }
  Status get(Table table, std::string_view key, std::string& value) const override { return log_->get(table, key, value); }
  Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const override {
    return log_->scan(table, from, to, order, visit);
  }

 private:
  View view_;
  std::unique_ptr<EventLog> log_;
};

}  // namespace

StatusOr<std::unique_ptr<EventLog>> open_log_of(const Store& store, const Manifest& manifest) {
  const BackedDatabase* database = manifest.find("log");
  if (database == nullptr) return not_found("the backup {} holds no log", manifest.info.id);
  TOLLGATE_ASSIGN_OR_RETURN(View view, View::make(store, *database));
  RocksdbLogOptions options;
  options.read_only = true;
  TOLLGATE_ASSIGN_OR_RETURN(auto log, open_rocksdb_log(view.directory(), options));
  return std::unique_ptr<EventLog>(std::make_unique<ViewedLog>(std::move(view), std::move(log)));
}

}  // namespace tollgate::backup

namespace tollgate {

StatusOr<audit::CheckpointEvidence> read_backup_evidence(const std::string& directory) {
  TOLLGATE_ASSIGN_OR_RETURN(const backup::Store store, backup::Store::open(directory, false));
  TOLLGATE_ASSIGN_OR_RETURN(const backup::Manifest manifest, store.newest());
  return backup::evidence_of(store, manifest);
}

StatusOr<std::unique_ptr<EventLog>> open_backup_log(const std::string& directory, const std::string& id) {
  TOLLGATE_ASSIGN_OR_RETURN(const backup::Store store, backup::Store::open(directory, false));
  TOLLGATE_ASSIGN_OR_RETURN(const backup::Manifest manifest, id.empty() ? store.newest() : store.load(id));
  return backup::open_log_of(store, manifest);
}

}  // namespace tollgate
