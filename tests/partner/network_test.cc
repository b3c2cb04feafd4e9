#include "support/catch.h"
#include "tollgate/partner/network.h"

namespace tollgate {

TEST_CASE("a network is written in one way") {
  const std::pair<const char*, const char*> texts[] = {{"10.0.0.0/8", "10.0.0.0/8"},     {"203.0.113.7", "203.0.113.7"},
                                                       {"203.0.113.7/32", "203.0.113.7"}, {"0.0.0.0/0", "0.0.0.0/0"},
                                                       {"2001:DB8:0:0::/32", "2001:db8::/32"}, {"::1", "::1"},
                                                       {"::/0", "::/0"},                 {"::ffff:10.0.0.0/104", "10.0.0.0/8"}};
  for (const auto& [text, shown] : texts) {
    INFO(text);
    const auto network = Network::parse(text);
    REQUIRE(network);
    CHECK(network->text() == shown);
  }
}

TEST_CASE("what is no network is refused, and so is one with bits behind its prefix") {
  for (const char* text : {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/8x", "10.0.0.0/-1", "10.0.0.0/ 8", "10.0.0", "10.0.0.256", "example.com",
                           "10.0.0.1/8", "2001:db8::1/32", "::/129", "fe80::1%eth0", "10.0.0.0/8/8",
                           "0000000000000000000000000000000000000000000000000000000000000000000000"}) {
    INFO(text);
    CHECK_FALSE(Network::parse(text));
  }
}

TEST_CASE("an address is in a network or it is not") {
  const std::vector<std::string> networks{"10.0.0.0/8", "203.0.113.4/30", "192.0.2.9", "2001:db8::/33"};
  for (const char* inside : {"10.0.0.0", "10.255.255.255", "203.0.113.4", "203.0.113.7", "192.0.2.9", "2001:db8:7fff::1", "::ffff:10.1.2.3"}) {
    INFO(inside);
    CHECK(may_come_from(networks, inside));
  }
  for (const char* outside : {"11.0.0.0", "9.255.255.255", "203.0.113.3", "203.0.113.8", "192.0.2.8", "2001:db8:8000::1", "::1", "", "10.0.0.1.1", "x"}) {
    INFO(outside);
    CHECK_FALSE(may_come_from(networks, outside));
  }
  CHECK(may_come_from({}, "198.51.100.1"));
  CHECK(may_come_from({}, ""));
  CHECK(may_come_from({"0.0.0.0/0"}, "198.51.100.1"));
  CHECK_FALSE(may_come_from({"0.0.0.0/0"}, "2001:db8::1"));
  CHECK(may_come_from({"::/0"}, "198.51.100.1"));
}

}  // namespace tollgate
