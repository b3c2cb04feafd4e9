#include "cli/node_options.h"

#include "cli/node_acquirers.h"
#include "tollgate/base/random.h"
#include "tollgate/observe/journal.h"

namespace tollgate::cli {

HttpServerOptions server_options(const Config& config, const ListenerConfig& listener, const Endpoint& endpoint) {
  const auto u32 = [](int64_t value) { return static_cast<uint32_t>(value); };
  HttpServerOptions options;
  options.address = endpoint.address;
  options.port = endpoint.port;
  options.io_threads = u32(config.io_threads);
  options.tls_certificate_path = listener.tls_certificate;
  options.tls_key_path = listener.tls_key;
  if (listener.asks_for_certificates())
    options.client_certificates = listener.client_certificates == "required" ? ClientCertificates::required : ClientCertificates::optional;
  options.client_ca_path = listener.client_ca;
  options.client_crl_path = listener.client_crl;
  options.header_bytes_max = u32(config.header_bytes_max);
  options.headers_max = u32(config.headers_max);
  options.uri_bytes_max = u32(config.uri_bytes_max);
  options.body_bytes_max = u32(config.body_bytes_max);
  options.request_header_timeout_ms = u32(config.request_header_timeout_ms);
  options.request_body_timeout_ms = u32(config.request_body_timeout_ms);
  options.idle_timeout_ms = u32(config.idle_timeout_ms);
  options.write_timeout_ms = u32(config.write_timeout_ms);
  options.handshake_timeout_ms = u32(config.handshake_timeout_ms);
  options.connections_max = u32(config.connections_max);
  options.connections_per_address_max = u32(config.connections_per_address_max);
  options.requests_per_connection_max = u32(config.requests_per_connection_max);
  return options;
}

EngineOptions engine_options(const Config& config, observe::Metrics* metrics) {
  EngineOptions options;
  options.metrics = metrics;
  options.partitions = static_cast<uint32_t>(config.partitions);
  options.threads = static_cast<uint32_t>(config.engine_threads);
  options.mailbox_commands_max = static_cast<std::size_t>(config.mailbox_commands_max);
  options.batch_commands_max = static_cast<std::size_t>(config.batch_commands_max);
  options.cached_payments_max = static_cast<std::size_t>(config.cached_payments_max);
  options.cached_books_max = static_cast<std::size_t>(config.cached_books_max);
  options.cached_others_max = static_cast<std::size_t>(config.cached_others_max);
  options.authorization_validity_us = config.authorization_validity_h * 3'600 * us_per_second;
  options.timer_interval_us = config.timer_interval_ms * us_per_ms;
  options.live_acquirers = acquirer_names(config);
  return options;
}

DispatcherOptions dispatcher_options(const Config& config, observe::Metrics* metrics) {
  DispatcherOptions options;
  options.metrics = metrics;
  options.call_timeout_us = config.call_timeout_ms * us_per_ms;
  options.inquiry_delay_first_us = config.inquiry_delay_first_ms * us_per_ms;
  options.inquiry_delay_max_us = config.inquiry_delay_max_ms * us_per_ms;
  options.not_found_grace_us = config.not_found_grace_ms * us_per_ms;
  options.in_flight_max = static_cast<std::size_t>(config.in_flight_max);
  options.jitter_seed = SystemRandom().next_u64();
  options.breaker_changed = report_breaker;
  return options;
}

observe::LogOptions log_options_of(const Config& config) {
  observe::LogOptions options;
  options.format = config.log_format == "json" ? observe::LogFormat::json : observe::LogFormat::text;
  options.level = config.log_level;
  options.for_journal = observe::is_journal(options.descriptor);
  options.requests_logged_one_in = static_cast<uint32_t>(config.log_requests_one_in);
  return options;
}

RocksdbLogOptions log_options(const Config& config, int64_t sync_delay_us) {
  constexpr int mib = 20;
  RocksdbLogOptions log;
  log.block_cache_bytes = static_cast<std::size_t>(config.block_cache_mib) << mib;
  log.memtables_bytes_max = static_cast<std::size_t>(config.memtables_mib_max) << mib;
  log.wal_bytes_max = static_cast<std::size_t>(config.wal_mib_max) << mib;
  log.background_jobs = static_cast<int>(config.background_jobs);
  log.sync_delay_us = sync_delay_us;
  log.measure = config.metrics == "on";
  return log;
}

SandboxOptions sandbox_options(const Config& config) {
  SandboxOptions options;
  options.latency_us = config.sandbox_latency_ms * us_per_ms;
  options.lost_answer_delay_us = config.sandbox_late_answer_ms * us_per_ms;
  options.block_cache_bytes = static_cast<std::size_t>(config.sandbox_block_cache_mib) << 20;
  options.refund_pending_us = config.sandbox_refund_pending_ms * us_per_ms;
  return options;
}

}  // namespace tollgate::cli
