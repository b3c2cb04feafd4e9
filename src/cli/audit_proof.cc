// tollgate audit export-tiles, verify-tiles, consistency: the log as others verify it. verify-receipt is in audit_receipt.cc.
#include "cli/audit_proof.h"

#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/json_text.h"
#include "cli/node.h"
#include "tollgate/audit/tiles.h"
#include "tollgate/backup/backup.h"
#include "tollgate/base/base64.h"
#include "tollgate/eventlog/rocksdb.h"
#include "tollgate/transparency/transparency.h"

namespace tollgate::cli {
namespace {

using Json = nlohmann::ordered_json;

// On stderr, when a person watches.
class ProgressLine {
 public:
  explicit ProgressLine(std::string what) : what_(std::move(what)), shown_(::isatty(STDERR_FILENO) != 0) {}
  ~ProgressLine() {
    if (shown_) std::fprintf(stderr, "\r\033[K");
  }
  void at(uint64_t records, uint64_t of) const {
    if (shown_) std::fprintf(stderr, "\r%s: %lu of %lu records", what_.c_str(), static_cast<unsigned long>(records), static_cast<unsigned long>(of));
  }

 private:
  std::string what_;
  bool shown_;
};

StatusOr<std::unique_ptr<EventLog>> open_data(const std::string& data) {
  RocksdbLogOptions options;
  options.read_only = true;
  return open_rocksdb_log(DataPaths{data}.log(), options);
}

// ---- export-tiles

int export_tiles(const std::string& data, const std::string& folder, bool as_json) {
  // The checkpoints first: the log that is opened after them reaches as far.
  const auto kept = read_kept_files(data);
  if (!kept.ok()) return complain(kept.status());
  if (kept->signed_last.empty()) return complain(not_found("nothing was signed in {}: it has no checkpoints/signed", data));
  const auto log = open_data(data);
  if (!log.ok()) return complain(log.status());
  Json all = Json::array();
  for (const proof::KeptCheckpoint& one : kept->signed_last) {
    const proof::SignedCheckpoint* checkpoint = &one.checkpoint;
    // With what witnesses have said, if they have seen it.
    for (const auto& cosigned : kept->cosigned)
      if (cosigned.checkpoint.checkpoint == checkpoint->checkpoint) checkpoint = &cosigned.checkpoint;
    const std::string& origin = checkpoint->checkpoint.origin;
    const auto* key = key_for(kept->keys, origin);
    if (key == nullptr) return complain(not_found("there is no key (*.vkey) for the log {} in {}/checkpoints", origin, data));
    const std::string to = fmt::format("{}/{}", folder, one.partition);
    const ProgressLine line(fmt::format("partition {}", one.partition));
    const auto exported = audit::export_tiles(**log, one.partition, *checkpoint, *key, to,
                                              [&](uint64_t records) { line.at(records, checkpoint->checkpoint.size); });
    if (!exported.ok()) return complain(fmt::format("partition {}: {}", one.partition, message_of(exported.status())));
    if (!as_json) {
      std::printf("%s: %lu records of %s (%lu were there)\n", to.c_str(), static_cast<unsigned long>(exported->size), origin.c_str(),
                  static_cast<unsigned long>(exported->kept));
    }
    all.push_back({{"folder", to}, {"partition", one.partition}, {"origin", origin}, {"records", exported->size}, {"kept", exported->kept}});
  }
  if (as_json) std::printf("%s\n", text_of_json(Json{{"logs", std::move(all)}}).c_str());
  return exit_ok;
}

void add_export_tiles(CLI::App& parent, Run& run) {
  struct Arguments {
    std::string data, folder;
    bool as_json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  auto* command = parent.add_subcommand("export-tiles", "Write the log as static files that any transparency-log verifier reads");
  command->add_option("data", arguments->data, "Data directory")->required()->type_name("DATA");
  command->add_option("folder", arguments->folder, "Where to; a folder for each partition is made in it")->required()->type_name("DIR");
  command->add_flag("--json", arguments->as_json, "One JSON object, for programs");
  command->footer(
      "C2SP tlog-tiles: DIR/<partition>/checkpoint, tile/... and tile/entries/..., up to the newest signed checkpoint, and the key that stands in DATA as "
      "vkey.\nGoes on where an earlier export ended. DATA may be a running node's directory; nothing is written to it.\n"
      "Exit status: 0 exported, 1 the log is not what was signed or cannot be read, 2 wrong command line.");
  command->callback([arguments, &run] { run = [arguments] { return export_tiles(arguments->data, arguments->folder, arguments->as_json); }; });
}

// ---- verify-tiles

int verify_tiles(const std::string& folder, const std::string& key_text, bool as_json) {
  const auto key = read_verifier_key(key_text);
  if (!key.ok()) return complain(fmt::format("--key: {}", message_of(key.status())), exit_usage);
  const ProgressLine line(folder);
  const audit::TilesReport report = audit::verify_tiles(folder, *key, [&](uint64_t records) { line.at(records, records); });
  if (as_json) {
    Json problem = nullptr;
    if (report.problem) problem = {{"index", report.problem->index ? Json(*report.problem->index) : Json(nullptr)}, {"what", report.problem->what}};
    std::printf("%s\n", text_of_json(Json{{"ok", !report.problem},
                             {"origin", report.checkpoint.origin},
                             {"size", report.checkpoint.size},
                             {"root", to_base64(view(report.checkpoint.root))},
                             {"entries", report.entries},
                             {"problem", std::move(problem)}}).c_str());
  } else if (!report.problem) {
    std::printf("verified: %lu records of %s, root %s\n", static_cast<unsigned long>(report.checkpoint.size), report.checkpoint.origin.c_str(),
                to_base64(view(report.checkpoint.root)).c_str());
  } else if (report.problem->index) {
    std::printf("WRONG: entry %lu: %s\nNOT verified\n", static_cast<unsigned long>(*report.problem->index), report.problem->what.c_str());
  } else {
    std::printf("WRONG: %s\nNOT verified\n", report.problem->what.c_str());
  }
  return report.problem ? exit_failed : exit_ok;
}

void add_verify_tiles(CLI::App& parent, Run& run) {
  struct Arguments {
    std::string folder, key;
    bool as_json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  auto* command = parent.add_subcommand("verify-tiles", "Check exported static files against the log's key alone");
  command->add_option("folder", arguments->folder, "Folder with checkpoint and tile/, of one partition")->required()->type_name("DIR");
  command->add_option("--key", arguments->key, "The log's verifier key, or a file with it: as the operator gave it to you, not from DIR")
      ->required()
      ->type_name("VKEY");
  command->add_flag("--json", arguments->as_json, "One JSON object, for programs");
  command->footer(exit_words);
  command->callback([arguments, &run] { run = [arguments] { return verify_tiles(arguments->folder, arguments->key, arguments->as_json); }; });
}

// ---- consistency

struct ConsistencyArguments {
  std::string older, newer, log;
  std::vector<std::string> keys;
  bool as_json = false;
};

struct LogOf {
  std::unique_ptr<proof::TileReader> tiles;  // of a folder of tiles
  std::unique_ptr<EventLog> log;             // of a data directory
  uint32_t partition = 0;
  std::vector<proof::VerifierKey> keys;
};

// A data directory, a folder of tiles, or one above such folders.
StatusOr<LogOf> open_log_of(const std::string& where, const std::string& origin) {
  LogOf made;
  std::error_code ignored;
  if (std::filesystem::is_directory(DataPaths{where}.log(), ignored)) {
    TOLLGATE_ASSIGN_OR_RETURN(const KeptFiles kept, read_kept_files(where));
    made.keys = kept.keys;
    for (const auto& one : kept.signed_last)
      if (const std::string& name = one.checkpoint.checkpoint.origin; name == origin) made.partition = one.partition;
    if (key_for(made.keys, origin) == nullptr) return not_found("{} is not the data directory of the log {}", where, origin);
    TOLLGATE_ASSIGN_OR_RETURN(made.log, open_data(where));
    return made;
  }
  std::vector<std::string> folders = {where};
  for (const auto& entry : std::filesystem::directory_iterator(where, ignored)) folders.push_back(entry.path().string());
  for (const std::string& folder : folders) {
    const audit::FolderTiles files(folder);
    const auto text = files.file("checkpoint");
    if (!text.ok()) continue;
    const auto checkpoint = proof::read_checkpoint(*text);
    if (!checkpoint.ok() || checkpoint->checkpoint.origin != origin) continue;
    made.tiles = std::make_unique<audit::FolderTiles>(folder);
    if (const auto key = read_verifier_key(folder + "/vkey"); key.ok()) made.keys.push_back(*key);
    return made;
  }
  return not_found("there is neither a data directory nor exported tiles of the log {} in {}", origin, where);
}

StatusOr<proof::SignedCheckpoint> read_signed(const std::string& path) {
  TOLLGATE_ASSIGN_OR_RETURN(const std::string text, read_whole(path));
  auto checkpoint = proof::read_checkpoint(text);
  if (!checkpoint.ok()) return invalid_argument("{}: {}", path, message_of(checkpoint.status()));
  return checkpoint;
}

Status check_consistency(const ConsistencyArguments& arguments, proof::Path& path, proof::Checkpoint& older, proof::Checkpoint& newer) {
  TOLLGATE_ASSIGN_OR_RETURN(const proof::SignedCheckpoint a, read_signed(arguments.older));
  TOLLGATE_ASSIGN_OR_RETURN(const proof::SignedCheckpoint b, read_signed(arguments.newer));
  older = a.checkpoint;
  newer = b.checkpoint;
  if (older.origin != newer.origin) return failed_precondition("they are of two logs: {} and {}", older.origin, newer.origin);
  if (older.size > newer.size) return failed_precondition("the older one has {} records, the newer one {}: name them the other way round", older.size, newer.size);
  TOLLGATE_ASSIGN_OR_RETURN(const LogOf log, open_log_of(arguments.log, older.origin));
  TOLLGATE_ASSIGN_OR_RETURN(std::vector<proof::VerifierKey> keys, read_keys(arguments.keys));
  if (keys.empty()) keys = log.keys;
  const auto* key = key_for(keys, older.origin);
  if (key == nullptr) return not_found("there is no key for the log {}: give it with --key", older.origin);
  for (const auto& [name, note] : {std::pair(arguments.older, &a.note), std::pair(arguments.newer, &b.note)})
    if (const Status held = proof::verify_note(*note, *key); !held.ok()) return failed_precondition("{}: {}", name, message_of(held));
  if (older.size == newer.size && older.root != newer.root)
    return failed_precondition("two signed checkpoints over {} records have two roots: the log was forked, and both together prove it", older.size);
  const ProgressLine line("reading");
  auto found = log.log ? audit::consistency_from_log(*log.log, log.partition, older.size, newer.size, [&](uint64_t records) { line.at(records, newer.size); })
                       : proof::consistency_proof(proof::TiledTree(*log.tiles, newer.size), older.size, newer.size);
  if (!found.ok()) return found.status();
  path = *std::move(found);
  const Status held = proof::verify_consistency(older.size, older.root, newer.size, newer.root, path);
  if (held.ok()) return held;
  return failed_precondition("{} records to {}: {}. Either the log was forked between them, or {} is not what was signed", older.size, newer.size, message_of(held),
                             arguments.log);
}

int consistency(const ConsistencyArguments& arguments) {
  proof::Path path;
  proof::Checkpoint older, newer;
  const Status status = check_consistency(arguments, path, older, newer);
  if (absl::IsNotFound(status) || absl::IsInvalidArgument(status)) return complain(status, exit_usage);
  if (arguments.as_json) {
    Json hashes = Json::array();
    for (const Digest& hash : path) hashes.push_back(to_base64(view(hash)));
    std::printf("%s\n", text_of_json(Json{{"ok", status.ok()},
                             {"origin", older.origin},
                             {"old_size", older.size},
                             {"size", newer.size},
                             {"proof", std::move(hashes)},
                             {"problem", status.ok() ? Json(nullptr) : Json(std::string(message_of(status)))}}).c_str());
  } else if (status.ok()) {
    std::printf("consistent: %s, the first %lu of %lu records are the same\n", older.origin.c_str(), static_cast<unsigned long>(older.size),
                static_cast<unsigned long>(newer.size));
    for (const Digest& hash : path) std::printf("%s\n", to_base64(view(hash)).c_str());
  } else {
    std::printf("WRONG: %s\nNOT consistent\n", std::string(message_of(status)).c_str());
  }
  return status.ok() ? exit_ok : exit_failed;
}

void add_consistency(CLI::App& parent, Run& run) {
  auto arguments = std::make_shared<ConsistencyArguments>();
  auto* command = parent.add_subcommand("consistency", "Prove that a later checkpoint of a log continues an earlier one");
  command->add_option("older", arguments->older, "The earlier checkpoint")->required()->type_name("OLD");
  command->add_option("newer", arguments->newer, "The later checkpoint")->required()->type_name("NEW");
  command->add_option("--log", arguments->log, "Where the proof comes from: a data directory, or exported tiles")->required()->type_name("DATA|DIR");
  command->add_option("--key", arguments->keys, "Verifier key of the log, or a file with it; else the one that stands in DATA or DIR")->type_name("VKEY");
  command->add_flag("--json", arguments->as_json, "One JSON object, for programs");
  command->footer(std::string("Prints the consistency proof of RFC 6962, a hash in base64 a line.\n") + exit_words);
  command->callback([arguments, &run] { run = [arguments] { return consistency(*arguments); }; });
}

}  // namespace

StatusOr<std::string> read_whole(const std::string& path) {
  std::ostringstream content;
  if (path == "-") {
    content << std::cin.rdbuf();
    return std::move(content).str();
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return not_found("cannot read {}", path);
  content << file.rdbuf();
  return std::move(content).str();
}

const proof::VerifierKey* key_for(const std::vector<proof::VerifierKey>& keys, const std::string& origin) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const proof::VerifierKey& key) { return key.name == origin; });
  return found == keys.end() ? nullptr : &*found;
}

StatusOr<std::vector<proof::VerifierKey>> read_keys(const std::vector<std::string>& texts) {
  std::vector<proof::VerifierKey> keys;
  for (const std::string& text : texts) {
    TOLLGATE_ASSIGN_OR_RETURN(proof::VerifierKey key, read_verifier_key(text));
    keys.push_back(std::move(key));
  }
  return keys;
}

StatusOr<proof::VerifierKey> read_verifier_key(const std::string& text_or_file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(text_or_file, ignored)) return proof::VerifierKey::parse(text_or_file);
  TOLLGATE_ASSIGN_OR_RETURN(const std::string text, read_whole(text_or_file));
  auto key = proof::VerifierKey::parse(text);
  if (!key.ok()) return invalid_argument("{}: {}", text_or_file, message_of(key.status()));
  return key;
}

