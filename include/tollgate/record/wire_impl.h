// The codec behind wire.h. Encoding goes through a scratch buffer of the thread, so that nested messages need neither a size
// pass nor temporaries: the length's first byte is left free and the body moved when it takes more. Decoding walks the fields
// in their declared order, which is the order that encoding writes, so that the usual message is decoded in one pass.
#pragma once
#include <cstring>
#include <limits>

#include "tollgate/record/field_types.h"
#include "tollgate/record/wire.h"

namespace tollgate::wire {

enum class WireType : uint8_t { varint = 0, fixed64 = 1, bytes = 2 };

inline constexpr std::size_t varint_bytes_max = 10;

inline std::size_t varint_size(uint64_t v) { return (static_cast<std::size_t>(63 - __builtin_clzll(v | 1)) * 9 + 73) / 64; }
inline char* put_varint(char* to, uint64_t v) {
  while (v >= 0x80) {
    *to++ = static_cast<char>(v | 0x80);
    v >>= 7;
  }
  *to++ = static_cast<char>(v);
  return to;
}
inline uint64_t zigzag(int64_t v) { return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63); }
inline int64_t unzigzag(uint64_t v) { return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1); }

// The number that stands on the wire for a value, and back.
template <Number T>
uint64_t to_wire(T value) {
  if constexpr (std::is_enum_v<T>) return to_wire(static_cast<std::underlying_type_t<T>>(value));
  else if constexpr (std::is_signed_v<T>) return zigzag(value);
  else return static_cast<uint64_t>(value);
}
template <Number T>
bool from_wire(uint64_t number, T& value) {
  if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> underlying;
    if (!from_wire(number, underlying)) return false;
    value = static_cast<T>(underlying);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (number > 1) return false;
    value = number == 1;
  } else if constexpr (std::is_signed_v<T>) {
    const int64_t wide = unzigzag(number);
    if (wide < std::numeric_limits<T>::min() || wide > std::numeric_limits<T>::max()) return false;
    value = static_cast<T>(wide);
  } else {
    if (number > std::numeric_limits<T>::max()) return false;
    value = static_cast<T>(number);
  }
  return true;
}

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

// ---- encoding ----

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

// ---- decoding ----

// The wire's zero of every field, which is not always the struct's default.
struct Clearer {
  template <class F>
  void operator()(int, const char*, F& field) {
    if constexpr (is_optional<F>) field.reset();
    else if constexpr (is_vector<F> || std::is_same_v<F, std::string>) field.clear();
    else if constexpr (HasFields<F>) F::fields(field, *this);
    else field = F{};
  }
};

// What is left of the bytes. A failed read says what was wrong; the field is named by whoever decodes it.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  [[nodiscard]] bool done() const { return at_ == end_; }
  bool varint(uint64_t& v) {
    if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) {
      v = static_cast<uint8_t>(*at_++);
      return true;
    }
    return long_varint(v);
  }
  bool fixed64(uint64_t& v) {
    if (end_ - at_ < 8) return fail("truncated");
    v = load_le64(at_);
    at_ += 8;
    return true;
  }
  bool bytes(std::string_view& v) {
    uint64_t length;
    if (!varint(length)) return false;
    if (length > static_cast<uint64_t>(end_ - at_)) return fail("truncated");
    v = {at_, static_cast<std::size_t>(length)};
    at_ += length;
    return true;
  }
  [[nodiscard]] const char* what() const { return what_; }

 private:
  bool long_varint(uint64_t& v);
  bool fail(const char* what) {
    what_ = what;
    return false;
  }
  const char* at_;
  const char* end_;
  const char* what_ = "";
};

struct DecodeError {
  std::string field;  // "method.card.last4"
  const char* what = "";
};

// One message. operator() is called for each field in turn, pass after pass, until the bytes are used up.
class Decoder {
 public:
  Decoder(std::string_view bytes, DecodeError& error) : in_(bytes), error_(error) {}

  template <HasFields T>
  bool decode(T& value) {
    if (!next_tag()) return false;
    T::fields(value, *this);
    first_pass_ = false;
    while (!failed_ && has_tag_) {
      taken_ = false;
      T::fields(value, *this);
      if (!taken_ && !failed_) return fail_unknown();
    }
    return !failed_;
  }

