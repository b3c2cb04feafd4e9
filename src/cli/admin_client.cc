#include "cli/admin_client.h"

#include <cstdio>
#include <future>

#include "cli/node.h"
#include "cli/open_log.h"
#include "cli/terminal_text.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/shallow_json.h"
#include "tollgate/directory/secret_file.h"

namespace tollgate::cli {
namespace {

constexpr std::string_view https_scheme = "https://";
constexpr int label_width = 36;  // "limits.limited.requests_per_second"

// What to do about it, where the words of TLS do not say.
std::string_view advice(const AdminTarget& target, std::string_view problem) {
  if (problem.find("its certificate is not accepted") != std::string_view::npos && target.ca_file.empty())
    return "; --ca names the authority to trust, if it is none of the system's";
  if (problem.find("alert") != std::string_view::npos && target.certificate_file.empty())
    return "; it may ask for a certificate: --client-certificate and --client-key";
  return {};
}

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
  command.add_option("--ca", target.ca_file, "PEM file with the authority of the admin API's certificate, over https; the system's if not given")
      ->type_name("FILE")
      ->envname("TOLLGATE_ADMIN_CA");
  command.add_option("--client-certificate", target.certificate_file, "PEM file: our own, where the admin API asks for one")
      ->type_name("FILE")
      ->envname("TOLLGATE_ADMIN_CLIENT_CERTIFICATE");
  command.add_option("--client-key", target.key_file, "PEM file: its private key")->type_name("FILE")->envname("TOLLGATE_ADMIN_CLIENT_KEY");
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
    // A directory that was copied, or whose node was killed, has an admin.url as well, and by now another node may listen there.
    if (!is_in_use(paths.log()))
      return not_found("no node is running on {}: {} is left over from one that was killed, or was copied with it, and {} may be another node's. Start one, or say where it is with --data or --admin",
                       target.data_dir, paths.admin_url(), url);
  }
  TOLLGATE_ASSIGN_OR_RETURN(const Secret token,
                            load_secret_file(target.token_file.empty() ? paths.admin_token() : target.token_file));
  std::string authorization = fmt::format("Bearer {}", token.reveal());
  AdminTarget at = target;
  at.url = url;
  if (!url.starts_with(https_scheme)) {
    TOLLGATE_ASSIGN_OR_RETURN(HttpClient http, HttpClient::open(url, options));
    return AdminClient(std::move(http), std::move(at), std::move(authorization), options.request_timeout_ms);
  }
  UpstreamOptions tls;
  tls.base_url = url;
  tls.ca_file = target.ca_file;
  tls.certificate_file = target.certificate_file;
  tls.key_file = target.key_file;
  tls.connections_max = 1;
  tls.connect_timeout_ms = options.connect_timeout_ms;
  tls.body_bytes_max = options.body_bytes_max;
  TOLLGATE_ASSIGN_OR_RETURN(Https https, Upstream::open(std::move(tls)));
  return AdminClient(std::move(https), std::move(at), std::move(authorization), options.request_timeout_ms);
}

StatusOr<Json> AdminClient::get(const std::string& path) { return call("GET", path, ""); }
StatusOr<Json> AdminClient::post(const std::string& path, const Json& body) { return call("POST", path, body.dump()); }

StatusOr<HttpReply> AdminClient::send(std::string_view method, const std::string& target, const std::string& body) {
  if (const Https* https = std::get_if<Https>(&way_)) return send(**https, method, target, body);
  std::vector<std::pair<std::string, std::string>> headers = {{"Authorization", authorization_}};
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  return std::get<HttpClient>(way_).send(method, target, headers, body);
}

StatusOr<HttpReply> AdminClient::send(Upstream& https, std::string_view method, const std::string& target, const std::string& body) {
  UpstreamRequest request;
  request.method = method;
  request.target = target;
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.authorization = Secret(authorization_);
  request.body = Secret(body);
  request.deadline_us = monotonic_us() + timeout_ms_ * us_per_ms;
  std::promise<UpstreamResult> promise;
  auto answered = promise.get_future();
  https.call(std::move(request), [promise = std::move(promise)](UpstreamResult result) mutable { promise.set_value(std::move(result)); });
  UpstreamResult result = answered.get();
  if (result.kind != UpstreamResult::Kind::answered) return unavailable("{}{}", result.problem, advice(target_, result.problem));
  return HttpReply{.status = result.status, .content_type = std::string(result.header("Content-Type")), .body = std::move(result.body)};
}

StatusOr<Json> AdminClient::call(std::string_view method, const std::string& path, const std::string& body) {
  auto reply = send(method, "/admin/v1/" + path, body);
  if (!reply.ok()) return unavailable("no answer from {}: {}", target_.url, message_of(reply.status()));
  Json parsed = parse_shallow_json<Json>(reply->body);
  if (parsed.is_discarded()) return unavailable("{} answered {} with something that is no JSON", target_.url, reply->status);
  if (reply->status < 400) return parsed;
  const std::string message =
      parsed.is_object() && parsed.contains("error") ? parsed["error"].value("message", std::string()) : std::string();
  return error(code_of(reply->status), "{}", message.empty() ? fmt::format("{} answered {}", target_.url, reply->status) : message);
}

int say_approval(const Json& answer) {
  if (!answer.contains("approval") || !answer["approval"].is_object()) return exit_ok;
  const std::string id = answer["approval"].value("id", std::string()), why = answer["approval"].value("why", std::string());
  std::fprintf(stderr, "Nothing is done yet (%s). Another person does it with: tollgate admin approvals approve %s\n", why.c_str(), id.c_str());
  return exit_waiting;
}

std::string text(const Json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void print_fields(const Json& object, const std::string& prefix) {
  for (const auto& [name, value] : object.items()) {
    const std::string label = prefix.empty() ? name : prefix + "." + name;
    if (value.is_object() && !value.empty()) {
      print_fields(value, label);
    } else if (value.is_array() && !value.empty() && value.front().is_object()) {
      for (std::size_t i = 0; i < value.size(); ++i)
        std::printf("%-*s %s\n", label_width, i == 0 ? label.c_str() : "", printable(value[i].dump()).c_str());
    } else {
      std::printf("%-*s %s\n", label_width, label.c_str(),
                  printable(value.is_string() ? value.get_ref<const std::string&>() : value.dump()).c_str());
    }
  }
}

}  // namespace tollgate::cli
