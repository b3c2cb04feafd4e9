// The head of a request: found in the bytes as they arrive, then parsed in one go. Beast's parser reads the grammar;
// what it lets through and two servers in a row could read differently is refused here.
#pragma once
#include <cstdint>
#include <string_view>

#include "tollgate/api/http_message.h"

namespace tollgate::http {

struct HeadLimits {
  uint32_t header_bytes_max;
  uint32_t headers_max;
  uint32_t uri_bytes_max;
};

// status 0: none.
struct HeadError {
  int status = 0;
  std::string_view message;  // of static text
};

// Looks at every byte once, however the head arrives.
class HeadScanner {
 public:
  enum class Result : uint8_t { more, complete, refused };
  // `bytes` starts at the request's first byte and has grown since the last call.
  [[nodiscard]] Result scan(std::string_view bytes, const HeadLimits& limits);
  [[nodiscard]] uint32_t head_bytes() const { return line_start_; }
  [[nodiscard]] const HeadError& error() const { return error_; }

 private:
  Result refuse(int status, std::string_view message);

  uint32_t scanned_ = 0;
  uint32_t line_start_ = 0;
  uint32_t lines_ = 0;
  HeadError error_;
};

struct RequestHead {
  HttpRequest request;  // views into the head; body and peer are not set
  uint64_t content_length = 0;
  bool keep_alive = true;
  bool http_1_0 = false;
  bool head_method = false;  // the response has no body
  bool expects_continue = false;
};

// `head` ends with the empty line.
[[nodiscard]] HeadError parse_head(std::string_view head, const HeadLimits& limits, RequestHead& to);

}  // namespace tollgate::http
