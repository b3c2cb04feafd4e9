// AES-256-GCM (NIST SP 800-38D) with random nonces, and keys that lie in locked memory and wipe themselves.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tollgate/base/id.h"
#include "tollgate/base/secret.h"
#include "vault/locked_memory.h"

namespace tollgate::vault {

class Key {
 public:
  static constexpr std::size_t size = locked_block_bytes;
  Key() : bytes_(take_locked_block()) {}
  explicit Key(std::string_view bytes);  // exactly `size` bytes
  Key(const Key& other) : Key(other.view()) {}
  Key(Key&& other) noexcept : bytes_(std::exchange(other.bytes_, nullptr)) {}
  Key& operator=(Key other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Key() { give_back_locked_block(bytes_); }

  [[nodiscard]] static Key random();
  [[nodiscard]] std::string_view view() const { return {bytes_, size}; }

 private:
  char* bytes_;
};

// Keys are used for one purpose each: HMAC-SHA-256 of the purpose under `parent`.
[[nodiscard]] Key subkey(const Key& parent, std::string_view purpose);
// One partner's and mode's. Random nonces allow 2^32 messages under one key, and no two partners share one.
[[nodiscard]] Key subkey(const Key& parent, PartnerId partner, Mode mode);

// Nonce, ciphertext, tag: clear.size() + sealed_overhead_bytes. `bound_to` is authenticated and must be given again to open it.
inline constexpr std::size_t sealed_overhead_bytes = 12 + 16;
[[nodiscard]] std::string seal_bytes(const Key& key, std::string_view bound_to, std::string_view clear);
// Nothing if the bytes, the key or what it was bound to are not the same.
[[nodiscard]] std::optional<Secret> open_bytes(const Key& key, std::string_view bound_to, std::string_view sealed);

}  // namespace tollgate::vault
