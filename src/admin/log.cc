// The verifiable log as static files. Behind the operator's token like everything here: an entry is a whole record, with amounts and names of
// every partner, and a checkpoint's size is what the gateway turns over. Standard verifiers can send a bearer token.
#include <charconv>

#include "admin/admin_api.h"

namespace tollgate::admin {
namespace {

constexpr std::string_view prefix = "/log";
constexpr std::string_view text_type = "text/plain; charset=utf-8", bytes_type = "application/octet-stream";

HttpResponse file(std::string content, std::string_view type, const char* caching) {
  HttpResponse response;
  response.body = std::move(content);
  response.content_type = type;
  response.headers.emplace_back("Cache-Control", caching);
  return response;
}

std::optional<uint32_t> partition_in(std::string_view text) {
  uint32_t partition = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), partition);
  if (problem != std::errc{} || end != text.data() + text.size() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  return partition;
}

Json to_json(const std::vector<proof::LogStatus::Witness>& witnesses) {
  Json list = Json::array();
  for (const auto& one : witnesses) {
    list.push_back(
        {{"name", one.name}, {"url", one.url}, {"cosigned", one.cosigned}, {"problem", one.problem.empty() ? Json(nullptr) : Json(one.problem)}});
  }
  return list;
}

HttpResponse overview(const proof::StaticLog& log) {
  const proof::LogStatus status = log.status();
  Json partitions = Json::array();
  for (const auto& one : status.partitions) {
    const auto key = log.key(one.partition);
    partitions.push_back({{"partition", one.partition},
                          {"origin", one.origin},
                          {"vkey", key.ok() ? Json(key->text()) : Json(nullptr)},
                          {"size", one.size},
                          {"cosigned_size", one.cosigned}});
  }
  return reply({{"partitions", std::move(partitions)}, {"witnesses", to_json(status.witnesses)}, {"problem", status.problem.empty() ? Json(nullptr) : Json(status.problem)}});
}

}  // namespace

bool AdminApi::is_log_path(std::string_view path) { return path == prefix || (path.starts_with(prefix) && path[prefix.size()] == '/'); }

// For everybody who may see the node: whether it signs, and what the witnesses say.
Json AdminApi::signing() const {
  const proof::LogStatus status = ports_.static_log->status();
  return {{"problem", status.problem.empty() ? Json(nullptr) : Json(status.problem)}, {"witnesses", to_json(status.witnesses)}};
}

HttpResponse AdminApi::log_file(const HttpRequest& request) const {
  if (request.method != Method::get) {
    HttpResponse response = failure(405, "method_not_allowed", "Only GET is used here.");
    response.headers.emplace_back("Allow", "GET");
    return response;
  }
  if (ports_.static_log == nullptr) return failure(404, "not_found", "This node signs no checkpoints: transparency.signing is off.");
  std::string_view path = request.path.substr(prefix.size());
  if (path.empty() || path == "/") return overview(*ports_.static_log);
  path.remove_prefix(1);
  const std::size_t slash = path.find('/');
  const auto partition = partition_in(path.substr(0, slash));
  const std::string_view rest = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  const auto nothing = [] { return failure(404, "not_found", "There is no such file of the log: see GET /log for its partitions."); };
  if (!partition) return nothing();
  if (rest == "vkey") {
    const auto key = ports_.static_log->key(*partition);
    return key.ok() ? file(key->text() + "\n", text_type, "no-cache") : failure(key.status());
  }
  const auto resource = proof::parse_path(rest);
  if (!resource) return nothing();
  auto content = ports_.static_log->get(*partition, *resource);
  if (!content.ok()) return failure(content.status());
  if (resource->kind == proof::Resource::Kind::checkpoint) return file(*std::move(content), text_type, "no-cache");
  return file(*std::move(content), bytes_type, "private, max-age=31536000, immutable");
}

}  // namespace tollgate::admin
