// The bytes of a response, written by hand into a buffer that its connection reuses.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tollgate/api/http_message.h"

namespace tollgate::http {

// "Date: ...\r\n", formatted once a second. One per io thread.
class DateLine {
 public:
  [[nodiscard]] std::string_view now();

 private:
  int64_t second_ = -1;
  char text_[40];
  std::size_t size_ = 0;
};

struct ReplyFraming {
  bool keep_alive;
  bool http_1_0;     // keep-alive must be said
  bool head_method;  // Content-Length of a body that does not follow
  bool stream = false;  // no Content-Length: the body ends with the connection
};

// Status line and headers up to the empty line. Returns whether a body follows.
bool append_reply_head(std::string& to, const HttpResponse& response, const ReplyFraming& framing, DateLine& date);

// What is refused before anybody looked at it, in the shape that SDKs know. `message` is static text without quotes.
[[nodiscard]] HttpResponse refusal_response(int status, std::string_view message);
// Of a request that may come again, also on this connection.
[[nodiscard]] HttpResponse busy_response();

}  // namespace tollgate::http
