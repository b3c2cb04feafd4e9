#include "cli/config_machine.h"

#include <unistd.h>

#include <filesystem>

#include "cli/node_alerts.h"
#include "cli/node_limits.h"
#include "cli/node_options.h"
#include "tollgate/directory/secret_file.h"
#include "tollgate/http/server.h"
#include "tollgate/transport/upstream.h"

namespace tollgate::cli {
namespace {

class NoHandler final : public HttpHandler {
 public:
  void handle(const HttpRequest&, ResultSink&, Respond) override {}
};

Status readable(std::string_view key, const std::string& path) {
  if (path.empty() || ::access(path.c_str(), R_OK) == 0) return absl::OkStatus();
  return invalid_argument("{}: cannot read {}: {}", key, path, std::generic_category().message(errno));
}

Status secret(std::string_view key, const std::string& path) {
  if (path.empty()) return absl::OkStatus();
  const auto loaded = load_secret_file(path);
  return loaded.ok() ? absl::OkStatus() : invalid_argument("{}: {}", key, message_of(loaded.status()));
}

// Whether it can be written, or made.
Status writable(std::string_view key, const std::string& directory) {
  std::error_code ignored;
  std::filesystem::path there = std::filesystem::absolute(directory, ignored);
  while (!std::filesystem::exists(there, ignored) && there.has_relative_path()) there = there.parent_path();
  if (std::filesystem::is_directory(there, ignored) && ::access(there.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
  return invalid_argument("{}: cannot write into {}{}", key, there.string(), there == directory ? "" : fmt::format(", to make {}", directory));
}

// Certificate, key, authorities and revocation lists, as the listener reads them; then the port, which the node itself may have, or its socket unit.
Status check_listener(std::string_view section, const Config& config, const ListenerConfig& listener, std::vector<std::string>& warnings) {
  TOLLGATE_ASSIGN_OR_RETURN(const Endpoint endpoint, parse_endpoint(listener.listen));
  HttpServerOptions options = server_options(config, listener, endpoint);
  options.io_threads = 1;
  options.port = 0;
  NoHandler handler;
  if (const auto opened = HttpServer::open(options, handler, std::string(section)); !opened.ok())
    return invalid_argument("{}: {}", section, message_of(opened.status()));
  options.port = endpoint.port;
  if (const auto opened = HttpServer::open(options, handler, std::string(section)); !opened.ok())
    warnings.push_back(fmt::format("{}.listen: {}; unless the node runs, or the socket unit gives it the address, it will not start", section,
                                   message_of(opened.status())));
  return absl::OkStatus();
}

Status check_acquirer(const AcquirerConfig& acquirer) {
  TOLLGATE_RETURN_IF_ERROR(secret(fmt::format("the acquirer {}: secret_key_file", acquirer.name), acquirer.secret_key_file));
  UpstreamOptions how;
  how.base_url = acquirer.base_url;
  how.ca_file = acquirer.ca_file;
  const auto opened = Upstream::open(std::move(how));
  return opened.ok() ? absl::OkStatus() : invalid_argument("the acquirer {}: {}", acquirer.name, message_of(opened.status()));
}

}  // namespace

Status check_machine(const Config& config, std::vector<std::string>& warnings) {
  TOLLGATE_RETURN_IF_ERROR(writable("node.data_dir", config.data_dir));
  TOLLGATE_RETURN_IF_ERROR(check_listener("api", config, config.api, warnings));
  TOLLGATE_RETURN_IF_ERROR(check_listener("admin", config, config.admin, warnings));
  if (::access(config.admin_token_file.c_str(), F_OK) == 0) TOLLGATE_RETURN_IF_ERROR(secret("admin.token_file", config.admin_token_file));
  for (const AcquirerConfig& acquirer : config.acquirers) TOLLGATE_RETURN_IF_ERROR(check_acquirer(acquirer));
  TOLLGATE_RETURN_IF_ERROR(AlertPost::open(config).status());
  TOLLGATE_RETURN_IF_ERROR(readable("transparency.witness_file", config.witness_file));
  TOLLGATE_RETURN_IF_ERROR(readable("transparency.witness_ca_file", config.witness_ca_file));
  if (config.vault_key_provider == "pkcs11") {
    TOLLGATE_RETURN_IF_ERROR(readable("vault.pkcs11_module", config.vault_pkcs11_module));
    TOLLGATE_RETURN_IF_ERROR(secret("vault.pkcs11_pin_file", config.vault_pkcs11_pin_file));
  }
  for (const auto& [key, directory] : {std::pair("backup.directory", config.backup_directory), std::pair("archive.directory", config.archive_directory)})
    if (!directory.empty())
      if (const Status may = writable(key, directory); !may.ok()) warnings.emplace_back(message_of(may));
  if (const ConnectionsBound bound = connections_bound(config.connections_max); bound.connections < config.connections_max)
    warnings.push_back(text_of(bound, config.connections_max));
  return absl::OkStatus();
}

}  // namespace tollgate::cli
