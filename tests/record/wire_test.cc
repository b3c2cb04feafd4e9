#include "tollgate/record/wire.h"

#include "record/samples.h"
#include "support/catch.h"
#include "tollgate/record/event.h"

namespace tollgate {
namespace {

enum class Colour : uint8_t { none = 0, red, green };

struct Inner {
  uint32_t number = 0;
  std::string text = "not empty by default";
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "number", self.number);
    v(2, "text", self.text);
  }
  bool operator==(const Inner&) const = default;
};
struct Outer {
  bool flag = true;  // a default that is not the wire's zero
  int64_t amount = 5;
  uint8_t small = 0;
  Colour colour = Colour::red;
  Inner inner;
  std::optional<Inner> maybe;
  std::vector<Inner> list;
  std::vector<uint64_t> numbers;
  Currency currency;
  PaymentId payment;
  PaymentMethodId method;
  PartnerId partner;
  Metadata metadata;
  std::optional<int64_t> maybe_amount;
  std::vector<int32_t> signed_numbers;
  std::vector<Currency> currencies;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "flag", self.flag);
    v(2, "amount", self.amount);
    v(3, "small", self.small);
    v(4, "colour", self.colour);
    v(5, "inner", self.inner);
    v(6, "maybe", self.maybe);
    v(7, "list", self.list);
    v(8, "numbers", self.numbers);
    v(9, "currency", self.currency);
    v(10, "payment", self.payment);
    v(11, "method", self.method);
    v(12, "partner", self.partner);
    v(13, "metadata", self.metadata);
    v(14, "maybe_amount", self.maybe_amount);
    v(15, "signed_numbers", self.signed_numbers);
    v(16, "currencies", self.currencies);
  }
  bool operator==(const Outer&) const = default;
};

Outer zeros() {
  Outer outer;
  outer.flag = false;
  outer.amount = 0;
  outer.colour = Colour::none;
  outer.inner.text.clear();
  return outer;
}

std::string encoded(const Outer& outer) { return wire::encode(outer); }

std::string error_of(std::string_view bytes) {
  Outer outer;
  const Status status = wire::decode(bytes, outer);
  if (status.ok()) return "";
  CHECK(status.code() == absl::StatusCode::kDataLoss);
  return std::string(message_of(status));
}

using namespace std::string_literals;

TEST_CASE("what is zero takes no bytes and is zero again when it is read, whatever the struct's default") {
  CHECK(encoded(zeros()).empty());
  Outer read;
  read.list.resize(3);
  read.maybe.emplace();
  REQUIRE(wire::decode("", read).ok());
  CHECK(read == zeros());
}

TEST_CASE("the bytes are those of protobuf") {
  Outer outer = zeros();
  outer.flag = true;
  outer.amount = -1;
  outer.small = 200;
  outer.colour = Colour::green;
  outer.inner.number = 1;
  CHECK(to_hex(encoded(outer)) == "0801" "1001" "18c801" "2002" "2a020801");
  outer = zeros();
  outer.currency = *Currency::parse("usd");
  outer.partner = PartnerId{1};
  outer.numbers = {1, 300};
  outer.metadata = {{"k", "v"}, {"", ""}};
  CHECK(to_hex(encoded(outer)) == "42" "03" "01ac02" "4a03555344" "610100000000000000" "6a06" "0a016b120176" "6a00");
}

TEST_CASE("every field comes back as it was written") {
  const Outer outer = samples::Filler::whole<Outer>();
  Outer read;
  REQUIRE(wire::decode(encoded(outer), read).ok());
  CHECK(read == outer);
}

TEST_CASE("numbers keep their extremes") {
  for (const int64_t amount : {INT64_MIN, INT64_MAX, int64_t{-1}, int64_t{0}, int64_t{63}, int64_t{-64}, int64_t{64}}) {
    Outer outer = zeros();
    outer.amount = amount;
    outer.maybe_amount = amount;
    outer.numbers = {UINT64_MAX, 0};
    outer.signed_numbers = {INT32_MIN, INT32_MAX, 0};
    Outer read;
    REQUIRE(wire::decode(encoded(outer), read).ok());
    CHECK(read == outer);
  }
}

TEST_CASE("an optional that is there but empty stays there") {
  Outer outer = zeros();
  outer.maybe = Inner{0, ""};
  outer.maybe_amount = 0;
  outer.list.resize(2, Inner{0, ""});
  CHECK(to_hex(encoded(outer)) == "3200" "3a00" "3a00" "7000");
  Outer read;
  REQUIRE(wire::decode(encoded(outer), read).ok());
  CHECK(read == outer);
}

