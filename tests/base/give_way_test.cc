#include "tollgate/base/give_way.h"

#include <sys/resource.h>

#include <thread>

#include "support/catch.h"

namespace tollgate {
namespace {

TEST_CASE("a background thread gives way, the others stay as they are") {
  const int before = ::getpriority(PRIO_PROCESS, 0);
  int background = 0, after_again = 0;
  std::thread([&] {
    become_background();
    background = ::getpriority(PRIO_PROCESS, 0);
    become_background();
    give_way();
    after_again = ::getpriority(PRIO_PROCESS, 0);
  }).join();
  CHECK(background > before);
  CHECK(after_again == background);
  CHECK(::getpriority(PRIO_PROCESS, 0) == before);
}

}  // namespace
}  // namespace tollgate
