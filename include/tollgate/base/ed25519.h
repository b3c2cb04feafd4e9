// Ed25519 signatures (RFC 8032).
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate {

inline constexpr std::size_t ed25519_seed_bytes = 32;
using Ed25519PublicKey = std::array<uint8_t, 32>;
using Ed25519Signature = std::array<uint8_t, 64>;

// `seed` is the private key: 32 random bytes.
[[nodiscard]] Ed25519PublicKey ed25519_public_key(std::string_view seed);
[[nodiscard]] Ed25519Signature ed25519_sign(std::string_view seed, std::string_view message);
// False also for a key that is no point of the curve and a signature of another length.
[[nodiscard]] bool ed25519_verify(const Ed25519PublicKey& key, std::string_view message, std::string_view signature);

}  // namespace tollgate
