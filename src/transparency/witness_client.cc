#include "transparency/witness_client.h"

#include <future>

#include "tollgate/base/clock.h"
#include "tollgate/base/time.h"
#include "tollgate/http/client.h"
#include "tollgate/transport/upstream.h"

namespace tollgate::transparency {
namespace {

constexpr std::size_t answer_bytes_max = 64 * 1024;
constexpr const char* content_type = "text/plain; charset=utf-8";

class PlainClient final : public WitnessClient {
 public:
  PlainClient(HttpClient client, std::string prefix) : client_(std::move(client)), prefix_(std::move(prefix)) {}
  StatusOr<WitnessReply> post(std::string_view path, const std::string& body) override {
    TOLLGATE_ASSIGN_OR_RETURN(HttpReply reply, client_.send("POST", prefix_ + std::string(path), {{"Content-Type", content_type}}, body));
    return WitnessReply{reply.status, std::move(reply.body)};
  }

 private:
  HttpClient client_;
  std::string prefix_;
};

class TlsClient final : public WitnessClient {
 public:
  TlsClient(std::unique_ptr<Upstream> upstream, uint32_t timeout_ms) : upstream_(std::move(upstream)), timeout_ms_(timeout_ms) {}
  StatusOr<WitnessReply> post(std::string_view path, const std::string& body) override {
    UpstreamRequest request;
    request.method = "POST";
    request.target = path;
    request.headers = {{"Content-Type", content_type}};
    request.body = Secret(body);
    request.deadline_us = monotonic_us() + timeout_ms_ * us_per_ms;
    std::promise<UpstreamResult> promise;
    std::future<UpstreamResult> answer = promise.get_future();
    // Its handler is called once, at the deadline at the latest.
    upstream_->call(std::move(request), [&promise](UpstreamResult result) { promise.set_value(std::move(result)); });
    UpstreamResult result = answer.get();
    if (result.kind != UpstreamResult::Kind::answered) return unavailable("no answer: {}", result.problem);
    return WitnessReply{result.status, std::move(result.body)};
  }

 private:
  std::unique_ptr<Upstream> upstream_;
  uint32_t timeout_ms_;
};

// "http://host:port/some/prefix" into what is connected to, and "/some/prefix".
std::pair<std::string, std::string> split_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t slash = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  std::string prefix(slash == std::string_view::npos ? std::string_view() : url.substr(slash));
  while (prefix.ends_with('/')) prefix.pop_back();
  return {std::string(url.substr(0, slash)), prefix};
}

}  // namespace

StatusOr<std::unique_ptr<WitnessClient>> WitnessClient::open(std::string_view url, uint32_t timeout_ms, const std::string& ca_file) {
  if (url.starts_with("https://")) {
    UpstreamOptions how;
    how.base_url = url;
    how.ca_file = ca_file;
    how.connections_max = 1;
    how.connect_timeout_ms = timeout_ms;
    how.body_bytes_max = answer_bytes_max;
    TOLLGATE_ASSIGN_OR_RETURN(auto upstream, Upstream::open(std::move(how)));
    return std::unique_ptr<WitnessClient>(std::make_unique<TlsClient>(std::move(upstream), timeout_ms));
  }
  const auto [address, prefix] = split_url(url);
  HttpClientOptions how;
  how.connect_timeout_ms = how.request_timeout_ms = timeout_ms;
  how.body_bytes_max = answer_bytes_max;
  TOLLGATE_ASSIGN_OR_RETURN(auto client, HttpClient::open(address, how));
  return std::unique_ptr<WitnessClient>(std::make_unique<PlainClient>(std::move(client), prefix));
}

}  // namespace tollgate::transparency
