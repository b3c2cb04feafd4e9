#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "cli/audit_common.h"
#include "cli/option_checks.h"
#include "tollgate/audit/export.h"

namespace tollgate::cli {
namespace {

struct Arguments {
  LogPlace data;
  std::string partner, from, until, output;
  std::string kind = "payments", format = "jsonl", mode;
};

StatusOr<audit::ExportOptions> options_of(const Arguments& arguments) {
  audit::ExportOptions options;
  if (arguments.kind == "transactions") options.kind = audit::ExportKind::transactions;
  if (arguments.kind == "events") options.kind = audit::ExportKind::events;
  if (arguments.format == "csv") options.format = audit::ExportFormat::csv;
  if (!arguments.mode.empty()) options.mode = arguments.mode == "live" ? Mode::live : Mode::test;
  TOLLGATE_ASSIGN_OR_RETURN(options.partner, partner_option(arguments.partner));
  TOLLGATE_ASSIGN_OR_RETURN(const auto from, time_option(arguments.from, "--from"));
  TOLLGATE_ASSIGN_OR_RETURN(const auto until, time_option(arguments.until, "--until"));
  options.from_us = from.value_or(INT64_MIN);
  options.until_us = until.value_or(INT64_MAX);
  return options;
}

// Stdout, or a file that is there only when it is whole. What stands there already and is no file (a device, a pipe, a link) is written to, not replaced.
class Output {
 public:
  [[nodiscard]] Status open(const std::string& path) {
    if (path.empty() || path == "-") return absl::OkStatus();
    path_ = path;
    std::error_code ignored;
    const auto there = std::filesystem::symlink_status(path, ignored);
    written_ = std::filesystem::exists(there) && !std::filesystem::is_regular_file(there) ? path : path + ".partial";
    file_ = std::fopen(written_.c_str(), "wb");
    if (file_ == nullptr) return unavailable("cannot write {}: {}", written_, std::strerror(errno));
    return absl::OkStatus();
  }
  ~Output() {
    if (file_ != nullptr) std::fclose(file_);
    if (is_partial() && !finished_) std::remove(written_.c_str());
  }
  bool line(std::string_view text) {
    std::FILE* to = path_.empty() ? stdout : file_;
    ok_ = std::fwrite(text.data(), 1, text.size(), to) == text.size() && std::fputc('\n', to) != EOF;
    return ok_;
  }
  [[nodiscard]] Status finish() {
    if (path_.empty()) return absl::OkStatus();  // a reader that has seen enough (head) ends it
    const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
    if (!ok_ || !closed || (is_partial() && std::rename(written_.c_str(), path_.c_str()) != 0)) return unavailable("cannot write {}: is the disk full?", path_);
    finished_ = true;
    return absl::OkStatus();
  }

 private:
  [[nodiscard]] bool is_partial() const { return written_ != path_; }
  std::string path_, written_;
  std::FILE* file_ = nullptr;
  bool ok_ = true, finished_ = false;
};

int export_to(const Arguments& arguments) {
  auto options = options_of(arguments);
  if (!options.ok()) return audit_failed(options.status());
  return with_source(arguments.data, [&](const audit::RecordSource& source) {
    Output output;
    if (const Status opened = output.open(arguments.output); !opened.ok()) return audit_failed(opened);
    const auto total = audit::count_records(source);
    const bool by_records = options->kind != audit::ExportKind::payments && options->from_us == INT64_MIN && options->until_us == INT64_MAX;
    uint64_t lines = 0;
    const auto write = [&]() -> Status {
      ProgressLine progress("exporting", by_records ? "records" : arguments.kind, by_records ? total.value_or(0) : 0);
      options->progress = progress.report();
      TOLLGATE_RETURN_IF_ERROR(audit::export_lines(source, *options, [&](std::string_view line) {
        ++lines;
        return output.line(line);
      }));
      return output.finish();
    };
    if (const Status status = write(); !status.ok()) return audit_failed(status);
    if (!arguments.output.empty()) std::fprintf(stderr, "%s lines in %s\n", with_commas(lines).c_str(), arguments.output.c_str());
    return exit_ok;
  });
}

}  // namespace

void add_audit_export(CLI::App& parent, Run& run) {
  auto* command = parent.add_subcommand("export", "Payments, balance transactions or events as JSON Lines or CSV");
  auto arguments = std::make_shared<Arguments>();
  add_data(*command, arguments->data);
  command->add_option("--kind", arguments->kind, "What a line is")->type_name("KIND")->check(CLI::IsMember({"payments", "transactions", "events"}))->capture_default_str();
  command->add_option("--format", arguments->format, "How it is written")->type_name("FORMAT")->check(CLI::IsMember({"jsonl", "csv"}))->capture_default_str();
  command->add_option("--partner", arguments->partner, "Only this partner's")->type_name("ID");
  command->add_option("--mode", arguments->mode, "Only this mode's")->type_name("MODE")->check(CLI::IsMember({"test", "live"}));
  command->add_option("--from", arguments->from, "Created (of payments) or recorded at this time or later, UTC")->type_name("TIME")->check(not_empty());
  command->add_option("--until", arguments->until, "Before this time")->type_name("TIME")->check(not_empty());
  command->add_option("--output", arguments->output, "A file instead of stdout; it appears when it is whole (a device or link is written to)")->type_name("FILE");
  command->footer(std::string(works_alone) + "\nAmounts are integers in the currency's minor unit.\n" + audit_exit_status);
  command->callback([arguments, &run] { run = [arguments] { return export_to(*arguments); }; });
}

}  // namespace tollgate::cli
