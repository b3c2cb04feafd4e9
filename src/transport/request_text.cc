#include "transport/request_text.h"

namespace tollgate::transport {

Secret request_text(const Url& url, const UpstreamRequest& request) {
  std::string head = fmt::format("{} {}{} HTTP/1.1\r\nHost: {}\r\n", request.method, url.prefix, request.target, url.authority);
  for (const auto& [name, value] : request.headers) head += fmt::format("{}: {}\r\n", name, value);
  const std::string_view body = request.body.reveal(), authorization = request.authorization.reveal();
  if (!body.empty() || (request.method != "GET" && request.method != "HEAD")) head += fmt::format("Content-Length: {}\r\n", body.size());
  constexpr std::string_view authorization_name = "Authorization: ", line_end = "\r\n";
  std::string text;
  // At once: a string that grows leaves copies of what it held behind.
  text.reserve(head.size() + authorization_name.size() + authorization.size() + 2 * line_end.size() + body.size());
  text += head;
  if (!authorization.empty()) text.append(authorization_name).append(authorization).append(line_end);
  text.append(line_end).append(body);
  return Secret(std::move(text));
}

}  // namespace tollgate::transport
