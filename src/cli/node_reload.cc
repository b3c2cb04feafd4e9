#include "cli/node_reload.h"

#include <spdlog/spdlog.h>

#include "cli/config_changes.h"
#include "cli/service_manager.h"

namespace tollgate::cli {
namespace {

std::vector<RuntimeKey> runtime_keys(const Reloadable& node) {
  return {
      {"node", "log_level", [&](const Config& c) { if (node.log != nullptr) (void)node.log->set_level(c.log_level); }},
      // Looked at when they are needed.
      {"node", "drain_timeout_ms", [](const Config&) {}},
      {"node", "drain_delay_ms", [](const Config&) {}},
      {"observe", "log_requests_one_in", [&](const Config& c) {
         if (node.log != nullptr) node.log->set_requests_logged_one_in(static_cast<uint32_t>(c.log_requests_one_in));
       }},
      // Taken over together, below.
      {"observe", "alert_webhook", [](const Config&) {}},
      {"observe", "alert_webhook_ca_file", [](const Config&) {}},
      {"observe", "alert_webhook_secret_file", [](const Config&) {}},
  };
}

void read_configuration(const Reloadable& node) {
  auto fresh = load_config(node.config_path);
  if (!fresh.ok()) return spdlog::error("configuration: {}; nothing changes", message_of(fresh.status()));
  const auto changes = apply_changes(node.config, *std::move(fresh), runtime_keys(node));
  for (const ConfigChange& change : changes)
    spdlog::info("configuration: {} was {}, is {}{}", change.key, change.before, change.after,
                 change.applied ? "" : ": from the next start on");
  if (changes.empty()) spdlog::info("configuration: nothing changed");
  // Also without a change: the files that it names may have been renewed.
  if (const Status set = node.observer.set_webhook(node.config); !set.ok()) spdlog::error("{}; alerts go where they went before", message_of(set));
}

// Certificates are renewed under the same name.
void read_certificate(const char* listener, HttpServer& server) {
  if (const Status read = server.reload_tls(); !read.ok())
    return spdlog::error("{}: {}; the certificate in use stays", listener, message_of(read));
  if (server.stats().tls_expires_s != 0) spdlog::info("{}: certificate and key were read again", listener);
}

}  // namespace

void reload(const Reloadable& node) {
  if (node.config_path.empty()) return spdlog::warn("SIGHUP: this node has no configuration file; nothing changes");
  (void)tell_service_manager("RELOADING=1");
  read_configuration(node);
  read_certificate("api", node.api);
  read_certificate("admin", node.admin);
  (void)tell_service_manager("READY=1");
}

}  // namespace tollgate::cli