TEST_CASE("a nested message of any length carries its length") {
  for (const std::size_t bytes : {1u, 120u, 123u, 124u, 125u, 126u, 127u, 128u, 5'000u, 16'380u, 16'384u, 100'000u, 2'100'000u}) {
    Outer outer = zeros();
    outer.inner.text.assign(bytes, 'x');
    outer.list.resize(2, Inner{1, std::string(bytes, 'y')});
    outer.amount = 77;
    Outer read;
    REQUIRE(wire::decode(encoded(outer), read).ok());
    CHECK(read == outer);
  }
}

TEST_CASE("fields may stand in any order") {
  Outer read;
  REQUIRE(wire::decode("\x20\x02\x18\x05\x08\x01"s, read).ok());
  CHECK(read.flag);
  CHECK(read.small == 5);
  CHECK(read.colour == Colour::green);
  CHECK(read.amount == 0);
}

TEST_CASE("a payment row survives the way there and back") {
  const Payment payment = samples::Filler::whole<Payment>();
  Payment read;
  REQUIRE(wire::decode(wire::encode(payment), read).ok());
  CHECK(read == payment);
}

TEST_CASE("every cut of a message is refused or is a message of fewer fields") {
  const std::string bytes = encoded(samples::Filler::whole<Outer>());
  std::size_t refused = 0;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    Outer read;
    if (!wire::decode(std::string_view(bytes).substr(0, length), read).ok()) {
      ++refused;
      continue;
    }
    // A prefix that is whole fields: it must encode to itself.
    CHECK(encoded(read) == bytes.substr(0, length));
  }
  CHECK(refused > bytes.size() / 2);
}

TEST_CASE("bytes that are no message are refused with the field's name") {
  CHECK(error_of("\x18\x80\x02"s) == "field small: out of range");
  CHECK(error_of("\x08\x02"s) == "field flag: out of range");
  CHECK(error_of("\x20\x80\x02"s) == "field colour: out of range");
  CHECK(error_of("\x0a\x00"s) == "field flag: wrong wire type");
  CHECK(error_of("\x0d\x00\x00\x00\x00"s) == "field flag: wrong wire type");
  CHECK(error_of("\x2a\x05\x08"s) == "field inner: truncated");
  CHECK(error_of("\x2a\x01\x08"s) == "field inner.number: truncated");
  CHECK(error_of("\x2a\x06\x08\xff\xff\xff\xff\x1f"s) == "field inner.number: out of range");
  CHECK(error_of("\x2a\x02\x18\x01"s) == "field inner.#3: unknown field");
  CHECK(error_of("\x10\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02"s) == "field amount: a number of more than 64 bits");
  CHECK(error_of("\x10\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"s) == "field amount: a number of more than 64 bits");
  CHECK(error_of("\x10\x80"s) == "field amount: truncated");
  CHECK(error_of("\x80"s) == "truncated");
  CHECK(error_of("\xb8\x01\x01"s) == "field #23: unknown field");
  CHECK(error_of("\x00\x01"s) == "field #0: unknown field");
  CHECK(error_of("\x4a\x02US"s) == "field currency: a currency of the wrong length");
  CHECK(error_of("\x4a\x03QQQ"s) == "field currency: an unknown currency");
  CHECK(error_of("\x4a\x03usd"s) == "field currency: an unknown currency");
  CHECK(error_of("\x52\x03"s + "abc") == "field payment: an id of the wrong length");
  CHECK(error_of("\x5a\x0c"s + "abcdefghijkl") == "field method: an id of the wrong length");
  CHECK(error_of("\x5a\x0e"s + "abcdefghijkl\x0f\x03") == "");
  CHECK(error_of("\x5a\x0e"s + "abcdefghijkl\x0f\x04") == "field method: an id with an ordinal that none has");
  CHECK(error_of("\x5a\x0e"s + "abcdefghijkl\xff\xff") == "field method: an id with an ordinal that none has");
  CHECK(error_of("\x61\x01\x02"s) == "field partner: truncated");
  CHECK(error_of("\x6a\x02\x18\x01"s) == "field metadata.#3: unknown field");
  CHECK(error_of("\x42\x02\x01\x80"s) == "field numbers: truncated");
  CHECK(error_of("\x08\x01\x08\x01"s) == "field flag: given twice");
  CHECK(error_of("\x08\x01\x10\x02\x08\x01"s) == "field flag: given twice");
  CHECK(error_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01"s) == "a field number out of range");
}

}  // namespace
}  // namespace tollgate
