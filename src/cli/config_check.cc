#include <arpa/inet.h>

#include <charconv>

#include "cli/config.h"

namespace tollgate::cli {
namespace {

bool parses_as(int family, const std::string& address) {
  unsigned char bytes[16];
  return ::inet_pton(family, address.c_str(), bytes) == 1;
}

Status check_listener(std::string_view section, const ListenerConfig& listener) {
  const auto endpoint = parse_endpoint(listener.listen);
  if (!endpoint.ok()) return invalid_argument("{}.listen {}", section, message_of(endpoint.status()));
  if (listener.tls_certificate.empty() != listener.tls_key.empty())
    return invalid_argument("{0}.tls_certificate and {0}.tls_key must be given both, or neither", section);
  if (!endpoint->is_loopback() && listener.tls_certificate.empty())
    return invalid_argument(
        "{0}.listen is {1}, which others can reach: set {0}.tls_certificate and {0}.tls_key, or listen on 127.0.0.1",
        section, listener.listen);
  if (listener.asks_for_certificates() && listener.tls_certificate.empty())
    return invalid_argument("{0}.client_certificates is {1}, which needs {0}.tls_certificate and {0}.tls_key", section, listener.client_certificates);
  if (listener.asks_for_certificates() && listener.client_ca.empty())
    return invalid_argument("{0}.client_certificates is {1}: set {0}.client_ca to the authorities that they must be of", section,
                            listener.client_certificates);
  // Who names an authority counts on it.
  if (!listener.asks_for_certificates() && !(listener.client_ca.empty() && listener.client_crl.empty()))
    return invalid_argument("{0}.client_ca and {0}.client_crl do nothing while {0}.client_certificates is off: set it to optional or required",
                            section);
  return absl::OkStatus();
}

}  // namespace

StatusOr<Endpoint> parse_endpoint(std::string_view text) {
  const auto wrong = [&] {
    return invalid_argument("is \"{}\", but must be ADDRESS:PORT, like 127.0.0.1:8080 or [::1]:8080", text);
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  std::string_view address = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (bracketed) address = address.substr(1, address.size() - 2);
  Endpoint endpoint{.address = std::string(address), .port = 0};
  if (!parses_as(bracketed ? AF_INET6 : AF_INET, endpoint.address)) return wrong();
  const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (problem != std::errc{} || end != port.data() + port.size()) return wrong();
  return endpoint;
}

bool Endpoint::is_loopback() const { return address.starts_with("127.") || address == "::1"; }

std::string Endpoint::url(bool tls, uint16_t bound_port) const {
  const bool v6 = address.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", tls ? "https" : "http", v6 ? "[" : "", address, v6 ? "]" : "", bound_port);
}

std::pair<std::string, std::string> split_webhook(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t end = url.find_first_of("/?#", scheme == std::string::npos ? 0 : scheme + 3);
  if (end == std::string::npos) return {url, "/"};
  return {url.substr(0, end), url[end] == '/' ? url.substr(end) : "/" + url.substr(end)};
}

Status check_config(const Config& config) {
  if (config.data_dir.empty()) return invalid_argument("node.data_dir must not be empty");
  TOLLGATE_RETURN_IF_ERROR(check_listener("api", config.api));
  TOLLGATE_RETURN_IF_ERROR(check_listener("admin", config.admin));
  if (config.api.listen == config.admin.listen && parse_endpoint(config.api.listen)->port != 0)
    return invalid_argument("api.listen and admin.listen must differ");
  if (!config.public_url.empty() && !config.public_url.starts_with("http://") &&
      !config.public_url.starts_with("https://"))
    return invalid_argument("api.public_url must begin with https:// or http://");
  if (!config.alert_webhook.empty() && !config.alert_webhook.starts_with("https://") && !config.alert_webhook.starts_with("http://"))
    return invalid_argument("observe.alert_webhook must begin with https:// or http://");
  if (split_webhook(config.alert_webhook).first.find('@') != std::string::npos)
    return invalid_argument("observe.alert_webhook must have no user and no password, which would not be sent: sign with observe.alert_webhook_secret_file");
  if (config.public_url.ends_with('/')) return invalid_argument("api.public_url must not end with a slash");
  if (config.engine_threads > config.partitions)
    return invalid_argument("engine.threads is {}, more than engine.partitions ({}): a thread would have nothing to do",
                            config.engine_threads, config.partitions);
  if (config.batch_commands_max > config.mailbox_commands_max)
    return invalid_argument("engine.batch_commands_max must not be over engine.mailbox_commands_max");
  if (config.transparency_origin.find_first_of(" +\t\n") != std::string::npos || config.transparency_origin.ends_with('/'))
    return invalid_argument("transparency.origin must have no spaces, no plus and no slash at its end");
  TOLLGATE_RETURN_IF_ERROR(check_acquirers(config));
  if (config.vault_key_provider == "pkcs11" && (config.vault_pkcs11_module.empty() || config.vault_pkcs11_pin_file.empty()))
    return invalid_argument("vault.key_provider is pkcs11, which needs vault.pkcs11_module and vault.pkcs11_pin_file");
  if (config.vault_pkcs11_key.empty() || config.vault_pkcs11_key.size() > 64) return invalid_argument("vault.pkcs11_key must have 1 to 64 characters");
  if (config.log_keep_days != 0 && config.archive_directory.empty())
    return invalid_argument("log.keep_days removes records from the node that stand in the archive: set archive.directory as well");
  if (!config.archive_directory.empty() && config.archive_directory == config.backup_directory)
    return invalid_argument("backup.directory and archive.directory must differ");
  for (const std::string* directory : {&config.backup_directory, &config.archive_directory})
    if (!directory->empty() && !directory->starts_with('/'))
      return invalid_argument("\"{}\" must be an absolute path: backup.directory and archive.directory are named from the root", *directory);
  if (config.inquiry_delay_max_ms < config.inquiry_delay_first_ms)
    return invalid_argument("acquirer.inquiry_delay_max_ms must not be under acquirer.inquiry_delay_first_ms");
  return absl::OkStatus();
}

}  // namespace tollgate::cli
