#include <sys/wait.h>

#include <cstring>

#include "vault/cipher.h"
#include "vault/fixture.h"

namespace tollgate::test {
namespace {

// The flags of the mapping that an address is in: "lo" locked, "dd" not dumped, "dc" not copied on fork.
std::string flags_of(const void* address) {
  std::istringstream maps(VaultDirectory::read("/proc/self/smaps"));
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    unsigned long first = 0, last = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &first, &last) == 2) inside = wanted >= first && wanted < last;
    if (inside && line.starts_with("VmFlags:")) return line;
  }
  return {};
}

TEST_CASE("keys lie in memory that is locked, not dumped and not in a forked child") {
  const vault::Key key = vault::Key::random();
  const std::string flags = flags_of(key.view().data());
  INFO(flags);
  CHECK(flags.find(" dd") != std::string::npos);
  CHECK(flags.find(" dc") != std::string::npos);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // The sanitizers make mlock() do nothing.
  if (vault::memory_is_locked()) CHECK(flags.find(" lo") != std::string::npos);
  else WARN("RLIMIT_MEMLOCK is too small to see locked memory");
#endif
}

TEST_CASE("a key's bytes are wiped when it ends, and when another takes its place") {
  const char* bytes = nullptr;
  {
    const vault::Key key = vault::Key::random();
    bytes = key.view().data();
    CHECK(key.view() != std::string(32, '\0'));
  }
  // Given back, and not taken by anyone: the memory is still ours to read.
  CHECK(std::string_view(bytes, 32) == std::string(32, '\0'));
  vault::Key one = vault::Key::random();
  const std::string before(one.view());
  const char* const place = one.view().data();
  one = vault::Key::random();
  CHECK(one.view() != before);
  CHECK(std::string_view(place, 32) == std::string(32, '\0'));
}

TEST_CASE("two keys are never the same, and a copy is") {
  const vault::Key one = vault::Key::random(), another = vault::Key::random();
  CHECK(one.view() != another.view());
  const vault::Key copy = one;
  CHECK(copy.view() == one.view());
  CHECK(copy.view().data() != one.view().data());
}

}  // namespace
}  // namespace tollgate::test
