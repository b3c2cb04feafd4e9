#include "support/catch.h"
#include "tollgate/base/bytes.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/digest.h"
#include "tollgate/base/id.h"
#include "tollgate/base/random.h"
#include "tollgate/base/secret.h"
#include "tollgate/base/status.h"

using namespace tollgate;

TEST_CASE("base62 round-trips values up to 96 bits and keeps their order") {
  SeededRandom random(1);
  std::string previous;
  unsigned __int128 previous_value = 0;
  for (int i = 0; i < 1000; ++i) {
    const unsigned __int128 value = (static_cast<unsigned __int128>(random.next_u32()) << 64) | random.next_u64();
    std::string text;
    append_base62(text, value, 17);
    REQUIRE(text.size() == 17);
    REQUIRE(from_base62(text) == value);
    if (!previous.empty()) REQUIRE((previous < text) == (previous_value < value));
    previous = text;
    previous_value = value;
  }
  // Around what is divided at a time, and the largest there is.
  constexpr unsigned __int128 chunk = 839'299'365'868'340'224, max = ~static_cast<unsigned __int128>(0);
  for (const unsigned __int128 value : {chunk - 1, chunk, chunk * 62 - 1, (chunk << 5) - 1, static_cast<unsigned __int128>(1) << 64, max}) {
    std::string text;
    append_base62(text, value, 22);
    CHECK(text.size() == 22);
    CHECK(from_base62(text) == value);
  }
}

TEST_CASE("base62 refuses other characters, an empty text and what is over 128 bits") {
  CHECK_FALSE(from_base62(""));
  CHECK_FALSE(from_base62("abc-"));
  CHECK_FALSE(from_base62(std::string(23, 'z')));
  CHECK(from_base62("z") == 61);
}

TEST_CASE("hex round-trips and refuses odd lengths and other characters") {
  CHECK(to_hex(std::string("\x00\xff\x10", 3)) == "00ff10");
  CHECK(from_hex("00FF10") == std::string("\x00\xff\x10", 3));
  CHECK_FALSE(from_hex("0"));
  CHECK_FALSE(from_hex("0g"));
}

TEST_CASE("ids of one source sort in the order of their making, as bytes and as text") {
  SeededRandom random(7);
  IdSource ids(random);
  int64_t now_us = 1'700'000'000 * us_per_second;
  PaymentId previous{ids.next(now_us)};
  for (int i = 0; i < 100'000; ++i) {
    if (i % 1000 == 0) now_us += i % 3000 == 0 ? -5000 : 3000;  // the clock may be set back
    const PaymentId next{ids.next(now_us)};
    REQUIRE(previous < next);
    REQUIRE(previous.text() < next.text());
    previous = next;
  }
}

TEST_CASE("an id is read back from its text and no other kind's text is taken") {
  SeededRandom random(3);
  IdSource ids(random);
  const IdCore core = ids.next(1'700'000'000'123'456);
  CHECK(PaymentId::parse(PaymentId{core}.text()) == PaymentId{core});
  CHECK(core.created_us() == 1'700'000'000'123'000);
  CHECK_FALSE(PaymentId::parse(CustomerId{core}.text()));
  CHECK_FALSE(PaymentId::parse("pi_"));
  CHECK_FALSE(CustomerId::parse("cus_00000000000000000"));  // it would mean "none" inside
  CHECK_FALSE(PaymentId::parse(PaymentId{core}.text() + "0"));
  const ChargeId charge{core, 3843};
  CHECK(ChargeId::parse(charge.text()) == charge);
  CHECK(charge.text().substr(3, 17) == PaymentId{core}.text().substr(3));
  CHECK_FALSE(ChargeId::parse(RefundId{core, 1}.text()));
  const PartnerId partner{0xfedcba9876543210};
  CHECK(PartnerId::parse(partner.text()) == partner);
  CHECK_FALSE(PartnerId::parse("acct_zzzzzzzzzzz"));  // over 64 bits
  const EventId event{5, 123'456'789'012, 2};
  CHECK(EventId::parse(event.text()) == event);
  CHECK_FALSE(EventId::parse("evt_1"));
}

TEST_CASE("SHA-256 and HMAC-SHA-256 give the published test vectors") {
  CHECK(to_hex(view(sha256("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("ab", "c") == sha256("abc"));
  // RFC 4231, cases 2 and 6 (a key over one block).
  CHECK(to_hex(view(hmac_sha256("Jefe", "what do ya want for nothing?"))) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(to_hex(view(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"))) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("a secret that is moved from or wiped keeps nothing") {
  Secret secret(std::string("4242424242424242"));
  Secret other(std::move(secret));
  CHECK(secret.empty());
  CHECK(other.reveal() == "4242424242424242");
  other.wipe();
  CHECK(other.empty());
}

TEST_CASE("the system's random text is of base62 and never the same") {
  SystemRandom random;
  const std::string a = random.base62(32), b = random.base62(32);
  CHECK(a.size() == 32);
  CHECK(a != b);
  CHECK(from_base62(a.substr(0, 20)).has_value());
}

TEST_CASE("a status message is formatted and read back") {
  const Status status = invalid_argument("partition {} of {}", 7, std::string_view("log"));
  CHECK(message_of(status) == "partition 7 of log");
}
