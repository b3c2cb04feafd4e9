#include "tollgate/base/random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <cstring>

#include "tollgate/base/assert.h"
#include "tollgate/base/bytes.h"

namespace tollgate {

uint32_t Random::next_u32() {
  uint8_t bytes[4];
  fill(bytes);
  return load_le32(bytes);
}

uint64_t Random::next_u64() {
  uint8_t bytes[8];
  fill(bytes);
  return load_le64(bytes);
}

std::string Random::base62(std::size_t length) {
  std::string text;
  text.reserve(length);
  while (text.size() < length) {
    uint8_t byte;
    fill({&byte, 1});
    // 248 is the largest multiple of 62 in a byte: taking less than that keeps every character equally likely.
    if (byte < 248) text.push_back(base62_alphabet[byte % 62]);
  }
  return text;
}

void SystemRandom::fill(std::span<uint8_t> bytes) {
  if (bytes.size() > sizeof buffer_) {
    TOLLGATE_ASSERT(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
    return;
  }
  if (used_ + bytes.size() > sizeof buffer_) {
    TOLLGATE_ASSERT(RAND_bytes(buffer_, sizeof buffer_) == 1);
    used_ = 0;
  }
  std::memcpy(bytes.data(), buffer_ + used_, bytes.size());
  OPENSSL_cleanse(buffer_ + used_, bytes.size());
  used_ += bytes.size();
}

void SeededRandom::fill(std::span<uint8_t> bytes) {
  for (auto& byte : bytes) {
    state_ += 0x9e3779b97f4a7c15ULL;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    byte = static_cast<uint8_t>(z ^ (z >> 31));
  }
}

}  // namespace tollgate
