// Encoding goes through a scratch buffer of the thread, so that nested messages need neither a size pass nor temporaries: the
// length's first byte is left free and the body moved when it takes more.
#pragma once
#include <cstring>
#include <string_view>

#include "tollgate/base/bytes.h"
#include "tollgate/record/wire_numbers.h"

namespace tollgate::wire {

// A growing buffer. Positions are offsets, because the buffer moves when it grows.
class Writer {
 public:
  Writer() = default;
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  // This thread's own, emptied.
  [[nodiscard]] static Writer& of_thread();

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::string_view view() const { return {data_, size_}; }
  void truncate(std::size_t size) { size_ = size; }
  // Room for `bytes` more; used() says how far it was filled.
  char* room(std::size_t bytes) {
    if (capacity_ - size_ < bytes) grow(bytes);
    return data_ + size_;
  }
  void used(const char* end) { size_ = static_cast<std::size_t>(end - data_); }
  void append(std::string_view bytes) {
    char* to = room(bytes.size());
    std::memcpy(to, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void tag(int number, WireType type) {
    used(put_varint(room(varint_bytes_max), static_cast<uint64_t>(number) << 3 | static_cast<uint64_t>(type)));
  }
  void varint(uint64_t v) { used(put_varint(room(varint_bytes_max), v)); }
  // Begins what has a length in front; end_message() fills the length in.
  [[nodiscard]] std::size_t begin_message() {
    used(room(1) + 1);
    return size_;
  }
  void end_message(std::size_t body) {
    const std::size_t length = size_ - body;
    if (const std::size_t length_bytes = varint_size(length); length_bytes > 1) {
      room(length_bytes - 1);
      std::memmove(data_ + body + length_bytes - 1, data_ + body, length);
      size_ += length_bytes - 1;
    }
    put_varint(data_ + body - 1, length);
  }

 private:
  void grow(std::size_t bytes);
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

class Encoder {
 public:
  explicit Encoder(Writer& to) : to_(to) {}

  template <class F>
  void operator()(int number, const char*, const F& field) {
    if constexpr (is_optional<F>) {
      if (field) put(number, *field);
    } else if constexpr (is_vector<F>) {
      put_all(number, field);
    } else if constexpr (HasFields<F>) {
      const std::size_t start = to_.size();
      if (put(number, field) == 0) to_.truncate(start);
    } else if constexpr (std::is_same_v<F, std::string>) {
      if (!field.empty()) put(number, field);
    } else {
      if (field != F{}) put(number, field);
    }
  }

 private:
  template <Number F>
  void put(int number, F value) {
    char* to = to_.room(2 * varint_bytes_max);
    to = put_varint(to, static_cast<uint64_t>(number) << 3 | static_cast<uint64_t>(WireType::varint));
    to_.used(put_varint(to, to_wire(value)));
  }
  void put(int number, const std::string& value) { put_bytes(number, value); }
  void put(int number, PartnerId value) {
    to_.tag(number, WireType::fixed64);
    put_fixed64(value.value);
  }
  void put(int number, Currency value) {
    const uint32_t packed = value.packed();
    const char letters[3] = {static_cast<char>(packed >> 16), static_cast<char>(packed >> 8), static_cast<char>(packed)};
    put_bytes(number, value.empty() ? std::string_view() : std::string_view(letters, sizeof letters));
  }
  template <ObjectOrChildId F>
  void put(int number, const F& id) {
    to_.tag(number, WireType::bytes);
    char* to = to_.room(16);
    *to++ = is_child_id<F> ? 14 : 12;
    std::memcpy(to, id.core.bytes.data(), 12);
    to += 12;
    if constexpr (is_child_id<F>) {
      *to++ = static_cast<char>(id.ordinal >> 8);
      *to++ = static_cast<char>(id.ordinal);
    }
    to_.used(to);
  }
  void put(int number, const MetadataEntry& entry) {
    to_.tag(number, WireType::bytes);
    const std::size_t body = to_.begin_message();
    if (!entry.first.empty()) put_bytes(1, entry.first);
    if (!entry.second.empty()) put_bytes(2, entry.second);
    to_.end_message(body);
  }
  // Gives the length of the body.
  template <HasFields F>
  std::size_t put(int number, const F& value) {
    to_.tag(number, WireType::bytes);
    const std::size_t body = to_.begin_message();
    F::fields(value, *this);
    const std::size_t length = to_.size() - body;
    to_.end_message(body);
    return length;
  }

  template <class F>
  void put_all(int number, const std::vector<F>& values) {
    if constexpr (Packed<F>) {
      if (values.empty()) return;
      to_.tag(number, WireType::bytes);
      const std::size_t body = to_.begin_message();
      for (const F& value : values) {
        if constexpr (Number<F>) to_.varint(to_wire(value));
        else put_fixed64(value.value);
      }
      to_.end_message(body);
    } else {
      for (const F& value : values) put(number, value);
    }
  }
  void put_bytes(int number, std::string_view bytes) {
    char* to = to_.room(2 * varint_bytes_max + bytes.size());
    to = put_varint(to, static_cast<uint64_t>(number) << 3 | static_cast<uint64_t>(WireType::bytes));
    to = put_varint(to, bytes.size());
    std::memcpy(to, bytes.data(), bytes.size());
    to_.used(to + bytes.size());
  }
  void put_fixed64(uint64_t value) {
    char* to = to_.room(8);
    store_le64(to, value);
    to_.used(to + 8);
  }

  Writer& to_;
};

template <HasFields T>
void encode(Writer& to, const T& value) {
  Encoder encoder(to);
  T::fields(value, encoder);
}
template <HasFields T>
void encode(std::string& to, const T& value) {
  Writer& scratch = Writer::of_thread();
  encode(scratch, value);
  to.append(scratch.view());
}

}  // namespace tollgate::wire
