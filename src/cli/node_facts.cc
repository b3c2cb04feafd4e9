#include "cli/node_facts.h"

#include <dirent.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fstream>

#include "cli/node_clock.h"
#include "tollgate/projection/in_doubt.h"

namespace tollgate::cli {
namespace {

using observe::NodeFacts;
using observe::Sample;

constexpr std::size_t doubt_payments_max = 10'000;

double number(uint64_t value) { return static_cast<double>(value); }

void add_process(NodeFacts& facts) {
  std::ifstream statm("/proc/self/statm");
  uint64_t pages = 0, resident = 0;
  if (statm >> pages >> resident) facts.resident_bytes = resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) facts.descriptors_max = files.rlim_cur;
  if (DIR* folder = ::opendir("/proc/self/fd")) {
    while (::readdir(folder) != nullptr) ++facts.descriptors_open;
    ::closedir(folder);
    facts.descriptors_open -= std::min<uint64_t>(facts.descriptors_open, 3);  // ".", ".." and the folder itself
  }
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    facts.samples.push_back({"process_cpu_seconds_total", "CPU time of all threads.", true, {}, seconds(usage.ru_utime) + seconds(usage.ru_stime)});
  }
  static const int64_t first_asked_s = SystemClock().now_us() / us_per_second, first_asked_us = monotonic_us();
  facts.uptime_s = (monotonic_us() - first_asked_us) / us_per_second;
  facts.samples.push_back({"process_start_time_seconds", "When the node began to run, since 1970.", false, {}, static_cast<double>(first_asked_s)});
}

void add_disk(NodeFacts& facts, const std::string& path) {
  struct statvfs disk{};
  if (::statvfs(path.c_str(), &disk) != 0) return;
  facts.disk_bytes = static_cast<uint64_t>(disk.f_blocks) * disk.f_frsize;
  facts.disk_free_bytes = static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize;
}

void add_keys(NodeFacts& facts, const DataPaths& paths, int64_t now_s) {
  for (const auto& [name, file] : std::initializer_list<std::pair<const char*, std::string>>{
           {"pepper", paths.pepper()}, {"vault", paths.vault() + "/vault.key"}, {"admin_token", paths.admin_token()}, {"metrics_token", paths.metrics_token()}}) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) continue;
    facts.samples.push_back({"tollgate_key_age_seconds", "Since a key's file was written.", false, {{"key", name}},
                             static_cast<double>(std::max<int64_t>(now_s - status.st_mtim.tv_sec, 0))});
  }
}

constexpr const char* expiry_series = "tollgate_certificate_expiry_timestamp_seconds";
constexpr const char* expiry_help =
    "When a listener's TLS certificate expires, since 1970; of=client_ca: the first of the authorities that it trusts.";

// Until when the listener can tell good client certificates, and who was not let in.
void add_client_trust(NodeFacts& facts, const char* name, const HttpServerStats& stats, int64_t now_s) {
  if (stats.tls_expires_s == 0) return;
  if (stats.client_ca_expires_s != 0) {
    facts.certificate_expires_in_s = std::min(*facts.certificate_expires_in_s, stats.client_ca_expires_s - now_s);
    facts.samples.push_back({expiry_series, expiry_help, false, {{"listener", name}, {"of", "client_ca"}},
                             static_cast<double>(stats.client_ca_expires_s)});
  }
  if (stats.client_crl_expires_s != 0) {
    const int64_t left_s = stats.client_crl_expires_s - now_s;
    facts.revocation_list_ends_in_s = std::min(facts.revocation_list_ends_in_s.value_or(left_s), left_s);
    facts.samples.push_back({"tollgate_revocation_list_expiry_timestamp_seconds",
                             "When the first of a listener's revocation lists is out of date, since 1970: no certificate of its authority holds then.",
                             false, {{"listener", name}}, static_cast<double>(stats.client_crl_expires_s)});
  }
  for (std::size_t i = 0; i < stats.handshakes_refused.size(); ++i)
    facts.samples.push_back({"tollgate_tls_handshakes_refused_total", "TLS handshakes refused, for the client's certificate or for its protocol.", true,
                             {{"listener", name}, {"reason", std::string(handshake_refusal_names[i])}}, number(stats.handshakes_refused[i])});
}

