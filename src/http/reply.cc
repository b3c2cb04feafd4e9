#include "http/reply.h"

#include <charconv>
#include <cstring>
#include <ctime>

#include <fmt/format.h>

namespace tollgate::http {
namespace {

[[nodiscard]] std::string_view status_line(int status) {
  switch (status) {
    case 200: return "HTTP/1.1 200 OK\r\n";
    case 201: return "HTTP/1.1 201 Created\r\n";
    case 202: return "HTTP/1.1 202 Accepted\r\n";
    case 204: return "HTTP/1.1 204 No Content\r\n";
    case 303: return "HTTP/1.1 303 See Other\r\n";
    case 304: return "HTTP/1.1 304 Not Modified\r\n";
    case 400: return "HTTP/1.1 400 Bad Request\r\n";
    case 401: return "HTTP/1.1 401 Unauthorized\r\n";
    case 402: return "HTTP/1.1 402 Payment Required\r\n";
    case 403: return "HTTP/1.1 403 Forbidden\r\n";
    case 404: return "HTTP/1.1 404 Not Found\r\n";
    case 405: return "HTTP/1.1 405 Method Not Allowed\r\n";
    case 408: return "HTTP/1.1 408 Request Timeout\r\n";
    case 409: return "HTTP/1.1 409 Conflict\r\n";
    case 411: return "HTTP/1.1 411 Length Required\r\n";
    case 413: return "HTTP/1.1 413 Content Too Large\r\n";
    case 414: return "HTTP/1.1 414 URI Too Long\r\n";
    case 415: return "HTTP/1.1 415 Unsupported Media Type\r\n";
    case 417: return "HTTP/1.1 417 Expectation Failed\r\n";
    case 424: return "HTTP/1.1 424 Failed Dependency\r\n";
    case 429: return "HTTP/1.1 429 Too Many Requests\r\n";
    case 431: return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
    case 500: return "HTTP/1.1 500 Internal Server Error\r\n";
    case 502: return "HTTP/1.1 502 Bad Gateway\r\n";
    case 503: return "HTTP/1.1 503 Service Unavailable\r\n";
    case 504: return "HTTP/1.1 504 Gateway Timeout\r\n";
    case 505: return "HTTP/1.1 505 HTTP Version Not Supported\r\n";
    default: return {};
  }
}

void append_number(std::string& to, uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  to.append(digits, static_cast<std::size_t>(end - digits));
}

// Whoever writes headers keeps them clean; if one ever does not, the response must still not be split in two.
void append_header_value(std::string& to, std::string_view value) {
  const std::size_t from = to.size();
  to.append(value);
  for (std::size_t i = from; i < to.size(); ++i) {
    const auto c = static_cast<unsigned char>(to[i]);
    if ((c < 0x20 && c != '\t') || c == 0x7f) to[i] = ' ';
  }
}

}  // namespace

std::string_view DateLine::now() {
  const std::time_t second = std::time(nullptr);
  if (second != second_) {
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc;
    gmtime_r(&second, &utc);
    // Not strftime: month and day names must not follow the locale.
    const auto written =
        fmt::format_to_n(text_, sizeof text_, "Date: {}, {:02} {} {:04} {:02}:{:02}:{:02} GMT\r\n", days[utc.tm_wday],
                         utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
    size_ = std::min(written.size, sizeof text_);
    second_ = second;
  }
  return {text_, size_};
}

bool append_reply_head(std::string& to, const HttpResponse& response, const ReplyFraming& framing, DateLine& date) {
  const std::string_view line = status_line(response.status);
  if (!line.empty()) {
    to.append(line);
  } else {
    to.append("HTTP/1.1 ");
    append_number(to, static_cast<uint64_t>(response.status));
    to.append(" \r\n");
  }
  to.append(date.now());
  const bool may_have_body = response.status != 204 && response.status != 304;
  if (may_have_body) {
    to.append("Content-Type: ");
    to.append(response.content_type);
    to.append("\r\n");
    if (!framing.stream) {
      to.append("Content-Length: ");
      append_number(to, response.body.size());
      to.append("\r\n");
    }
  }
  if (!framing.keep_alive) {
    to.append("Connection: close\r\n");
  } else if (framing.http_1_0) {
    to.append("Connection: keep-alive\r\n");
  }
  for (const auto& [name, value] : response.headers) {
    to.append(name);
    to.append(": ");
    append_header_value(to, value);
    to.append("\r\n");
  }
  to.append("\r\n");
  return may_have_body && !framing.head_method && !response.body.empty();
}

HttpResponse refusal_response(int status, std::string_view message) {
  HttpResponse response;
  response.status = status;
  response.body = "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"";
  response.body.append(message);
  response.body.append("\"}}");
  response.close = true;
  return response;
}

HttpResponse busy_response() {
  HttpResponse response;
  response.status = 503;
  response.body = R"({"error":{"type":"api_error","message":"The server is busy with large answers. Nothing was done; try again in a moment."}})";
  response.headers.emplace_back("Retry-After", "1");
  response.headers.emplace_back("Stripe-Should-Retry", "true");
  return response;
}

}  // namespace tollgate::http
