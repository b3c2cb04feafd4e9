#include "cli/config.h"

namespace tollgate::cli {

std::vector<ConfigSection> config_sections() {
  return {
      {"node", "The node as a whole."},
      {"api", "The listener that partners call."},
      {"admin", "The listener that operators call: the admin API, behind a bearer token."},
      {"engine", "Decides commands and writes the event log."},
      {"log", "The event log's database."},
      {"backup", "Backups that the node makes of itself while it runs. Keys are never in them."},
      {"archive", "The log's records, copied away as they are written: what is lost with a machine is then seconds."},
      {"acquirer", "Calls to acquirers, and what becomes of those without an answer."},
      {"observe", "What the node tells of itself: log, metrics, alerts."},
      {"sandbox", "The test acquirer, which serves all test keys."},
      {"transparency", "The verifiable log: signed checkpoints of every partition, receipts, witnesses."},
  };
}

std::vector<ConfigKey> keys_of(Config& c) {
  constexpr int64_t hour_ms = 3'600'000;
  constexpr std::string_view address = "ADDRESS:PORT", path = "path";
  return {
      {"node", "data_dir", &c.data_dir, path,
       "Everything the node keeps. One node at a time uses it. It holds keys: back it up as a whole and keep it "
       "private."},
      {"node", "drain_timeout_ms", &c.drain_timeout_ms, "milliseconds",
       "At SIGTERM: how long requests and acquirer calls in work may take to finish.", 0, hour_ms},
      {"node", "drain_delay_ms", &c.drain_delay_ms, "milliseconds",
       "At SIGTERM: how long /readyz already says no while everything is still served, so that a load balancer looks elsewhere first. More "
       "than the time that its health checks take to notice. 0: no balancer.",
       0, 600'000},
      {"node", "log_level", &c.log_level, "text", "What goes to stderr. Changed while the node runs by SIGHUP and the admin API.", 0, 0,
       {"debug", "info", "warn", "error"}},

      {"api", "listen", &c.api.listen, address,
       "An IPv4 or [IPv6] address. Port 0 picks a free one. Beyond loopback a certificate is required."},
      {"api", "public_url", &c.public_url, "URL",
       "Where cardholders reach this listener, without a slash at the end. Empty: the address above."},
      {"api", "tls_certificate", &c.api.tls_certificate, path,
       "PEM file: the certificate and its chain. Empty: plain HTTP."},
      {"api", "tls_key", &c.api.tls_key, path, "PEM file: the certificate's private key."},
      {"api", "io_threads", &c.io_threads, "threads", "Threads that read requests and write responses.", 1, 64},
      {"api", "header_bytes_max", &c.header_bytes_max, "bytes", "Request line and headers; more is answered with 431.",
       1'024, 1 << 20},
      {"api", "headers_max", &c.headers_max, "headers", "Number of headers of a request; more is answered with 431.", 8,
       1'000},
      {"api", "uri_bytes_max", &c.uri_bytes_max, "bytes", "Path and query; more is answered with 414.", 256, 1 << 16},
      {"api", "body_bytes_max", &c.body_bytes_max, "bytes", "Body of a request; more is answered with 413.", 1'024,
       16 << 20},
      {"api", "request_header_timeout_ms", &c.request_header_timeout_ms, "milliseconds",
       "From the first byte of a request to the end of its headers.", 100, hour_ms},
      {"api", "request_body_timeout_ms", &c.request_body_timeout_ms, "milliseconds",
       "From the end of the headers to the last byte of the body.", 100, hour_ms},
      {"api", "idle_timeout_ms", &c.idle_timeout_ms, "milliseconds",
       "How long a connection may wait for its next request.", 100, hour_ms},
      {"api", "write_timeout_ms", &c.write_timeout_ms, "milliseconds",
       "How long a client may take to accept one response.", 100, hour_ms},
      {"api", "handshake_timeout_ms", &c.handshake_timeout_ms, "milliseconds", "TLS handshake.", 100, hour_ms},
      {"api", "connections_max", &c.connections_max, "connections", "Open at a time; those above are closed at once.",
       1, 1'000'000},
      {"api", "requests_per_connection_max", &c.requests_per_connection_max, "requests",
       "Then the connection is closed. 0: no bound.", 0, 1'000'000'000},

      {"admin", "listen", &c.admin.listen, address, "As api.listen. Keep it where only operators reach it."},
      {"admin", "tls_certificate", &c.admin.tls_certificate, path,
       "PEM file: the certificate and its chain. Empty: plain HTTP."},
      {"admin", "tls_key", &c.admin.tls_key, path, "PEM file: the certificate's private key."},
      {"admin", "token_file", &c.admin_token_file, path,
       "Holds the bearer token; readable by its owner only (0600); made at the first start. Empty: admin.token in "
       "data_dir."},

      {"engine", "partitions", &c.partitions, "partitions",
       "Of payments. May grow later, never shrink. New partners go to the emptiest.", 1, 1'000},
      {"engine", "threads", &c.engine_threads, "threads", "That decide commands; partitions are spread over them.", 1,
       64},
      {"engine", "mailbox_commands_max", &c.mailbox_commands_max, "commands",
       "Waiting for one thread; more are answered with 503.", 16, 1'000'000},
      {"engine", "batch_commands_max", &c.batch_commands_max, "commands", "Decided and written with one sync.", 1,
       65'536},
      {"engine", "cached_payments_max", &c.cached_payments_max, "payments",
       "Kept in memory by each thread; others are read when needed.", 1'000, 100'000'000},
      {"engine", "authorization_validity_h", &c.authorization_validity_h, "hours",
       "An uncaptured authorization expires after this time.", 1, 24 * 366},
      {"engine", "timer_interval_ms", &c.timer_interval_ms, "milliseconds",
       "Between two looks at what is due: expiries, funds becoming available.", 10, hour_ms},

      {"log", "block_cache_mib", &c.block_cache_mib, "MiB", "Memory for what is read.", 8, 1 << 20},
      {"log", "memtables_mib_max", &c.memtables_mib_max, "MiB", "Memory for what is written and not yet in tables.", 16,
       1 << 20},
      {"log", "wal_mib_max", &c.wal_mib_max, "MiB", "Write-ahead log; also what a restart may have to replay.", 16,
       1 << 20},
      {"log", "background_jobs", &c.background_jobs, "jobs", "Flushes and compactions at a time.", 2, 64},

      {"log", "keep_days", &c.log_keep_days, "days",
       "Older records are removed from the node once they stand in the archive, and are read from there. 0: the node keeps all. "
       "Needs archive.directory.",
       0, 36'500},

      {"backup", "directory", &c.backup_directory, path,
       "Where to: a directory of its own, best on another machine's storage. Empty: only when asked (`tollgate backup create`)."},
      {"backup", "interval_min", &c.backup_interval_min, "minutes", "Between two backups. 0: only when asked.", 0, 60 * 24 * 366},
      {"backup", "keep_last", &c.backup_keep_last, "backups", "The newest ones are kept, whatever their age.", 1, 100'000},
      {"backup", "keep_days", &c.backup_keep_days, "days",
       "Younger ones are kept, whatever their number. Erased personal data is gone from backups after this time. 0: only keep_last counts.", 0, 36'500},
      {"backup", "mib_per_s_max", &c.backup_mib_per_s_max, "MiB/s", "How fast files are copied. 0: no bound.", 0, 1 << 20},

      {"archive", "directory", &c.archive_directory, path,
       "Where to: a directory of its own, best on another machine's storage. Empty: no archive."},
      {"archive", "interval_ms", &c.archive_interval_ms, "milliseconds", "Between two copies; what a lost machine may lose at most.", 100, 3'600'000},
      {"archive", "segment_mib", &c.archive_segment_mib, "MiB", "Small segments are joined until they are about this large.", 1, 256},

      {"acquirer", "call_timeout_ms", &c.call_timeout_ms, "milliseconds",
       "Then the outcome is unknown and is found out by inquiry.", 100, hour_ms},
      {"acquirer", "inquiry_delay_first_ms", &c.inquiry_delay_first_ms, "milliseconds",
       "Before the first repeat of an inquiry; doubles with each.", 10, hour_ms},
      {"acquirer", "inquiry_delay_max_ms", &c.inquiry_delay_max_ms, "milliseconds",
       "Upper bound of that delay; at least inquiry_delay_first_ms.", 10, 24 * hour_ms},
      {"acquirer", "not_found_grace_ms", &c.not_found_grace_ms, "milliseconds",
       "An inquiry's \"never seen\" counts only after this time: the call may still arrive.", 0, hour_ms},
      {"acquirer", "in_flight_max", &c.in_flight_max, "calls",
       "Of the sandbox at a time; those beyond it are not sent, and declined for certain.", 1, 1'000'000},

      {"observe", "log_format", &c.log_format, "text", "Of the lines on stderr: for programs or for people.", 0, 0, {"json", "text"}},
      {"observe", "log_requests_one_in", &c.log_requests_one_in, "requests",
       "One line for each so many requests that did not fail; those that failed by our fault always have one. 1: each has one, 0: none. "
       "SIGHUP changes it.",
       0, 1'000'000},
      {"observe", "metrics", &c.metrics, "text", "/metrics, the overview, alerts and stage times.", 0, 0, {"on", "off"}},
      {"observe", "server_timing", &c.server_timing, "text", "Tells partners in a Server-Timing header where a request's time went.", 0, 0,
       {"on", "off"}},
      {"observe", "partners_shown_max", &c.partners_shown_max, "partners",
       "With series of their own in /metrics: the busiest. The others are added up as \"other\".", 0, 1'000},
      {"observe", "alert_webhook", &c.alert_webhook, "URL",
       "The node's own alerts are POSTed there as JSON: http:// (a relay on this machine or network). Empty: to nobody. SIGHUP changes it."},

      {"sandbox", "latency_ms", &c.sandbox_latency_ms, "milliseconds", "Of every answer.", 0, 60'000},
      {"sandbox", "late_answer_ms", &c.sandbox_late_answer_ms, "milliseconds",
       "Added to answers that come after the reversal of what they answer (a test card's behaviour).", 0, hour_ms},
      {"sandbox", "refund_pending_ms", &c.sandbox_refund_pending_ms, "milliseconds",
       "How long a pending refund stays pending.", 0, hour_ms},

      {"transparency", "signing", &c.transparency_signing, "text",
       "Off: no checkpoints and no receipts, and what was signed before is not compared with the log at the start.", 0, 0, {"on", "off"}},
      {"transparency", "origin", &c.transparency_origin, "name",
       "The log's name in checkpoints, like pay.example.com/log; no spaces and no plus. Fixed at the first start. Empty: made up then."},
      {"transparency", "checkpoint_interval_ms", &c.checkpoint_interval_ms, "milliseconds",
       "Between two signatures while there are new records; a receipt that waits has it done sooner.", 100, hour_ms},
      {"transparency", "witness_file", &c.witness_file, path,
       "Witnesses that are asked to cosign, a line each: witness NAME VKEY URL. Empty: none."},
      {"transparency", "witness_interval_ms", &c.witness_interval_ms, "milliseconds", "Between two rounds of asking them.", 100, hour_ms},
      {"transparency", "witness_timeout_ms", &c.witness_timeout_ms, "milliseconds", "Then a witness's answer is not waited for any longer.", 100,
       60'000},
      {"transparency", "witness_ca_file", &c.witness_ca_file, path,
       "PEM file with the certificates that a witness's own may be signed by. Empty: the system's."},
  };
}

}  // namespace tollgate::cli
