// Whatever bytes a partner sends, one request behind the other: each gets exactly one answer that is well-formed, and what they leave in
// the log passes the audit. "pi_0", "cus_0" and so on stand for the id of that kind that was answered last, so that requests can follow up.
#include <nlohmann/json.hpp>

#include "fuzz/gateway.h"
#include "http/request_head.h"
#include "tollgate/audit/verify.h"

namespace {

using namespace tollgate;

constexpr std::size_t requests_max = 12;
constexpr http::HeadLimits limits{.header_bytes_max = 4096, .headers_max = 32, .uri_bytes_max = 1024};

// Ids by what stands before their underscore.
class Ids {
 public:
  void learn(const std::string& body) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    TOLLGATE_ASSERT(!json.is_discarded());
    if (!json.is_object()) return;
    for (const char* name : {"id", "latest_charge", "payment_method", "customer"}) {
      const auto found = json.find(name);
      if (found == json.end() || !found->is_string()) continue;
      const auto id = found->get<std::string>();
      if (const auto end = id.find('_'); end != std::string::npos) last_[id.substr(0, end)] = id;
    }
  }
  [[nodiscard]] std::string filled_in(std::string text) const {
    for (const auto& [prefix, id] : last_) {
      const std::string placeholder = prefix + "_0";
      for (std::size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at + id.size()))
        text.replace(at, placeholder.size(), id);
    }
    return text;
  }

 private:
  std::map<std::string, std::string> last_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  fuzz::Gateway gateway;
  Ids ids;
  for (std::size_t number = 0; number < requests_max && !rest.empty(); ++number) {
    http::HeadScanner scanner;
    if (scanner.scan(rest, limits) != http::HeadScanner::Result::complete) break;
    const std::string head_text = ids.filled_in(std::string(rest.substr(0, scanner.head_bytes())));
    rest.remove_prefix(scanner.head_bytes());
    http::RequestHead head;
    if (http::parse_head(head_text, limits, head).status != 0) break;
    const std::string body = ids.filled_in(std::string(rest.substr(0, std::min<uint64_t>(rest.size(), head.content_length))));
    rest.remove_prefix(std::min<uint64_t>(rest.size(), head.content_length));
    head.request.body = body;
    const HttpResponse response = gateway.handle(head.request);
    TOLLGATE_ASSERT(response.status >= 200 && response.status < 600 && response.status != 500);
    if (response.content_type == "application/json") ids.learn(response.body);
  }
  const audit::VerifyReport report = audit::verify(gateway.log(), {.threads = 1});
  if (!report.ok()) std::fprintf(stderr, "%s\n", report.problems.front().what.c_str());
  TOLLGATE_ASSERT(report.ok());
  return 0;
}
