#include "cli/terminal_keys.h"

#include "support/catch.h"

namespace tollgate::cli {

TEST_CASE("Keys are read from what a terminal sends") {
  KeyReader keys;
  CHECK(keys.take("q") == std::vector{Key::quit});
  CHECK(keys.take("p \tjk") == std::vector{Key::pause, Key::pause, Key::next, Key::down, Key::up});
  CHECK(keys.take("\x1b[A\x1b[B\x1bOA\x1b[Z\x1b[5~\x1b[6~") ==
        std::vector{Key::up, Key::down, Key::up, Key::previous, Key::page_up, Key::page_down});
}

TEST_CASE("Keys that mean nothing are passed over, also those that are sequences") {
  KeyReader keys;
  CHECK(keys.take("xyz\r\n\x01").empty());
  CHECK(keys.take("\x1b[1;5C\x1b[3~\x1bOP").empty());
  CHECK(keys.take("\xc3\xa9q") == std::vector{Key::quit});
  // The q within a sequence is no key.
  CHECK(keys.take("\x1b[1q").empty());
}

TEST_CASE("A sequence that comes in pieces is one key") {
  KeyReader keys;
  CHECK(keys.take("\x1b").empty());
  CHECK(keys.take("[").empty());
  CHECK(keys.take("A") == std::vector{Key::up});
}

TEST_CASE("Escape and then a key is that key, and a sequence without an end does not swallow all that follows") {
  KeyReader keys;
  CHECK(keys.take("\x1bq") == std::vector{Key::quit});
  KeyReader endless;
  CHECK(endless.take("\x1b[" + std::string(40, '1')).empty());
  CHECK(endless.take("q") == std::vector{Key::quit});
}

}  // namespace tollgate::cli
