#include "tollgate/base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstring>
#include <memory>

#include "tollgate/base/assert.h"

namespace tollgate {
namespace {

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

Digest hash(std::string_view first, std::string_view second, std::string_view third = {}) {
  thread_local const std::unique_ptr<EVP_MD_CTX, ContextDeleter> context(EVP_MD_CTX_new());
  Digest digest;
  TOLLGATE_ASSERT(EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1);
  TOLLGATE_ASSERT(EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1);
  if (!second.empty()) TOLLGATE_ASSERT(EVP_DigestUpdate(context.get(), second.data(), second.size()) == 1);
  if (!third.empty()) TOLLGATE_ASSERT(EVP_DigestUpdate(context.get(), third.data(), third.size()) == 1);
  TOLLGATE_ASSERT(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
  return digest;
}

}  // namespace

Digest sha256(std::string_view bytes) { return hash(bytes, {}); }
Digest sha256(std::string_view first, std::string_view second) { return hash(first, second); }

Digest hmac_sha256(std::string_view key, std::string_view message) {
  // RFC 2104 on the hash above: OpenSSL 3's own EVP_MAC costs three times as much for a message of this size.
  std::array<char, 64> block{};
  if (key.size() > block.size()) {
    const Digest shortened = sha256(key);
    std::memcpy(block.data(), shortened.data(), shortened.size());
  } else {
    std::memcpy(block.data(), key.data(), key.size());
  }
  for (char& c : block) c = static_cast<char>(c ^ 0x36);
  const Digest inner = hash({block.data(), block.size()}, message);
  for (char& c : block) c = static_cast<char>(c ^ (0x36 ^ 0x5c));
  const Digest outer = hash({block.data(), block.size()}, view(inner));
  OPENSSL_cleanse(block.data(), block.size());
  return outer;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace tollgate
