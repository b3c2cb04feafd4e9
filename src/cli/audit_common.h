// What every `tollgate audit ...` has in common.
#pragma once
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/json_text.h"
#include "cli/progress.h"
#include "tollgate/audit/folds.h"
#include "tollgate/record/json.h"

namespace tollgate::cli {

using Json = nlohmann::ordered_json;

inline constexpr const char* works_alone =
    "Needs no server and no keys, and writes nothing: DATA is a node's data directory (also while the node runs), a log,\n"
    "a backup, or a directory of exported tiles.";
inline constexpr const char* audit_exit_status = "Exit status: 0 done, 1 the check failed or nothing was found, 2 wrong command line or no log to read.";

// One for each subcommand; registered in audit.cc.
void add_audit_verify(CLI::App& parent, Run& run);
void add_audit_replay(CLI::App& parent, Run& run);
void add_audit_show(CLI::App& parent, Run& run);
void add_audit_as_of(CLI::App& parent, Run& run);
void add_audit_balances(CLI::App& parent, Run& run);
void add_audit_search(CLI::App& parent, Run& run);
void add_audit_export(CLI::App& parent, Run& run);
void add_audit_diff(CLI::App& parent, Run& run);

// Complains; gives the exit status: 1 for what is not in the log or not as it must be, 2 where nothing could be done.
int audit_failed(const Status& status);
// What an auditor reads, and where its older records are if it has them no more.
struct LogPlace {
  std::string path;
  std::string archive{};
};
void add_data(CLI::App& command, LogPlace& data);
void add_json(CLI::App& command, bool& as_json);
// Opens DATA and calls `work(source)` for the exit status.
int with_source(const LogPlace& data, const std::function<int(const audit::RecordSource& source)>& work);

// Of an option; nothing if it is empty. The error names the option.
[[nodiscard]] StatusOr<std::optional<PartnerId>> partner_option(const std::string& text);
[[nodiscard]] StatusOr<audit::Moment> moment_option(const std::string& text, std::string_view option);
[[nodiscard]] StatusOr<std::optional<int64_t>> time_option(const std::string& text, std::string_view option);

// That there is such a partition, or partner: an answer about none would look like one that found nothing.
[[nodiscard]] Status check_partition(const audit::RecordSource& source, std::optional<uint32_t> partition);
[[nodiscard]] Status check_partner(const audit::RecordSource& source, const audit::Cut& cut, std::optional<PartnerId> partner);

// A struct with fields() as JSON; personal data as "sealed".
template <class T>
[[nodiscard]] Json json_of(const T& value) {
  return Json::parse(to_json(value, Sealed::named));
}
[[nodiscard]] Json json_of_sum(__int128 value);
// The same object as `tollgate audit replay --json` prints.
[[nodiscard]] Json json_of_record(const Record& record, const Digest& hash);

void print_line(std::string_view line);
// False if nobody reads any more.
[[nodiscard]] bool print_line_or_stop(std::string_view line);
inline void print_json(const Json& json) { print_line(text_of_json(json)); }
// "2025-06-15 12:00:00 UTC": without microseconds.
[[nodiscard]] std::string short_time(int64_t time_us);
// Characters, not bytes, so that columns stay straight.
[[nodiscard]] std::string padded(std::string_view text, std::size_t width);

}  // namespace tollgate::cli
