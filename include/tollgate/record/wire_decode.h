// Decoding walks the fields in their declared order, which is the order that encoding writes, so that the usual message is decoded in
// one pass.
#pragma once
#include <cstring>
#include <string>
#include <string_view>

#include "tollgate/base/bytes.h"
#include "tollgate/base/status.h"
#include "tollgate/record/wire_numbers.h"

namespace tollgate::wire {

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
    if constexpr (is_child_id<F>) {
      field.ordinal = load_be16(bytes.data() + 12);
      // As text an ordinal has two digits: a larger one is no id that anybody could name.
      if (field.ordinal > F::ordinal_max) return fail(name, "an id with an ordinal that none has");
    }
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