void add_listener(NodeFacts& facts, const char* name, const HttpServer& server, int64_t now_s) {
  const HttpServerStats stats = server.stats();
  facts.connections_open += stats.connections_open;
  if (stats.tls_expires_s != 0) {
    const int64_t left_s = stats.tls_expires_s - now_s;
    facts.certificate_expires_in_s = std::min(facts.certificate_expires_in_s.value_or(left_s), left_s);
    facts.samples.push_back({expiry_series, expiry_help, false, {{"listener", name}}, static_cast<double>(stats.tls_expires_s)});
  }
  add_client_trust(facts, name, stats, now_s);
  const auto add = [&](const char* series, const char* help, uint64_t value, bool counter = true) {
    facts.samples.push_back({series, help, counter, {{"listener", name}}, number(value)});
  };
  add("tollgate_http_connections_open", "Connections open now.", stats.connections_open, false);
  add("tollgate_http_connections_accepted_total", "Connections taken.", stats.connections_accepted);
  add("tollgate_http_connections_refused_total", "Connections closed at once: too many, or out of file descriptors.", stats.connections_refused);
  add("tollgate_http_requests_refused_total", "Requests refused for their framing or size before anybody looked at them.", stats.requests_refused);
  add("tollgate_http_timeouts_total", "Connections cut for being slow or idle.", stats.timeouts);
  add("tollgate_http_received_bytes_total", "Bytes read.", stats.bytes_in);
  add("tollgate_http_sent_bytes_total", "Bytes written.", stats.bytes_out);
}

void add_acquirer(NodeFacts& facts, const AcquirerHealth& acquirer) {
  const auto add = [&](const char* name, const char* help, bool is_counter, uint64_t value) {
    facts.samples.push_back({name, help, is_counter, {{"acquirer", acquirer.name}}, number(value)});
  };
  add("tollgate_acquirer_calls_in_flight", "Calls without an answer yet.", false, acquirer.in_flight);
  add("tollgate_acquirer_inquiries_open", "Operations being asked about.", false, acquirer.inquiries);
  add("tollgate_acquirer_reversals_open", "Operations being reversed.", false, acquirer.reversals);
  add("tollgate_acquirer_cut_off", "1 while its breaker is open: payments are declined without asking it. 0 again when nobody has asked for five minutes.", false, acquirer.cut_off ? 1 : 0);
  add("tollgate_acquirer_breaker_opened_total", "Times that the breaker opened.", true, acquirer.opened);
  add("tollgate_acquirer_not_sent_total", "Calls that were not sent, by the breaker or by the bound.", true, acquirer.refused);
  if (acquirer.cut_off) facts.acquirers_cut_off.emplace_back(acquirer.name, acquirer.problem);
}

void add_engine(NodeFacts& facts, const Engine& engine, const Dispatcher& dispatcher) {
  const EngineStats stats = engine.stats();
  facts.round_in_work_us = stats.round_in_work_us;
  const auto counter = [&](const char* name, const char* help, double value) { facts.samples.push_back({name, help, true, {}, value}); };
  counter("tollgate_engine_commands_total", "Commands decided, those of the node itself included.", number(stats.commands));
  counter("tollgate_engine_rounds_total", "Synced writes.", number(stats.batches));
  counter("tollgate_engine_records_total", "Records written.", number(stats.records));
  counter("tollgate_engine_busy_seconds_total", "Time that the engine's threads worked.", number(stats.busy_us) / 1e6);
  counter("tollgate_engine_append_seconds_total", "Of it, time in appends and their syncs.", number(stats.append_us) / 1e6);
  counter("tollgate_engine_overloaded_total", "Commands not taken: the mailbox was full.", number(stats.overloaded));
  const InDoubtSummary summary = dispatcher.summary();
  counter("tollgate_in_doubt_postponed_total", "Inquiries and reversals that had to wait: too many were under way.", number(summary.dropped));
  for (const AcquirerHealth& acquirer : summary.acquirers) add_acquirer(facts, acquirer);
}

