// The configuration of a node. Every key is declared once, in keys_of(): the loader, its errors and the commented
// example all come from there.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tollgate/base/status.h"

namespace tollgate::cli {

struct ListenerConfig {
  std::string listen;
  std::string tls_certificate;
  std::string tls_key;
  std::string client_certificates = "off";
  std::string client_ca;
  std::string client_crl;
  [[nodiscard]] bool asks_for_certificates() const { return client_certificates != "off"; }
};

// One of the [[acquirers]].
struct AcquirerConfig {
  std::string name;
  std::string kind = "stripe";
  std::string base_url;
  std::string secret_key_file;
  std::string ca_file;
  std::string api_version = "2023-10-16";
  int64_t connections_max = 64;
  int64_t connect_timeout_ms = 3'000;
  int64_t timeout_ms = 8'000;
  int64_t idle_timeout_ms = 30'000;
  int64_t in_flight_max = 1'024;
  int64_t resolving_max = 64;
  int64_t breaker_failures = 10;
  int64_t breaker_open_ms = 5'000;
  int64_t key_life_h = 20;
};

struct Config {
  std::string data_dir = "/var/lib/tollgate";
  int64_t drain_timeout_ms = 30'000;
  int64_t drain_delay_ms = 0;
  std::string log_level = "info";

  ListenerConfig api{.listen = "127.0.0.1:8080", .tls_certificate = {}, .tls_key = {}};
  std::string public_url;
  int64_t io_threads = 1;
  int64_t header_bytes_max = 16 * 1024;
  int64_t headers_max = 64;
  int64_t uri_bytes_max = 8 * 1024;
  int64_t body_bytes_max = 256 * 1024;
  int64_t request_header_timeout_ms = 10'000;
  int64_t request_body_timeout_ms = 10'000;
  int64_t idle_timeout_ms = 75'000;
  int64_t write_timeout_ms = 10'000;
  int64_t handshake_timeout_ms = 5'000;
  int64_t connections_max = 20'000;
  int64_t connections_per_address_max = 4'000;
  int64_t requests_per_connection_max = 0;

  ListenerConfig admin{.listen = "127.0.0.1:8081", .tls_certificate = {}, .tls_key = {}};
  std::string admin_token_file;
  std::string admin_bootstrap_token = "on";
  std::string admin_approvals = "on";
  int64_t admin_approval_valid_h = 24;

  int64_t partitions = 4;
  int64_t engine_threads = 1;
  int64_t mailbox_commands_max = 16'384;
  int64_t batch_commands_max = 512;
  int64_t cached_payments_max = 100'000;
  int64_t cached_books_max = 32'768;
  int64_t cached_others_max = 8'192;
  int64_t authorization_validity_h = 168;
  int64_t timer_interval_ms = 1'000;

  int64_t requests_per_second = 200;
  int64_t burst = 400;
  int64_t concurrent_requests = 500;
  int64_t queue_depth = 2'048;
  int64_t amount_per_day = 0;
  int64_t declines_per_card = 10;
  int64_t declines_per_bin = 200;
  int64_t decline_window_s = 3'600;
  int64_t unknown_keys_per_second = 10;
  int64_t unknown_keys_burst = 100;
  int64_t queue_delay_target_ms = 25;

  int64_t block_cache_mib = 128;
  int64_t memtables_mib_max = 256;
  int64_t wal_mib_max = 512;
  int64_t background_jobs = 2;

  int64_t log_keep_days = 0;

  std::string backup_directory;
  int64_t backup_interval_min = 60;
  int64_t backup_keep_last = 24;
  int64_t backup_keep_days = 30;
  int64_t backup_mib_per_s_max = 0;

  std::string archive_directory;
  int64_t archive_interval_ms = 5'000;
  int64_t archive_segment_mib = 8;

  std::string vault_key_provider = "file";
  std::string vault_pkcs11_module;
  std::string vault_pkcs11_token;
  std::string vault_pkcs11_key = "tollgate-vault";
  std::string vault_pkcs11_pin_file;
  int64_t vault_block_cache_mib = 32;
  int64_t vault_cached_keys_max = 20'000;
  int64_t vault_rewrite_rows_per_s = 1'000;
  int64_t vault_kek_check_interval_s = 60;

  int64_t call_timeout_ms = 10'000;
  int64_t inquiry_delay_first_ms = 200;
  int64_t inquiry_delay_max_ms = 60'000;
  int64_t not_found_grace_ms = 2'000;
  int64_t in_flight_max = 65'536;

  std::string log_format = "json";
  int64_t log_requests_one_in = 1;
  std::string metrics = "on";
  std::string server_timing = "on";
  int64_t partners_shown_max = 50;
  std::string alert_webhook;
  std::string alert_webhook_ca_file;
  std::string alert_webhook_secret_file;

  std::string reports_enabled = "on";

  int64_t sandbox_block_cache_mib = 32;
  int64_t sandbox_latency_ms = 0;
  int64_t sandbox_late_answer_ms = 0;
  int64_t sandbox_refund_pending_ms = 2'000;

  std::string transparency_signing = "on";
  std::string transparency_origin;
  int64_t transparency_block_cache_mib = 16;
  int64_t checkpoint_interval_ms = 500;
  std::string witness_file;
  int64_t witness_interval_ms = 10'000;
  int64_t witness_timeout_ms = 5'000;
  std::string witness_ca_file;
  std::vector<AcquirerConfig> acquirers;
};

struct ConfigKey {
  std::string_view section;
  std::string_view name;
  std::variant<std::string*, int64_t*>
      value;  // in the Config that keys_of() was given; what stands there is the default
  std::string_view unit;                       // of numbers; for texts what kind of text it is
  std::string_view description;
  int64_t min = 0, max = 0;                    // of numbers
  std::vector<std::string_view> choices = {};  // of texts; none: any
};

struct ConfigSection {
  std::string_view name;
  std::string_view description;
};

[[nodiscard]] std::vector<ConfigSection> config_sections();
// In the order of the example, section by section.
[[nodiscard]] std::vector<ConfigKey> keys_of(Config& config);
[[nodiscard]] std::vector<ConfigKey> keys_of(AcquirerConfig& acquirer);
// With the values that have no default filled in, for the example.
[[nodiscard]] AcquirerConfig example_acquirer();
[[nodiscard]] Status check_acquirers(const Config& config);

// The commented example: every key with its unit, default and bounds.
[[nodiscard]] std::string config_example();

// Each error names file, line and key.
[[nodiscard]] StatusOr<Config> load_config(const std::string& path);
[[nodiscard]] StatusOr<Config> parse_config(std::string_view text, const std::string& path);
// What no single key shows: a certificate without its key, an address beyond loopback without TLS, ...
[[nodiscard]] Status check_config(const Config& config);

struct Endpoint {
  std::string address;  // IPv4 or IPv6
  uint16_t port = 0;
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] std::string url(bool tls, uint16_t bound_port) const;
};
// "127.0.0.1:8080", "[::1]:0".
[[nodiscard]] StatusOr<Endpoint> parse_endpoint(std::string_view text);
// "https://host:port/path?query" in what is connected to and the rest. The rest may be a secret: it is shown nowhere.
[[nodiscard]] std::pair<std::string, std::string> split_webhook(const std::string& url);

}  // namespace tollgate::cli
