#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/node.h"
#include "tollgate/audit/replay.h"
#include "tollgate/audit/verify.h"
#include "tollgate/eventlog/rocksdb.h"

namespace tollgate::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* works_alone =
    "Needs no server and no keys: DATA may be a running node's directory, a copy or a backup; nothing is written to "
    "it.";

// A node's data directory, or its log alone.
StatusOr<std::unique_ptr<EventLog>> open_log(const std::string& data) {
  std::error_code ignored;
  const std::string inside = DataPaths{data}.log();
  const std::string directory = std::filesystem::is_directory(inside, ignored) ? inside : data;
  if (!std::filesystem::exists(directory + "/CURRENT", ignored)) return not_found("there is no event log in {}", data);
  RocksdbLogOptions options;
  options.read_only = true;
  return open_rocksdb_log(directory, options);
}

Json to_json(const audit::VerifyReport& report) {
  Json partitions = Json::array(), problems = Json::array();
  for (const auto& one : report.partitions)
    partitions.push_back({{"partition", one.partition}, {"sequence", one.sequence}, {"hash", to_hex(view(one.hash))}});
  for (const auto& one : report.problems)
    problems.push_back(
        {{"partition", one.partition}, {"sequence", one.sequence}, {"what", one.what}, {"advice", one.advice}});
  return {{"ok", report.ok()},
          {"records", report.records},
          {"payments", report.payments},
          {"customers", report.customers},
          {"payment_methods", report.methods},
          {"setup_intents", report.setups},
          {"partners", report.partners},
          {"books", report.books},
          {"idempotency_keys", report.idempotency_keys},
          {"in_doubt", report.in_doubt},
          {"partitions", std::move(partitions)},
          {"problems", std::move(problems)}};
}

void print(const audit::VerifyReport& report) {
  for (const auto& one : report.partitions)
    std::printf("partition %u: verified up to record %lu, hash %s\n", one.partition,
                static_cast<unsigned long>(one.sequence), to_hex(view(one.hash)).c_str());
  std::printf("%s\n", fmt::format("{} records, {} partners, {} payments ({} in doubt), {} customers, {} payment "
                                  "methods, {} setup intents, {} books, "
                                  "{} idempotency keys",
                                  report.records, report.partners, report.payments, report.in_doubt, report.customers,
                                  report.methods, report.setups, report.books, report.idempotency_keys)
                          .c_str());
  for (const auto& one : report.problems) {
    if (one.sequence != 0)
      std::printf("WRONG: partition %u, record %lu: %s\n", one.partition, static_cast<unsigned long>(one.sequence),
                  one.what.c_str());
    else std::printf("WRONG: partition %u: %s\n", one.partition, one.what.c_str());
    if (!one.advice.empty()) std::printf("       %s\n", one.advice.c_str());
  }
  std::printf("%s\n", report.ok() ? "verified" : "NOT verified");
}

int verify(const std::string& data, unsigned threads, bool as_json) {
  const auto log = open_log(data);
  if (!log.ok()) return complain(log.status());
  audit::VerifyOptions options;
  options.threads = threads;
  const bool shows_progress = ::isatty(STDERR_FILENO) != 0;
  if (shows_progress)
    options.progress = [](uint64_t records) {
      std::fprintf(stderr, "\r%lu records checked", static_cast<unsigned long>(records));
    };
  const audit::VerifyReport report = audit::verify(**log, options);
  if (shows_progress) std::fprintf(stderr, "\r\033[K");
  if (as_json) std::printf("%s\n", to_json(report).dump().c_str());
  else print(report);
  return report.ok() ? exit_ok : exit_failed;
}

// "2025-06-15", "2025-06-15T12:00:00Z", with a fraction or without.
std::optional<int64_t> time_in(const std::string& text) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%d", &parts);
  if (rest == nullptr) return std::nullopt;
  int64_t fraction_us = 0;
  if (*rest != '\0') {
    rest = ::strptime(rest, "T%H:%M:%S", &parts);
    if (rest == nullptr) return std::nullopt;
    if (*rest == '.') {
      int64_t unit_us = us_per_second;
      for (++rest; *rest >= '0' && *rest <= '9'; ++rest) fraction_us += (*rest - '0') * (unit_us /= 10);
    }
    if (std::string_view(rest) != "Z") return std::nullopt;
  }
  return ::timegm(&parts) * us_per_second + fraction_us;
}

