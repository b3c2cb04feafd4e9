// One test per way that a record's bytes can be wrong, beside what must work.
#include "tollgate/record/record.h"

#include "record/samples.h"
#include "support/catch.h"
#include "tollgate/record/wire.h"

namespace tollgate {
namespace {

using namespace std::string_literals;

std::string good() { return samples::record(samples::filled_events().front()); }

std::string error_of(std::string_view bytes) {
  const auto record = decode_record(bytes);
  if (record.ok()) return "";
  CHECK(record.status().code() == absl::StatusCode::kDataLoss);
  return std::string(message_of(record.status()));
}

// The same record with another payload, its length made to fit.
std::string with_payload(std::string_view payload) {
  std::string bytes = good().substr(0, record_header_bytes);
  store_le32(bytes.data() + 12, static_cast<uint32_t>(payload.size()));
  bytes.append(payload);
  return bytes;
}

TEST_CASE("every event comes back as it was written, full and empty") {
  for (const auto& events : {samples::filled_events(), samples::empty_events()}) {
    for (const Event& event : events) {
      for (const Cause& cause : {samples::cause(), Cause{}}) {
        INFO(name_of(event));
        std::string bytes;
        const auto hash = append_record(bytes, samples::header(), cause, event);
        REQUIRE(hash.ok());
        CHECK(*hash == hash_of_record(bytes));
        const auto record = decode_record(bytes);
        REQUIRE(record.ok());
        CHECK(record->cause == cause);
        CHECK(record->header.event_type == type_of(event));
        CHECK(record->header.event_type == type_of(record->event));
        std::string again;
        REQUIRE(append_record(again, record->header, record->cause, record->event).ok());
        CHECK(again == bytes);
      }
    }
  }
}

TEST_CASE("the header's fields stand where FORMAT.md says") {
  const std::string bytes = good();
  CHECK(bytes.substr(0, 4) == "TGR1");
  CHECK(load_le16(&bytes[4]) == 1);
  CHECK(bytes[6] == 1);
  CHECK(bytes[7] == 2);
  CHECK(load_le32(&bytes[8]) == 3);
  CHECK(load_le32(&bytes[12]) == bytes.size() - 80);
  CHECK(load_le64(&bytes[16]) == 9);
  CHECK(load_le64(&bytes[24]) == 7);
  CHECK(load_le64(&bytes[32]) == 1'750'000'000'123'456);
  CHECK(load_le64(&bytes[40]) == 0x1122334455667788);
  CHECK(to_hex(bytes.substr(48, 32)) == "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20");
  const auto header = decode_header(bytes);
  REQUIRE(header.ok());
  CHECK(header->sequence == 7);
  CHECK(header->mode == Mode::live);
  CHECK(header->prev_hash == samples::header().prev_hash);
}

TEST_CASE("the hash covers every byte") {
  const std::string bytes = good();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string other = bytes;
    other[i] = static_cast<char>(other[i] ^ 0x10);
    CHECK(hash_of_record(other) != hash_of_record(bytes));
  }
}

TEST_CASE("records stand one behind the other") {
  const auto events = samples::filled_events();
  std::string bytes = samples::record(events[0], 1) + samples::record(events[1], 2);
  const auto first = first_record(bytes);
  REQUIRE(first.ok());
  CHECK(*first == samples::record(events[0], 1));
  const auto second = first_record(std::string_view(bytes).substr(first->size()));
  REQUIRE(second.ok());
  CHECK(*second == samples::record(events[1], 2));
}

TEST_CASE("a record appended behind others leaves them alone") {
  std::string bytes = "before";
  const auto hash = append_record(bytes, samples::header(), {}, RequestRefused{});
  REQUIRE(hash.ok());
  CHECK(bytes.substr(0, 6) == "before");
  CHECK(hash_of_record(std::string_view(bytes).substr(6)) == *hash);
}

TEST_CASE("a record over the size bound is refused and appends nothing") {
  PaymentCreated event;
  event.details.description.assign(record_bytes_max - record_header_bytes - 100, 'x');
  std::string bytes;
  REQUIRE(append_record(bytes, samples::header(), {}, event).ok());
  const std::size_t overhead = bytes.size() - event.details.description.size();
  event.details.description.assign(record_bytes_max - overhead, 'x');
  bytes.clear();
  REQUIRE(append_record(bytes, samples::header(), {}, event).ok());
  CHECK(bytes.size() == record_bytes_max);
  CHECK(decode_record(bytes).ok());
  event.details.description += 'x';
  bytes.clear();
  CHECK(append_record(bytes, samples::header(), {}, event).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(bytes.empty());
}

TEST_CASE("wrong: no bytes, or fewer than a header") {
  CHECK(error_of("") == "a record header of 0 bytes: 80 are needed");
  CHECK(error_of(good().substr(0, 79)) == "a record header of 79 bytes: 80 are needed");
}
TEST_CASE("wrong: magic") {
  std::string bytes = good();
  bytes[0] = 'X';
  CHECK(error_of(bytes) == "not a record: wrong magic 0x31524758");
}
TEST_CASE("wrong: version") {
  std::string bytes = good();
  bytes[6] = 2;
  CHECK(error_of(bytes) == "record 7 of partition 3: unknown version 2");
  bytes[6] = 0;
  CHECK(error_of(bytes) == "record 7 of partition 3: unknown version 0");
}
TEST_CASE("wrong: mode") {
  std::string bytes = good();
  bytes[7] = 3;
  CHECK(error_of(bytes) == "record 7 of partition 3: unknown mode 3");
}
TEST_CASE("wrong: event type that no event has") {
  std::string bytes = good();
  for (const uint16_t type : {uint16_t{0}, uint16_t{99}, uint16_t{128}, uint16_t{65'535}}) {
    store_le16(&bytes[4], type);
    CHECK(error_of(bytes) == fmt::format("record 7 of partition 3: unknown event type {}", type));
  }
}
TEST_CASE("wrong: event type of another event") {
  std::string bytes = good();
  store_le16(&bytes[4], PaymentUpdated::event_type);
  CHECK(error_of(bytes) == "record 7 of partition 3: payload: a field that does not belong here");
}
TEST_CASE("wrong: length") {
  const std::string bytes = good();
  CHECK(error_of(bytes + "x").find("its header says") != std::string::npos);
  CHECK(error_of(bytes.substr(0, bytes.size() - 1)).find("its header says") != std::string::npos);
  CHECK_FALSE(first_record(bytes.substr(0, bytes.size() - 1)).ok());
  std::string longer = bytes;
  store_le32(&longer[12], record_bytes_max);
  CHECK(error_of(longer) == "record 7 of partition 3: a payload of 65535 bytes");
}
TEST_CASE("wrong: payload without an event") {
  CHECK(error_of(with_payload("")) == "record 7 of partition 3: payload: no event");
  CHECK(error_of(with_payload("\x0a\x00"s)) == "record 7 of partition 3: payload: no event");
}
TEST_CASE("wrong: payload with two events, two causes, or an unknown field") {
  const std::string event = "\x8a\x01\x00"s;  // field 17, empty
  CHECK(error_of(with_payload(event)).empty());
  const std::string misplaced = "record 7 of partition 3: payload: a field that does not belong here";
  CHECK(error_of(with_payload(event + event)) == misplaced);
  CHECK(error_of(with_payload("\x0a\x00\x0a\x00"s + event)) == misplaced);
  CHECK(error_of(with_payload("\x12\x00"s + event)) == misplaced);
  CHECK(error_of(with_payload("\x08\x00"s + event)) == misplaced);
}
TEST_CASE("wrong: payload that ends too early") {
  CHECK(error_of(with_payload("\x8a\x01\x05"s)) == "record 7 of partition 3: payload: truncated");
  CHECK(error_of(with_payload("\x8a"s)) == "record 7 of partition 3: payload: truncated");
}
TEST_CASE("wrong: a field of the event") {
  CHECK(error_of(with_payload("\x8a\x01\x03\x0a\x01x"s)) ==
        "record 7 of partition 3 (payment_created): field payment: an id of the wrong length");
}
TEST_CASE("wrong: any cut, any flipped bit never crashes, and a flip is never the same record") {
  const std::string bytes = good();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    CHECK_FALSE(decode_record(std::string_view(bytes).substr(0, i)).ok());
    for (int bit = 0; bit < 8; ++bit) {
      std::string other = bytes;
      other[i] = static_cast<char>(other[i] ^ (1 << bit));
      const auto record = decode_record(other);
      if (!record.ok()) continue;
      std::string again;
      REQUIRE(append_record(again, record->header, record->cause, record->event).ok());
      CHECK(again != bytes);
    }
  }
}

}  // namespace
}  // namespace tollgate
