// The admin API from the command line.
#pragma once
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <variant>

#include "cli/command.h"
#include "tollgate/http/client.h"
#include "tollgate/transport/upstream.h"

namespace tollgate::cli {

using Json = nlohmann::ordered_json;

// Where the node is and what opens it: --data knows both, --admin and --token-file say them one by one.
struct AdminTarget {
  std::string data_dir = "tollgate-data";
  std::string url;
  std::string token_file;
  // Over TLS: whom to trust, and who we are.
  std::string ca_file, certificate_file, key_file;
};
void add_admin_options(CLI::App& command, AdminTarget& target);

class AdminClient {
 public:
  [[nodiscard]] static StatusOr<AdminClient> open(const AdminTarget& target, HttpClientOptions options = {});
  // The answer's body; what the node refused is an error with the node's own words. unauthenticated: it does not know the token;
  // permission_denied: it does, and its user may not; unavailable: there was no answer, or the node cannot just now.
  [[nodiscard]] StatusOr<Json> get(const std::string& path);
  [[nodiscard]] StatusOr<Json> post(const std::string& path, const Json& body);
  [[nodiscard]] const std::string& url() const { return target_.url; }

 private:
  using Https = std::unique_ptr<Upstream>;
  AdminClient(std::variant<HttpClient, Https> way, AdminTarget target, std::string authorization, uint32_t timeout_ms)
      : way_(std::move(way)), target_(std::move(target)), authorization_(std::move(authorization)), timeout_ms_(timeout_ms) {}
  [[nodiscard]] StatusOr<Json> call(std::string_view method, const std::string& path, const std::string& body);
  [[nodiscard]] StatusOr<HttpReply> send(std::string_view method, const std::string& target, const std::string& body);
  [[nodiscard]] StatusOr<HttpReply> send(Upstream& https, std::string_view method, const std::string& target, const std::string& body);

  std::variant<HttpClient, Https> way_;
  AdminTarget target_;
  std::string authorization_;
  uint32_t timeout_ms_;
};

// What was asked for waits for another person: says so on stderr.
[[nodiscard]] int say_approval(const Json& answer);

// The field's text; empty if it has none.
[[nodiscard]] std::string text(const Json& object, const char* field);

// "name   value" lines, nested objects with a dot; for people.
void print_fields(const Json& object, const std::string& prefix = "");

}  // namespace tollgate::cli
