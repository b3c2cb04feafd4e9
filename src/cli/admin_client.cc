#include "cli/admin_client.h"

#include <cstdio>

#include "cli/node.h"
#include "tollgate/directory/secret_file.h"

namespace tollgate::cli {
namespace {

absl::StatusCode code_of(int http_status) {
  if (http_status == 401) return absl::StatusCode::kUnauthenticated;
  if (http_status == 403) return absl::StatusCode::kPermissionDenied;
  return http_status >= 500 ? absl::StatusCode::kUnavailable : absl::StatusCode::kFailedPrecondition;
}

}  // namespace

void add_admin_options(CLI::App& command, AdminTarget& target) {
  command
      .add_option("--data", target.data_dir,
                  "Data directory of the running node, which knows its admin address and token")
      ->type_name("DIR")
      ->capture_default_str();
  command.add_option("--admin", target.url, "Address of the admin API, instead of the one in DIR")->type_name("URL");
  command.add_option("--token-file", target.token_file, "File with the admin token, instead of the one in DIR")
      ->type_name("FILE")
      ->envname("TOLLGATE_ADMIN_TOKEN_FILE");
}

StatusOr<AdminClient> AdminClient::open(const AdminTarget& target, HttpClientOptions options) {
  const DataPaths paths{target.data_dir};
  std::string url = target.url;
  if (url.empty()) {
    auto known = load_secret_file(paths.admin_url());
    if (!known.ok() && known.status().code() == absl::StatusCode::kNotFound)
      return not_found("no node is running on {}: start one, or say where it is with --data or --admin",
                       target.data_dir);
    if (!known.ok()) return known.status();
    url = known->reveal();
  }
  if (url.starts_with("https://"))
    return invalid_argument(
        "the admin API at {} speaks TLS, which this command does not: use curl, or a listener on loopback", url);
  TOLLGATE_ASSIGN_OR_RETURN(const Secret token,
                            load_secret_file(target.token_file.empty() ? paths.admin_token() : target.token_file));
  TOLLGATE_ASSIGN_OR_RETURN(HttpClient http, HttpClient::open(url, options));
  return AdminClient(std::move(http), std::move(url), fmt::format("Bearer {}", token.reveal()));
}

StatusOr<Json> AdminClient::get(const std::string& path) { return call("GET", path, ""); }
StatusOr<Json> AdminClient::post(const std::string& path, const Json& body) { return call("POST", path, body.dump()); }

StatusOr<Json> AdminClient::call(std::string_view method, const std::string& path, const std::string& body) {
  std::vector<std::pair<std::string, std::string>> headers = {{"Authorization", authorization_}};
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  auto reply = http_.send(method, "/admin/v1/" + path, headers, body);
  if (!reply.ok()) return unavailable("no answer from {}: {}", url_, message_of(reply.status()));
  Json parsed = Json::parse(reply->body, nullptr, false);
  if (parsed.is_discarded()) return unavailable("{} answered {} with something that is no JSON", url_, reply->status);
  if (reply->status < 400) return parsed;
  const std::string message =
      parsed.is_object() && parsed.contains("error") ? parsed["error"].value("message", std::string()) : std::string();
  return error(code_of(reply->status), "{}", message.empty() ? fmt::format("{} answered {}", url_, reply->status) : message);
}

void say_approval(const Json& answer) {
  if (!answer.contains("approval") || !answer["approval"].is_object()) return;
  const std::string id = answer["approval"].value("id", std::string()), why = answer["approval"].value("why", std::string());
  std::fprintf(stderr, "Nothing is done yet (%s). Another person does it with: tollgate admin approvals approve %s\n", why.c_str(), id.c_str());
}

void print_fields(const Json& object, const std::string& prefix) {
  for (const auto& [name, value] : object.items()) {
    const std::string label = prefix.empty() ? name : prefix + "." + name;
    if (value.is_object() && !value.empty()) {
      print_fields(value, label);
    } else if (value.is_array() && !value.empty() && value.front().is_object()) {
      for (std::size_t i = 0; i < value.size(); ++i)
        std::printf("%-28s %s\n", i == 0 ? label.c_str() : "", value[i].dump().c_str());
    } else {
      std::printf("%-28s %s\n", label.c_str(),
                  value.is_string() ? value.get_ref<const std::string&>().c_str() : value.dump().c_str());
    }
  }
}

}  // namespace tollgate::cli
