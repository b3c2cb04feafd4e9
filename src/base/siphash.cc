#include "tollgate/base/siphash.h"

#include <bit>

#include "tollgate/base/assert.h"
#include "tollgate/base/bytes.h"

namespace tollgate {
namespace {

struct State {
  uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void word(uint64_t m) {
    v3 ^= m;
    round();
    round();
    v0 ^= m;
  }
};

}  // namespace

uint64_t siphash(std::string_view key, std::string_view message) {
  TOLLGATE_ASSERT(key.size() >= 16);
  const uint64_t k0 = load_le64(key.data()), k1 = load_le64(key.data() + 8);
  State s{k0 ^ 0x736f6d6570736575ULL, k1 ^ 0x646f72616e646f6dULL, k0 ^ 0x6c7967656e657261ULL, k1 ^ 0x7465646279746573ULL};
  const std::size_t whole = message.size() / 8 * 8;
  for (std::size_t i = 0; i < whole; i += 8) s.word(load_le64(message.data() + i));
  uint64_t last = static_cast<uint64_t>(message.size()) << 56;
  for (std::size_t i = whole; i < message.size(); ++i) {
    last |= static_cast<uint64_t>(static_cast<uint8_t>(message[i])) << (8 * (i - whole));
  }
  s.word(last);
  s.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) s.round();
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

}  // namespace tollgate
