// Randomness is an input too: ids and keys come from a Random, so that a simulation repeats from its seed.
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace tollgate {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<uint8_t> bytes) = 0;
  [[nodiscard]] uint32_t next_u32();
  [[nodiscard]] uint64_t next_u64();
  // Characters of base62, each uniform: 5.95 bits of entropy a character.
  [[nodiscard]] std::string base62(std::size_t length);
};

// The operating system's generator (OpenSSL's DRBG), buffered: one instance per thread.
class SystemRandom final : public Random {
 public:
  void fill(std::span<uint8_t> bytes) override;

 private:
  uint8_t buffer_[512];
  std::size_t used_ = sizeof buffer_;
};

// splitmix64: repeatable, not secret. Tests and simulation only.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void fill(std::span<uint8_t> bytes) override;

 private:
  uint64_t state_;
};

}  // namespace tollgate