void add_log(NodeFacts& facts, const EventLog& log, int64_t now_us) {
  facts.clock_behind_log_s = clock_behind_log_us(log, now_us) / us_per_second;
  const auto partitions = log.partitions();
  if (partitions.ok()) {
    for (const uint32_t partition : *partitions) {
      const auto head = log.head(partition);
      if (head.ok())
        facts.samples.push_back({"tollgate_partition_head_sequence", "Of the last record of a partition.", false,
                                 {{"partition", std::to_string(partition)}}, number(head->sequence)});
    }
  }
  const EventLogStats stats = log.stats();
  if (!stats.known) return;
  facts.writes_delayed = stats.delayed_write_bytes_per_s > 0;
  facts.writes_stopped = stats.writes_stopped;
  const auto add = [&](const char* name, const char* help, double value, bool counter = false) {
    facts.samples.push_back({name, help, counter, {}, value});
  };
  add("tollgate_eventlog_wal_bytes", "Write-ahead log: what a restart would replay.", number(stats.wal_bytes));
  add("tollgate_eventlog_memtable_bytes", "Written and not yet in tables.", number(stats.memtable_bytes));
  add("tollgate_eventlog_immutable_memtables", "Memtables that wait to be flushed.", number(stats.immutable_memtables));
  add("tollgate_eventlog_table_bytes", "Tables on disk.", number(stats.table_bytes));
  add("tollgate_eventlog_compaction_pending_bytes", "What compactions still have to rewrite.", number(stats.compaction_pending_bytes));
  add("tollgate_eventlog_compactions_running", "Compactions running.", number(stats.compactions_running));
  add("tollgate_eventlog_flushes_running", "Flushes running.", number(stats.flushes_running));
  add("tollgate_eventlog_background_errors", "Errors of flushes and compactions.", number(stats.background_errors));
  add("tollgate_eventlog_cache_bytes", "Block cache in use.", number(stats.cache_bytes));
  add("tollgate_eventlog_cache_max_bytes", "Block cache at most.", number(stats.cache_bytes_max));
  add("tollgate_eventlog_cache_hits_total", "Blocks found in the cache.", number(stats.cache_hits), true);
  add("tollgate_eventlog_cache_misses_total", "Blocks read from files.", number(stats.cache_misses), true);
  add("tollgate_eventlog_memtable_hits_total", "Rows found in memtables.", number(stats.memtable_hits), true);
  add("tollgate_eventlog_memtable_misses_total", "Rows looked for in tables.", number(stats.memtable_misses), true);
  add("tollgate_eventlog_written_bytes_total", "Bytes given to be written.", number(stats.bytes_written), true);
  add("tollgate_eventlog_flushed_bytes_total", "Bytes that flushes wrote.", number(stats.bytes_flushed), true);
  add("tollgate_eventlog_compacted_bytes_total", "Bytes that compactions wrote.", number(stats.bytes_compacted), true);
  add("tollgate_eventlog_stall_seconds_total", "Time that writes were made to wait.", number(stats.stall_us) / 1e6, true);
}

void add_doubt(NodeFacts& facts, const EventLog& log, int64_t now_us) {
  std::array<int64_t, observe::doubt_ages - 1> bounds_us{};
  for (std::size_t i = 0; i < bounds_us.size(); ++i) bounds_us[i] = observe::doubt_age_bounds_s[i] * us_per_second;
  auto totals = doubt_totals(log, now_us, bounds_us, doubt_payments_max);
  if (!totals.ok()) {
    spdlog::error("what is in doubt could not be read: {}; the figures shown leave it out", message_of(totals.status()));
    return;
  }
  for (std::size_t i = 0; i < observe::doubt_ages; ++i) {
    facts.in_doubt.payments[i] = totals->by_age[i].payments;
    facts.in_doubt.amounts[i] = std::move(totals->by_age[i].amounts);
  }
  facts.in_doubt.oldest_age_s = totals->oldest_age_us / us_per_second;
  facts.in_doubt.incomplete = totals->incomplete;
}

}  // namespace

NodeFacts facts_of(const NodeParts& parts, const DataPaths& paths, const Clock& clock, const observe::Log* log) {
  NodeFacts facts;
  const int64_t now_us = clock.now_us();
  // Certificates and files follow the system's clock, also where a test clock is ahead.
  const int64_t system_s = SystemClock().now_us() / us_per_second;
  facts.partners = parts.directory.size();
  add_process(facts);
  add_disk(facts, paths.root);
  add_keys(facts, paths, system_s);
  add_listener(facts, "api", parts.api, system_s);
  add_listener(facts, "admin", parts.admin, system_s);
  add_engine(facts, parts.engine, parts.dispatcher);
  add_log(facts, parts.log, now_us);
  add_doubt(facts, parts.log, now_us);
  if (log != nullptr) {
    const observe::LogStats stats = log->stats();
    facts.log_lines_dropped = stats.dropped;
    facts.samples.push_back({"tollgate_logged_lines_total", "Log lines written or waiting.", true, {}, number(stats.lines)});
    facts.samples.push_back({"tollgate_logged_card_numbers_masked_total", "Card numbers caught on their way into the log.", true, {}, number(stats.masked)});
  }
  return facts;
}

}  // namespace tollgate::cli