  template <class F>
  void operator()(int number, const char* name, F& field) {
    if (!has_tag_ || number != number_) {
      if (first_pass_) Clearer{}(number, name, field);
      return;
    }
    if (failed_) return;
    if (seen_ >> number & 1) {
      fail(name, "given twice");
      return;
    }
    seen_ |= uint64_t{1} << number;
    if constexpr (is_vector<F>) field.clear();
    do {
      if (!take(name, field) || !next_tag()) return;
    } while (is_repeated<F> && has_tag_ && number_ == number);
  }

 private:
  template <class F>
  static constexpr bool repeated_of(const std::vector<F>*) { return !Packed<F>; }
  static constexpr bool repeated_of(const void*) { return false; }
  // A field that may stand more than once, one behind the other.
  template <class F>
  static constexpr bool is_repeated = repeated_of(static_cast<const F*>(nullptr));

  bool next_tag();
  bool fail(const char* name, const char* what);
  bool fail_unknown();

  template <class F>
  bool take(const char* name, F& field) {
    taken_ = true;
    if constexpr (is_optional<F>) return take(name, field.emplace());
    else if constexpr (is_vector<F>) return take_vector(name, field);
    else if constexpr (Number<F>) return expect(name, WireType::varint) && take_number(name, field);
    else if constexpr (std::is_same_v<F, PartnerId>)
      return expect(name, WireType::fixed64) && (in_.fixed64(field.value) || fail(name, in_.what()));
    else return expect(name, WireType::bytes) && take_bytes(name, field);
  }
  bool expect(const char* name, WireType type) { return type_ == static_cast<int>(type) || fail(name, "wrong wire type"); }

  template <Number F>
  bool take_number(const char* name, F& field) {
    uint64_t number;
    if (!in_.varint(number)) return fail(name, in_.what());
    return from_wire(number, field) || fail(name, "out of range");
  }
  template <class F>
  bool take_bytes(const char* name, F& field) {
    std::string_view bytes;
    if (!in_.bytes(bytes)) return fail(name, in_.what());
    return assign(name, bytes, field);
  }
  template <class F>
  bool take_vector(const char* name, std::vector<F>& field) {
    if constexpr (!Packed<F>) {
      return take(name, field.emplace_back());
    } else {
      std::string_view bytes;
      if (!expect(name, WireType::bytes)) return false;
      if (!in_.bytes(bytes)) return fail(name, in_.what());
      Reader values(bytes);
      while (!values.done()) {
        uint64_t number;
        if constexpr (Number<F>) {
          if (!values.varint(number)) return fail(name, values.what());
          if (!from_wire(number, field.emplace_back())) return fail(name, "out of range");
        } else {
          if (!values.fixed64(number)) return fail(name, values.what());
          field.push_back(PartnerId{number});
        }
      }
      return true;
    }
  }

  bool assign(const char*, std::string_view bytes, std::string& field) {
    field.assign(bytes);
    return true;
  }
  bool assign(const char* name, std::string_view bytes, Currency& field);
  bool assign(const char* name, std::string_view bytes, MetadataEntry& field);
  template <ObjectOrChildId F>
  bool assign(const char* name, std::string_view bytes, F& field) {
    if (bytes.size() != (is_child_id<F> ? 14 : 12)) return fail(name, "an id of the wrong length");
    std::memcpy(field.core.bytes.data(), bytes.data(), 12);
    if constexpr (is_child_id<F>) field.ordinal = load_be16(bytes.data() + 12);
    return true;
  }
  template <HasFields F>
  bool assign(const char* name, std::string_view bytes, F& field) {
    Decoder nested(bytes, error_);
    return nested.decode(field) || fail_inside(name);
  }
  bool fail_inside(const char* name);

  Reader in_;
  DecodeError& error_;
  uint64_t seen_ = 0;  // field numbers of messages are below 64
  int number_ = 0;
  int type_ = 0;
  bool has_tag_ = false;
  bool first_pass_ = true;
  bool taken_ = false;
  bool failed_ = false;
};

[[nodiscard]] Status status_of(const DecodeError& error);

template <HasFields T>
Status decode(std::string_view bytes, T& value) {
  DecodeError error;
  if (Decoder(bytes, error).decode(value)) return absl::OkStatus();
  return status_of(error);
}

}  // namespace tollgate::wire
