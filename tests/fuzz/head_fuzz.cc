// Whatever head a peer sends, at once or byte by byte: the same verdict, and never a body length that it did not name.
#include "http/request_head.h"
#include "tollgate/base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size == 0) return 0;  // nothing has arrived: nobody scans
  using namespace tollgate::http;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const HeadLimits limits{.header_bytes_max = 4096, .headers_max = 32, .uri_bytes_max = 1024};
  HeadScanner whole, pieces;
  const auto verdict = whole.scan(bytes, limits);
  auto piecewise = HeadScanner::Result::more;
  for (std::size_t i = 1; i <= size && piecewise == HeadScanner::Result::more; ++i) piecewise = pieces.scan(bytes.substr(0, i), limits);
  TOLLGATE_ASSERT(verdict == piecewise);
  if (verdict != HeadScanner::Result::complete) return 0;
  RequestHead head;
  static_cast<void>(parse_head(bytes.substr(0, whole.head_bytes()), limits, head));
  return 0;
}