namespace {

StatusOr<audit::CheckpointEvidence> evidence_of_data(const std::string& data) {
  audit::CheckpointEvidence evidence;
  TOLLGATE_ASSIGN_OR_RETURN(KeptFiles kept, read_kept_files(data));
  evidence.keys = std::move(kept.keys);
  evidence.generation = kept.generation;
  for (auto* list : {&kept.history, &kept.signed_last, &kept.cosigned}) {
    for (proof::KeptCheckpoint& one : *list) evidence.checkpoints.push_back(std::move(one));
  }
  evidence.tiles = [data](uint32_t partition, uint64_t size) -> std::unique_ptr<proof::TileReader> {
    // Opened for this partition alone, and only when something is wrong.
    struct Owner final : proof::TileReader {
      std::unique_ptr<StoredTiles> store;
      std::unique_ptr<proof::TileReader> tiles;
      StatusOr<std::string> tile(const proof::TileId& id) const override { return tiles->tile(id); }
    };
    auto store = open_stored_tiles(data);
    if (!store.ok() || (*store)->size(partition) < size) return nullptr;
    auto owner = std::make_unique<Owner>();
    owner->tiles = (*store)->tiles(partition);
    owner->store = *std::move(store);
    return owner;
  };
  return evidence;
}

}  // namespace

StatusOr<audit::CheckpointEvidence> read_evidence(const std::string& data, const std::vector<std::string>& keys) {
  TOLLGATE_ASSIGN_OR_RETURN(auto evidence, evidence_of_data(data));
  if (is_backup_directory(data)) {
    TOLLGATE_ASSIGN_OR_RETURN(evidence, read_backup_evidence(data));
  } else if (evidence.checkpoints.empty() && !audit::holds_log(data)) {
    TOLLGATE_ASSIGN_OR_RETURN(evidence, audit::read_tiles_evidence(data));
  }
  if (keys.empty()) return evidence;
  auto given = read_keys(keys);
  if (!given.ok()) return invalid_argument("--key: {}", message_of(given.status()));
  evidence.keys = *std::move(given);
  evidence.keys_given = true;
  return evidence;
}

void add_audit_proof(CLI::App& parent, Run& run) {
  add_export_tiles(parent, run);
  add_verify_tiles(parent, run);
  add_verify_receipt(parent, run);
  add_consistency(parent, run);
}

}  // namespace tollgate::cli