Status read_until(const std::string& text, audit::ReplayOptions& options) {
  if (text.empty()) return absl::OkStatus();
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), options.until_sequence);
  if (problem == std::errc{} && end == text.data() + text.size()) return absl::OkStatus();
  options.until_sequence = UINT64_MAX;
  const auto time_us = time_in(text);
  if (!time_us)
    return invalid_argument("--until is \"{}\", but must be a sequence, or a time like 2025-06-15T12:00:00Z", text);
  options.until_us = *time_us;
  return absl::OkStatus();
}

struct ReplayArguments {
  std::string data, partner, payment, until;
  std::optional<uint32_t> partition;
  audit::ReplayOptions options;
};

int replay(ReplayArguments arguments) {
  audit::ReplayOptions& options = arguments.options;
  options.partition = arguments.partition;
  if (!arguments.partner.empty() && !(options.partner = PartnerId::parse(arguments.partner)))
    return complain(invalid_argument("--partner is \"{}\", which is no partner's id", arguments.partner), exit_usage);
  if (!arguments.payment.empty() && !(options.payment = PaymentId::parse(arguments.payment)))
    return complain(invalid_argument("--payment is \"{}\", which is no payment's id", arguments.payment), exit_usage);
  if (const Status status = read_until(arguments.until, options); !status.ok()) return complain(status, exit_usage);
  const auto log = open_log(arguments.data);
  if (!log.ok()) return complain(log.status());
  // A reader that has seen enough (head) ends it.
  const Status status = audit::replay(**log, options, [](std::string_view line) {
    return std::fwrite(line.data(), 1, line.size(), stdout) == line.size() && std::fputc('\n', stdout) != EOF;
  });
  if (!status.ok()) return complain(status);
  return exit_ok;
}

void add_verify(CLI::App& parent, Run& run) {
  struct Arguments {
    std::string data;
    unsigned threads = 2;
    bool as_json = false;
  };
  auto* command =
      parent.add_subcommand("verify", "Check hashes, order, legality, money and state of everything in an event log");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("data", arguments->data, "Data directory")->required()->type_name("DATA");
  command->add_option("--threads", arguments->threads, "Partitions checked at a time")
      ->type_name("N")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_flag("--json", arguments->as_json, "One JSON object, for programs");
  command->footer(std::string(works_alone) + "\nExit status: 0 verified, 1 not verified, 2 wrong command line.");
  command->callback([arguments, &run] {
    run = [arguments] { return verify(arguments->data, arguments->threads, arguments->as_json); };
  });
}

void add_replay(CLI::App& parent, Run& run) {
  auto* command = parent.add_subcommand("replay", "Print the records of an event log, one a line, in their order");
  auto arguments = std::make_shared<ReplayArguments>();
  command->add_option("data", arguments->data, "Data directory")->required()->type_name("DATA");
  command->add_option("--partner", arguments->partner, "Only this partner's")->type_name("ID");
  command->add_option("--payment", arguments->payment, "Only this payment's")->type_name("ID");
  command->add_option("--partition", arguments->partition, "Only this partition's")->type_name("N");
  command->add_option("--from", arguments->options.from_sequence, "From this sequence on, in each partition")
      ->type_name("SEQ");
  command->add_option("--until", arguments->until, "Up to this sequence, or this time (UTC, 2025-06-15T12:00:00Z)")
      ->type_name("SEQ|TIME");
  command->add_flag("--json", arguments->options.json, "One JSON object a line");
  command->footer(works_alone);
  command->callback([arguments, &run] { run = [arguments] { return replay(*arguments); }; });
}

}  // namespace

void add_audit(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("audit", "Verify or replay an event log, with no trust in the node that wrote it");
  command->require_subcommand(1);
  add_verify(*command, run);
  add_replay(*command, run);
}

}  // namespace tollgate::cli
