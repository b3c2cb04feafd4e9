#include "tollgate/base/ed25519.h"

#include <openssl/evp.h>

#include <memory>

#include "tollgate/base/assert.h"

namespace tollgate {
namespace {

struct Deleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter>;
using Context = std::unique_ptr<EVP_MD_CTX, Deleter>;

const uint8_t* bytes(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

Key private_key(std::string_view seed) {
  TOLLGATE_ASSERT(seed.size() == ed25519_seed_bytes);
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes(seed), seed.size()));
  TOLLGATE_ASSERT(key != nullptr);
  return key;
}

}  // namespace

Ed25519PublicKey ed25519_public_key(std::string_view seed) {
  const Key key = private_key(seed);
  Ed25519PublicKey made;
  std::size_t size = made.size();
  TOLLGATE_ASSERT(EVP_PKEY_get_raw_public_key(key.get(), made.data(), &size) == 1 && size == made.size());
  return made;
}

Ed25519Signature ed25519_sign(std::string_view seed, std::string_view message) {
  const Key key = private_key(seed);
  const Context context(EVP_MD_CTX_new());
  Ed25519Signature signature;
  std::size_t size = signature.size();
  TOLLGATE_ASSERT(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  TOLLGATE_ASSERT(EVP_DigestSign(context.get(), signature.data(), &size, bytes(message), message.size()) == 1);
  TOLLGATE_ASSERT(size == signature.size());
  return signature;
}

bool ed25519_verify(const Ed25519PublicKey& key, std::string_view message, std::string_view signature) {
  if (signature.size() != Ed25519Signature().size()) return false;
  const Key checker(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  const Context context(EVP_MD_CTX_new());
  if (checker == nullptr || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, checker.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message), message.size()) == 1;
}

}  // namespace tollgate
