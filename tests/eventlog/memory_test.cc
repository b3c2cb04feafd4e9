#include "tollgate/eventlog/memory.h"

#include "eventlog/backends.h"

namespace tollgate::testing {
namespace {

TEST_CASE("an append that was made to fail writes nothing and closes the log; the store can be opened again") {
  const auto store = make_memory_store();
  MemoryLogOptions options;
  options.before_append = [](uint64_t number) { return number == 2 ? unavailable("disk is gone") : absl::OkStatus(); };
  {
    const auto log = open_memory_log(store, options);
    REQUIRE(append_next(*log, 1, 2).ok());
    CHECK(message_of(append_next(*log, 1, 1)) == "disk is gone");
    CHECK(message_of(append_next(*log, 1, 1)) == "the log takes no more after a failed append (disk is gone)");
    CHECK(head_of(*log, 1).sequence == 2);
  }
  const auto log = open_memory_log(store);
  CHECK(head_of(*log, 1).sequence == 2);
  CHECK(append_next(*log, 1, 1).ok());
}

}  // namespace
}  // namespace tollgate::testing
