// A blocking HTTP/1.1 client for the command line's calls to the admin API: one request at a time, over a connection
// that is kept. Plain HTTP only: the admin listener is on loopback.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tollgate/base/status.h"

namespace tollgate {

struct HttpClientOptions {
  uint32_t connect_timeout_ms = 5'000;
  uint32_t request_timeout_ms = 30'000;  // from the first byte sent to the last received
  uint32_t header_bytes_max = 16 * 1024;
  uint64_t body_bytes_max = 16 * 1024 * 1024;
};

struct HttpReply {
  int status = 0;
  std::string content_type;
  std::string body;
};

class HttpClient {
 public:
  // "http://127.0.0.1:8081", or without the scheme. Connects with the first request.
  [[nodiscard]] static StatusOr<HttpClient> open(std::string_view address, HttpClientOptions options = {});
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  // `method` as on the wire ("GET"). A status of 400 and above is a reply like any other; an error is that there was
  // none, or not within the time. Nothing is sent twice.
  [[nodiscard]] StatusOr<HttpReply> send(std::string_view method, std::string_view target,
                                         const std::vector<std::pair<std::string, std::string>>& headers = {},
                                         std::string_view body = {});

 private:
  class Impl;
  explicit HttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate
