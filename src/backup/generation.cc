#include "tollgate/backup/generation.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "backup/files.h"
#include "backup/generation_json.h"
#include "tollgate/backup/archive.h"
#include "tollgate/backup/backup.h"

namespace tollgate {
namespace {

constexpr std::size_t file_bytes_max = std::size_t{1} << 20;
constexpr std::string_view number_file = "/log_generation", history_file = "/log_history.json", reserved_file = "/generation";

StatusOr<uint64_t> number_in(const std::string& path) {
  TOLLGATE_ASSIGN_OR_RETURN(const std::string text, backup::read_file(path, file_bytes_max));
  uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || number == 0 || number > log_generation_max || std::string_view(end, static_cast<std::size_t>(text.data() + text.size() - end)).find_first_not_of("\r\n ") != std::string_view::npos)
    return data_loss("{} holds no generation of a log (a number from 1 to {})", path, log_generation_max);
  return number;
}

}  // namespace

uint64_t LogGeneration::writer_of(uint32_t partition, uint64_t sequence) const {
  for (const LogParent& parent : parents) {
    const auto head = parent.heads.find(partition);
    if (head != parent.heads.end() && sequence <= head->second) return parent.generation;
  }
  return number;
}

LogGeneration LogGeneration::successor(uint64_t next, const std::map<uint32_t, uint64_t>& heads) const {
  LogGeneration made;
  made.number = next;
  made.parents = parents;
  made.parents.push_back({number, heads});
  // Where the new one begins before an older one ended, that one counts only up to there.
  for (LogParent& parent : made.parents) {
    std::map<uint32_t, uint64_t> cut;
    for (const auto& [partition, sequence] : parent.heads) {
      const auto head = heads.find(partition);
      if (head != heads.end()) cut[partition] = std::min(sequence, head->second);
    }
    parent.heads = std::move(cut);
  }
  return made;
}

namespace backup {

nlohmann::ordered_json json_of(const LogGeneration& generation) {
  nlohmann::ordered_json parents = nlohmann::ordered_json::array();
  for (const LogParent& parent : generation.parents) {
    nlohmann::ordered_json heads = nlohmann::ordered_json::object();
    for (const auto& [partition, sequence] : parent.heads) heads[std::to_string(partition)] = sequence;
    parents.push_back({{"generation", parent.generation}, {"heads", std::move(heads)}});
  }
  return {{"generation", generation.number}, {"parents", std::move(parents)}};
}

LogGeneration generation_from(const nlohmann::ordered_json& json) {
  LogGeneration generation;
  generation.number = json.at("generation").get<uint64_t>();
  for (const auto& one : json.at("parents")) {
    LogParent& parent = generation.parents.emplace_back();
    parent.generation = one.at("generation").get<uint64_t>();
    for (const auto& [partition, sequence] : one.at("heads").items()) parent.heads[static_cast<uint32_t>(std::stoul(partition))] = sequence.get<uint64_t>();
  }
  return generation;
}

StatusOr<LogGeneration> read_generation(const std::string& path) {
  TOLLGATE_ASSIGN_OR_RETURN(const std::string text, read_file(path, file_bytes_max));
  try {
    return generation_from(nlohmann::ordered_json::parse(text));
  } catch (const std::exception& problem) {
    return data_loss("{} is no history of a log: {}", path, problem.what());
  }
}

}  // namespace backup

StatusOr<LogGeneration> load_generation(const std::string& data_dir) {
  const std::string number_path = data_dir + std::string(number_file), history_path = data_dir + std::string(history_file);
  auto number = number_in(number_path);
  if (absl::IsNotFound(number.status())) return LogGeneration{};
  TOLLGATE_RETURN_IF_ERROR(number.status());
  auto history = backup::read_generation(history_path);
  if (absl::IsNotFound(history.status())) return LogGeneration{};
  TOLLGATE_RETURN_IF_ERROR(history.status());
  if (history->number > *number)
    return failed_precondition("{} says generation {}, {} says {}: the restore did not finish, begin it anew", number_path, *number, history_path, history->number);
  return history;
}

