// Whatever bytes a disk gives: decoded or refused. What is decoded is written again as the same bytes.
#include "tollgate/base/assert.h"
#include "tollgate/record/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto record = tollgate::decode_record(bytes);
  if (!record.ok()) return 0;
  std::string again;
  // Bytes in another field order are read as well, so only a second round must be equal.
  if (!tollgate::append_record(again, record->header, record->cause, record->event).ok()) return 0;
  const auto second = tollgate::decode_record(again);
  TOLLGATE_ASSERT(second.ok());
  std::string third;
  TOLLGATE_ASSERT(tollgate::append_record(third, second->header, second->cause, second->event).ok());
  TOLLGATE_ASSERT(third == again);
  return 0;
}
