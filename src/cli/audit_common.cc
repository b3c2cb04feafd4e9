#include "cli/audit_common.h"

#include <algorithm>
#include <cstdio>

#include "cli/open_log.h"
#include "tollgate/audit/balances.h"
#include "tollgate/backup/backup.h"
#include "tollgate/base/time_text.h"

namespace tollgate::cli {

int audit_failed(const Status& status) {
  const bool could_not = absl::IsInvalidArgument(status) || absl::IsUnavailable(status) || absl::IsFailedPrecondition(status);
  return complain(status, could_not ? exit_usage : exit_failed);
}

void add_data(CLI::App& command, LogPlace& data) {
  command.add_option("data", data.path, "Data directory, log, backup or exported tiles")->required()->type_name("DATA");
  command.add_option("--archive", data.archive, "Archive of the log, for records that the node no longer has")->type_name("DIR");
}

void add_json(CLI::App& command, bool& as_json) { command.add_flag("--json", as_json, "JSON, for programs"); }

namespace {

StatusOr<std::unique_ptr<audit::RecordSource>> open(const LogPlace& data) {
  if (data.archive.empty() && !is_backup_directory(data.path)) return audit::open_source(data.path);
  TOLLGATE_ASSIGN_OR_RETURN(auto log, open_log_to_read(data.path, data.archive));
  return audit::source_of(std::move(log));
}

}  // namespace

int with_source(const LogPlace& data, const std::function<int(const audit::RecordSource& source)>& work) {
  const auto source = open(data);
  if (!source.ok()) return complain(source.status(), absl::IsDataLoss(source.status()) ? exit_failed : exit_usage);
  return work(**source);
}

StatusOr<std::optional<PartnerId>> partner_option(const std::string& text) {
  std::optional<PartnerId> partner;
  if (!text.empty() && !(partner = PartnerId::parse(text))) return invalid_argument("--partner is \"{}\", which is no partner's id (acct_...)", text);
  return partner;
}

StatusOr<audit::Moment> moment_option(const std::string& text, std::string_view option) {
  if (text.empty()) return audit::Moment{};
  auto moment = audit::parse_moment(text);
  if (!moment.ok()) return invalid_argument("{}: {}", option, message_of(moment.status()));
  return moment;
}

StatusOr<std::optional<int64_t>> time_option(const std::string& text, std::string_view option) {
  std::optional<int64_t> time_us;
  if (!text.empty() && !(time_us = time_from_text(text)))
    return invalid_argument("{} is \"{}\", but must be a time like 2025-06-15 or 2025-06-15T12:00:00Z", option, text);
  return time_us;
}

Status check_partition(const audit::RecordSource& source, std::optional<uint32_t> partition) {
  if (!partition) return absl::OkStatus();
  TOLLGATE_ASSIGN_OR_RETURN(const auto known, source.partitions());
  if (std::find(known.begin(), known.end(), *partition) != known.end()) return absl::OkStatus();
  return invalid_argument("--partition is {}, but this log has records in the partitions {} only", *partition, fmt::join(known, ", "));
}

Status check_partner(const audit::RecordSource& source, const audit::Cut& cut, std::optional<PartnerId> partner) {
  if (!partner) return absl::OkStatus();
  TOLLGATE_ASSIGN_OR_RETURN(const auto known, audit::partners_at(source, cut));
  return known.contains(*partner) ? absl::OkStatus() : not_found("--partner is {}, but there is no such partner{}", partner->text(), cut.is_end() ? "" : " at that time");
}

Json json_of_sum(__int128 value) {
  if (value >= INT64_MIN && value <= INT64_MAX) return static_cast<int64_t>(value);
  return audit::digits_of(value);
}

Json json_of_record(const Record& record, const Digest& hash) {
  std::string text;
  append_json(text, record, hash, Sealed::named);
  return Json::parse(text);
}

bool print_line_or_stop(std::string_view line) {
  return std::fwrite(line.data(), 1, line.size(), stdout) == line.size() && std::fputc('\n', stdout) != EOF;
}
void print_line(std::string_view line) { static_cast<void>(print_line_or_stop(line)); }

std::string short_time(int64_t time_us) {
  std::string text = time_text(time_us);
  if (text.size() < 20) return text;
  text.resize(19);
  text[10] = ' ';
  return text + " UTC";
}

std::string padded(std::string_view text, std::size_t width) {
  std::size_t characters = 0;
  for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return std::string(text) + std::string(characters < width ? width - characters : 0, ' ');
}

}  // namespace tollgate::cli
