#include "backup/archive_files.h"
#include "backup/evidence.h"
#include "backup/files.h"
#include "backup/store.h"
#include "backup/view.h"
#include "tollgate/backup/archive.h"
#include "tollgate/base/bytes.h"

namespace tollgate {
namespace backup {
namespace {

void check_file(const Store& store, std::string_view of, const BackedFile& file, Pace& pace, const BackupCheckOptions& options, BackupCheck& check) {
  const std::string path = store.path_of(file);
  ++check.files;
  const auto hashed = hash_file(path, pace);
  if (!hashed.ok()) {
    check.problems.push_back(fmt::format("{}/{}: {}", of, file.name, message_of(hashed.status())));
    return;
  }
  check.bytes += hashed->bytes;
  if (options.progress) options.progress(check.bytes);
  if (hashed->bytes != file.bytes) {
    check.problems.push_back(fmt::format("{}/{}: {} has {} bytes, {} were written", of, file.name, path, hashed->bytes, file.bytes));
  } else if (to_hex(tollgate::view(hashed->sha256)) != file.sha256) {
    check.problems.push_back(fmt::format("{}/{}: {} is not what was written: its SHA-256 is another one", of, file.name, path));
  }
}

// Also without an audit: records that were exchanged before the backup was made show nowhere else.
void check_roots(const Store& store, const Manifest& manifest, const EventLog& log, BackupCheck& check) {
  const auto evidence = evidence_of(store, manifest);
  if (!evidence.ok()) {
    check.problems.push_back(std::string(message_of(evidence.status())));
    return;
  }
  audit::VerifyReport report;
  audit::check_checkpoints(*audit::source_of(log), *evidence, {}, report);
  check.checkpoints = report.compared.checkpoints;
  for (const audit::Problem& problem : report.problems)
    check.problems.push_back(fmt::format("partition {}, record {}: {}", problem.partition, problem.sequence, problem.what));
}

void check_log(const Store& store, const Manifest& manifest, const BackupCheckOptions& options, BackupCheck& check) {
  auto log = open_log_of(store, manifest);
  if (!log.ok()) {
    check.problems.push_back(fmt::format("the log does not open: {}", message_of(log.status())));
    return;
  }
  const auto partitions = partitions_of(**log);
  if (!partitions.ok()) {
    check.problems.push_back(fmt::format("the log cannot be read: {}", message_of(partitions.status())));
    return;
  }
  const auto same = [](const BackedPartition& a, const BackedPartition& b) { return a.partition == b.partition && a.sequence == b.sequence && a.hash == b.hash; };
  if (!std::equal(partitions->begin(), partitions->end(), manifest.info.partitions.begin(), manifest.info.partitions.end(), same))
    check.problems.push_back("the log does not end where its manifest says that it does");
  std::unique_ptr<ArchiveReader> archive;
  if (!options.archive.empty()) {
    auto opened = ArchiveReader::open(options.archive, manifest.info.generation);
    if (!opened.ok()) {
      check.problems.push_back(std::string(message_of(opened.status())));
      return;
    }
    archive = *std::move(opened);
  }
  const auto whole = with_archive(*std::move(log), std::move(archive));
  check_roots(store, manifest, *whole, check);
  if (!options.with_audit) return;
  check.audit = audit::verify(*whole);
  for (const audit::Problem& problem : check.audit->problems)
    check.problems.push_back(fmt::format("partition {}, record {}: {}", problem.partition, problem.sequence, problem.what));
}

}  // namespace

void check_side(const std::string& archive, std::vector<std::string>& problems) {
  const auto store = Store::open(side_folder(archive), false);
  if (absl::IsNotFound(store.status())) return;
  const auto ids = store.ok() ? store->ids() : store.status();
  if (!ids.ok()) {
    problems.push_back(std::string(message_of(ids.status())));
    return;
  }
  for (const std::string& id : *ids) {
    BackupCheck check;
    const auto manifest = store->load(id);
    if (!manifest.ok()) check.problems.push_back(std::string(message_of(manifest.status())));
    Pace pace;
    for (std::size_t i = 0; manifest.ok() && i < manifest->databases.size(); ++i)
      for (const BackedFile& file : manifest->databases[i].files) check_file(*store, manifest->databases[i].name, file, pace, {}, check);
    if (manifest.ok())
      for (const BackedFile& file : manifest->data_files) check_file(*store, "data", file, pace, {}, check);
    // Beside a running node an older one may be pruned while it is read.
    if (absl::IsNotFound(store->load(id).status())) continue;
    problems.insert(problems.end(), check.problems.begin(), check.problems.end());
  }
}

}  // namespace backup

StatusOr<std::vector<BackupCheck>> verify_backups(const std::string& directory, const BackupCheckOptions& options) {
  using namespace backup;
  TOLLGATE_ASSIGN_OR_RETURN(const Store store, Store::open(directory, false));
  std::vector<std::string> ids{options.id};
  if (options.id.empty()) {
    TOLLGATE_ASSIGN_OR_RETURN(ids, store.ids());
  }
  if (ids.empty()) return not_found("there is no backup in {}", directory);
  std::vector<BackupCheck> checks;
  for (const std::string& id : ids) {
    BackupCheck& check = checks.emplace_back();
    check.id = id;
    const auto manifest = store.load(id);
    if (absl::IsNotFound(manifest.status())) return manifest.status();
    if (!manifest.ok()) {
      check.problems.push_back(std::string(message_of(manifest.status())));
      continue;
    }
    Pace pace(options.bytes_per_second);
    for (const BackedDatabase& database : manifest->databases)
      for (const BackedFile& file : database.files) check_file(store, database.name, file, pace, options, check);
    for (const BackedFile& file : manifest->data_files) check_file(store, "data", file, pace, options, check);
    if (check.problems.empty()) check_log(store, *manifest, options, check);
  }
  return checks;
}

}  // namespace tollgate
