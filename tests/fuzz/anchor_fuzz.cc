// Whatever bytes a disk gives as an anchor's copy: refused, or read and written again as the same bytes.
#include "base/anchor_image.h"
#include "tollgate/base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto anchor = tollgate::parse_anchor_image(bytes);
  if (!anchor) return 0;
  const std::string again = tollgate::anchor_image(*anchor);
  const auto second = tollgate::parse_anchor_image(again);
  TOLLGATE_ASSERT(second && second->slots == anchor->slots && second->generation == anchor->generation);
  return 0;
}
