#include "cli/node_alerts.h"

#include <future>
#include <optional>

#include "tollgate/base/bytes.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/digest.h"
#include "tollgate/directory/secret_file.h"
#include "tollgate/http/client.h"
#include "tollgate/transport/upstream.h"

namespace tollgate::cli {
namespace {

constexpr uint32_t timeout_ms = 5'000;
constexpr std::size_t answer_bytes_max = 64 * 1024;
// What can be guessed signs nothing.
constexpr std::size_t secret_bytes_min = 16;

using Headers = std::vector<std::pair<std::string, std::string>>;

class AlertPostImpl : public AlertPost {
 public:
  AlertPostImpl(std::string address, std::string path, std::optional<Secret> secret)
      : address_(std::move(address)), path_(std::move(path)), secret_(std::move(secret)) {}

  Status post(const std::string& body) override {
    Headers headers{{"Content-Type", "application/json"}};
    if (secret_) headers.emplace_back("Tollgate-Signature", signature(body));
    TOLLGATE_ASSIGN_OR_RETURN(const int status, send(std::move(headers), body));
    if (status >= 200 && status < 300) return absl::OkStatus();
    return unavailable("{} answered {}", address_, status);
  }

 protected:
  // Gives the answer's status.
  [[nodiscard]] virtual StatusOr<int> send(Headers headers, const std::string& body) = 0;
  const std::string address_, path_;

 private:
  [[nodiscard]] std::string signature(const std::string& body) const {
    const std::string time = std::to_string(SystemClock().now_us() / us_per_second);
    const Digest mac = hmac_sha256(secret_->reveal(), time + "." + body);
    return "t=" + time + ",v1=" + to_hex({reinterpret_cast<const char*>(mac.data()), mac.size()});
  }
  const std::optional<Secret> secret_;
};

class PlainPost final : public AlertPostImpl {
 public:
  using AlertPostImpl::AlertPostImpl;

 private:
  StatusOr<int> send(Headers headers, const std::string& body) override {
    HttpClientOptions options;
    options.connect_timeout_ms = options.request_timeout_ms = timeout_ms;
    options.body_bytes_max = answer_bytes_max;
    TOLLGATE_ASSIGN_OR_RETURN(auto client, HttpClient::open(address_, options));
    TOLLGATE_ASSIGN_OR_RETURN(const HttpReply reply, client.send("POST", path_, headers, body));
    return reply.status;
  }
};

class TlsPost final : public AlertPostImpl {
 public:
  TlsPost(std::string address, std::string path, std::optional<Secret> secret, std::unique_ptr<Upstream> upstream)
      : AlertPostImpl(std::move(address), std::move(path), std::move(secret)), upstream_(std::move(upstream)) {}

 private:
  StatusOr<int> send(Headers headers, const std::string& body) override {
    UpstreamRequest request;
    request.method = "POST";
    request.target = path_;
    request.headers = std::move(headers);
    request.body = Secret(body);
    request.deadline_us = monotonic_us() + timeout_ms * us_per_ms;
    std::promise<UpstreamResult> promise;
    std::future<UpstreamResult> answer = promise.get_future();
    // Its handler is called once, at the deadline at the latest.
    upstream_->call(std::move(request), [&promise](UpstreamResult result) { promise.set_value(std::move(result)); });
    const UpstreamResult result = answer.get();
    if (result.kind != UpstreamResult::Kind::answered) return unavailable("no answer: {}", result.problem);
    return result.status;
  }

  const std::unique_ptr<Upstream> upstream_;
};

StatusOr<std::optional<Secret>> secret_of(const std::string& path) {
  if (path.empty()) return std::optional<Secret>();
  auto secret = load_secret_file(path);
  if (!secret.ok()) return invalid_argument("observe.alert_webhook_secret_file: {}", message_of(secret.status()));
  if (secret->reveal().size() < secret_bytes_min)
    return invalid_argument("observe.alert_webhook_secret_file: {} holds {} characters, fewer than {}", path, secret->reveal().size(), secret_bytes_min);
  return std::optional<Secret>(*std::move(secret));
}

}  // namespace

StatusOr<std::unique_ptr<AlertPost>> AlertPost::open(const Config& config) {
  if (config.alert_webhook.empty()) return std::unique_ptr<AlertPost>();
  auto [address, path] = split_webhook(config.alert_webhook);
  TOLLGATE_ASSIGN_OR_RETURN(std::optional<Secret> secret, secret_of(config.alert_webhook_secret_file));
  if (!address.starts_with("https://")) return std::unique_ptr<AlertPost>(std::make_unique<PlainPost>(std::move(address), std::move(path), std::move(secret)));
  UpstreamOptions how;
  how.base_url = address;
  how.ca_file = config.alert_webhook_ca_file;
  how.connections_max = 1;
  how.connect_timeout_ms = timeout_ms;
  how.body_bytes_max = answer_bytes_max;
  auto upstream = Upstream::open(std::move(how));
  if (!upstream.ok()) return invalid_argument("observe.alert_webhook: {}", message_of(upstream.status()));
  return std::unique_ptr<AlertPost>(std::make_unique<TlsPost>(std::move(address), std::move(path), std::move(secret), *std::move(upstream)));
}

}  // namespace tollgate::cli
