// The admin API from the command line.
#pragma once
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

#include "cli/command.h"
#include "tollgate/http/client.h"

namespace tollgate::cli {

using Json = nlohmann::ordered_json;

// Where the node is and what opens it: --data knows both, --admin and --token-file say them one by one.
struct AdminTarget {
  std::string data_dir = "tollgate-data";
  std::string url;
  std::string token_file;
};
void add_admin_options(CLI::App& command, AdminTarget& target);

class AdminClient {
 public:
  [[nodiscard]] static StatusOr<AdminClient> open(const AdminTarget& target, HttpClientOptions options = {});
  // The answer's body; what the node refused is an error with the node's own words. unauthenticated: it does not know the token;
  // permission_denied: it does, and its user may not; unavailable: there was no answer, or the node cannot just now.
  [[nodiscard]] StatusOr<Json> get(const std::string& path);
  [[nodiscard]] StatusOr<Json> post(const std::string& path, const Json& body);
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  AdminClient(HttpClient http, std::string url, std::string authorization)
      : http_(std::move(http)), url_(std::move(url)), authorization_(std::move(authorization)) {}
  [[nodiscard]] StatusOr<Json> call(std::string_view method, const std::string& path, const std::string& body);

  HttpClient http_;
  std::string url_, authorization_;
};

// What was asked for waits for another person: says so on stderr.
void say_approval(const Json& answer);

// "name   value" lines, nested objects with a dot; for people.
void print_fields(const Json& object, const std::string& prefix = "");

}  // namespace tollgate::cli
