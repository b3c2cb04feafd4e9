#include "tollgate/record/wire.h"

#include <cstdlib>

#include "tollgate/base/assert.h"

namespace tollgate::wire {

namespace {
// A thread that once wrote something huge gives the memory back.
constexpr std::size_t scratch_bytes_kept_max = 1 << 20;
}  // namespace

Writer::~Writer() { std::free(data_); }

Writer& Writer::of_thread() {
  thread_local Writer scratch;
  scratch.size_ = 0;
  if (scratch.capacity_ > scratch_bytes_kept_max) {
    std::free(scratch.data_);
    scratch.data_ = nullptr;
    scratch.capacity_ = 0;
  }
  return scratch;
}

void Writer::grow(std::size_t bytes) {
  std::size_t capacity = capacity_ == 0 ? 4096 : capacity_ * 2;
  while (capacity - size_ < bytes) capacity *= 2;
  data_ = static_cast<char*>(std::realloc(data_, capacity));
  TOLLGATE_ASSERT(data_ != nullptr);
  capacity_ = capacity;
}

bool Reader::long_varint(uint64_t& v) {
  v = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at_ == end_) return fail("truncated");
    const uint64_t byte = static_cast<uint8_t>(*at_++);
    if (shift == 63 && byte > 1) return fail("a number of more than 64 bits");
    v |= (byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return fail("a number of more than 64 bits");
}

bool Decoder::next_tag() {
  has_tag_ = !in_.done();
  if (!has_tag_) return true;
  uint64_t tag;
  if (!in_.varint(tag)) return fail("", in_.what());
  if (tag >> 3 > static_cast<uint64_t>(std::numeric_limits<int>::max())) return fail("", "a field number out of range");
  number_ = static_cast<int>(tag >> 3);
  type_ = static_cast<int>(tag & 7);
  return true;
}

bool Decoder::fail(const char* name, const char* what) {
  failed_ = true;
  has_tag_ = false;
  error_.field = name;
  error_.what = what;
  return false;
}

bool Decoder::fail_unknown() {
  const std::string name = fmt::format("#{}", number_);
  return fail(name.c_str(), "unknown field");
}

bool Decoder::fail_inside(const char* name) {
  failed_ = true;
  has_tag_ = false;
  error_.field = error_.field.empty() ? std::string(name) : fmt::format("{}.{}", name, error_.field);
  return false;
}

bool Decoder::assign(const char* name, std::string_view bytes, Currency& field) {
  if (bytes.empty()) {
    field = Currency{};
    return true;
  }
  if (bytes.size() != 3) return fail(name, "a currency of the wrong length");
  const auto letter = [&](std::size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])); };
  const auto currency = Currency::from_packed(letter(0) << 16 | letter(1) << 8 | letter(2));
  if (!currency) return fail(name, "an unknown currency");
  field = *currency;
  return true;
}

namespace {
// A metadata entry's fields under the names that errors give them.
struct EntryFields {
  std::string key, value;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "key", self.key);
    v(2, "value", self.value);
  }
};
}  // namespace

bool Decoder::assign(const char* name, std::string_view bytes, MetadataEntry& field) {
  EntryFields entry;
  Decoder nested(bytes, error_);
  if (!nested.decode(entry)) return fail_inside(name);
  field.first = std::move(entry.key);
  field.second = std::move(entry.value);
  return true;
}

Status status_of(const DecodeError& error) {
  if (error.field.empty()) return data_loss("{}", error.what);
  return data_loss("field {}: {}", error.field, error.what);
}

}  // namespace tollgate::wire
