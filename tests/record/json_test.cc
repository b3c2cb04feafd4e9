#include "tollgate/record/json.h"

#include <nlohmann/json.hpp>

#include "record/samples.h"
#include "support/catch.h"

namespace tollgate {
namespace {

std::string quoted(std::string_view text) {
  std::string to;
  append_json_text(to, text);
  return to;
}

TEST_CASE("every record as JSON is JSON") {
  for (const auto& events : {samples::filled_events(), samples::empty_events()}) {
    for (const Event& event : events) {
      const std::string bytes = samples::record(event);
      const auto record = decode_record(bytes);
      REQUIRE(record.ok());
      std::string text;
      append_json(text, *record, hash_of_record(bytes));
      INFO(text);
      const auto json = nlohmann::json::parse(text, nullptr, false);
      REQUIRE(json.is_object());
      CHECK(json["sequence"] == 7);
      CHECK(json["type"] == name_of(event));
      CHECK(json["mode"] == "live");
      CHECK(json["time"] == "2025-06-15T15:06:40.123456Z");
    }
  }
}

TEST_CASE("people read names, ids as the API writes them, integers and hex") {
  PaymentCreated event;
  event.payment = PaymentId{samples::core(1)};
  event.amount = -1099;
  event.currency = *Currency::parse("USD");
  event.capture_method = CaptureMethod::manual;
  event.confirmation_method = static_cast<ConfirmationMethod>(60);
  event.details.metadata = {{"order \"1\"", "a\nb"}};
  event.details.sealed_personal = "\x01\xff";
  CHECK(to_json(event) == "{\"payment\":\"" + event.payment.text() +
                              R"(","amount":-1099,"currency":"usd","capture_method":"manual","confirmation_method":60,)"
                              R"("details":{"metadata":{"order \"1\"":"a\u000ab"},"sealed_personal":"01ff"}})");
}

TEST_CASE("text that is no UTF-8 is replaced") {
  CHECK(quoted("a\xff" "b") == "\"a\\ufffdb\"");
  CHECK(quoted("\xc3\xa5\xe2\x82\xac\xf0\x9f\x92\xb3") == "\"\xc3\xa5\xe2\x82\xac\xf0\x9f\x92\xb3\"");
  CHECK(quoted("\xed\xa0\x80") == "\"\\ufffd\\ufffd\\ufffd\"");  // a surrogate
  CHECK(quoted("\xc0\xaf") == "\"\\ufffd\\ufffd\"");              // overlong
  CHECK(quoted("\xe2\x82") == "\"\\ufffd\\ufffd\"");              // cut off
  CHECK(quoted(std::string_view("\0\x7f", 2)) == "\"\\u0000\\u007f\"");
}

TEST_CASE("times before 1970 and the extremes are written without surprise") {
  CHECK(time_text(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(time_text(-1) == "1969-12-31T23:59:59.999999Z");
  CHECK_FALSE(time_text(INT64_MAX).empty());
  CHECK_FALSE(time_text(INT64_MIN).empty());
}

}  // namespace
}  // namespace tollgate