namespace {

// A number that was written by hand is somebody's only if no restore has taken it.
Status check_not_taken(const std::string& data_dir, uint64_t number, const std::vector<std::string>& directories) {
  for (const std::string& directory : directories) {
    if (directory.empty()) continue;
    const auto taken = number_in(directory + std::string(reserved_file));
    if (absl::IsNotFound(taken.status())) continue;
    TOLLGATE_RETURN_IF_ERROR(taken.status());
    if (*taken >= number)
      return failed_precondition("{}{} says generation {}, but {}{} says that {} was taken before: another log may have written and signed under that number. Write {} or more",
                                 data_dir, number_file, number, directory, reserved_file, *taken, *taken + 1);
  }
  return absl::OkStatus();
}

}  // namespace

Status note_generation(uint64_t number, const std::vector<std::string>& directories) {
  for (const std::string& directory : directories) {
    if (directory.empty() || number <= 1) continue;
    // Nothing to be restored from yet: there is no marker, and what is written in its place would stand in its way.
    if (!is_backup_directory(directory) && !is_archive_directory(directory)) continue;
    const std::string path = directory + std::string(reserved_file);
    const auto taken = number_in(path);
    if (!taken.ok() && !absl::IsNotFound(taken.status())) return taken.status();
    if (taken.value_or(1) >= number) continue;
    TOLLGATE_RETURN_IF_ERROR(replace_file(path, std::to_string(number) + "\n"));
  }
  return absl::OkStatus();
}

StatusOr<LogGeneration> begin_generation(const std::string& data_dir, const EventLog& log, const std::vector<std::string>& directories) {
  TOLLGATE_ASSIGN_OR_RETURN(LogGeneration generation, load_generation(data_dir));
  auto number = number_in(data_dir + std::string(number_file));
  if (absl::IsNotFound(number.status())) number = generation.number;
  TOLLGATE_RETURN_IF_ERROR(number.status());
  if (*number != generation.number) {
    TOLLGATE_RETURN_IF_ERROR(check_not_taken(data_dir, *number, directories));
    // Before anything is written under it. A crash in between costs the number.
    TOLLGATE_RETURN_IF_ERROR(note_generation(*number, directories));
    std::map<uint32_t, uint64_t> heads;
    TOLLGATE_ASSIGN_OR_RETURN(const auto partitions, log.partitions());
    for (const uint32_t partition : partitions) {
      TOLLGATE_ASSIGN_OR_RETURN(const Head head, log.head(partition));
      heads[partition] = head.sequence;
    }
    generation = generation.successor(*number, heads);
    TOLLGATE_RETURN_IF_ERROR(save_generation(data_dir, generation));
  }
  return generation;
}

Status save_generation(const std::string& data_dir, const LogGeneration& generation) {
  TOLLGATE_RETURN_IF_ERROR(replace_file(data_dir + std::string(history_file), backup::json_of(generation).dump() + "\n"));
  return replace_file(data_dir + std::string(number_file), std::to_string(generation.number) + "\n");
}

StatusOr<uint64_t> reserve_generation(const std::vector<std::string>& directories, uint64_t at_least) {
  uint64_t next = at_least + 1;
  for (const std::string& directory : directories) {
    const auto taken = number_in(directory + std::string(reserved_file));
    if (!taken.ok() && !absl::IsNotFound(taken.status())) return taken.status();
    if (taken.ok()) next = std::max(next, *taken + 1);
  }
  for (const std::string& directory : directories) {
    if (const Status written = replace_file(directory + std::string(reserved_file), std::to_string(next) + "\n"); !written.ok())
      return failed_precondition(
          "the restored log's generation cannot be noted ({}), so that a second restore could take the same one: make {} writable, or give "
          "--generation N, a number above every one that this log was ever restored with (now {})",
          message_of(written), directory, at_least);
  }
  return next;
}

}  // namespace tollgate
