#include "vault/cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>
#include <memory>

#include "tollgate/base/assert.h"
#include "tollgate/base/bytes.h"
#include "tollgate/base/digest.h"
#include "tollgate/base/random.h"

namespace tollgate::vault {
namespace {

constexpr int nonce_bytes = 12;
constexpr int tag_bytes = 16;

struct ContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

const EVP_CIPHER* algorithm() {
  static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return fetched;
}

// One a thread: making one costs as much as sealing a card. Its key schedule is overwritten by the next use.
EVP_CIPHER_CTX* context() {
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, ContextDeleter> kept(EVP_CIPHER_CTX_new());
  return kept.get();
}

const uint8_t* in(const char* bytes) { return reinterpret_cast<const uint8_t*>(bytes); }
uint8_t* out(char* bytes) { return reinterpret_cast<uint8_t*>(bytes); }

}  // namespace

Key::Key(std::string_view bytes) : Key() {
  TOLLGATE_ASSERT(bytes.size() == size);
  std::memcpy(bytes_, bytes.data(), size);
}

Key Key::random() {
  Key key;
  // Not from a SystemRandom, whose buffer would keep a copy.
  TOLLGATE_ASSERT(RAND_priv_bytes(out(key.bytes_), static_cast<int>(size)) == 1);
  return key;
}

Key subkey(const Key& parent, std::string_view purpose) {
  Digest digest = hmac_sha256(parent.view(), purpose);
  Key key(view(digest));
  OPENSSL_cleanse(digest.data(), digest.size());
  return key;
}

Key subkey(const Key& parent, PartnerId partner, Mode mode) {
  char purpose[9];
  store_le64(purpose, partner.value);
  purpose[8] = static_cast<char>(mode);
  return subkey(parent, {purpose, sizeof purpose});
}

std::string seal_bytes(const Key& key, std::string_view bound_to, std::string_view clear) {
  thread_local SystemRandom random;
  std::string sealed(clear.size() + sealed_overhead_bytes, '\0');
  random.fill({out(sealed.data()), nonce_bytes});
  EVP_CIPHER_CTX* const c = context();
  int length = 0;
  TOLLGATE_ASSERT(EVP_EncryptInit_ex2(c, algorithm(), in(key.view().data()), in(sealed.data()), nullptr) == 1);
  TOLLGATE_ASSERT(EVP_EncryptUpdate(c, nullptr, &length, in(bound_to.data()), static_cast<int>(bound_to.size())) == 1);
  char* const ciphertext = sealed.data() + nonce_bytes;
  TOLLGATE_ASSERT(EVP_EncryptUpdate(c, out(ciphertext), &length, in(clear.data()), static_cast<int>(clear.size())) == 1);
  TOLLGATE_ASSERT(EVP_EncryptFinal_ex(c, out(ciphertext) + length, &length) == 1);
  TOLLGATE_ASSERT(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, tag_bytes, ciphertext + clear.size()) == 1);
  return sealed;
}

std::optional<Secret> open_bytes(const Key& key, std::string_view bound_to, std::string_view sealed) {
  if (sealed.size() < sealed_overhead_bytes) return std::nullopt;
  const std::size_t clear_bytes = sealed.size() - sealed_overhead_bytes;
  const char* const ciphertext = sealed.data() + nonce_bytes;
  char tag[tag_bytes];
  std::memcpy(tag, ciphertext + clear_bytes, tag_bytes);
  std::string clear(clear_bytes, '\0');
  EVP_CIPHER_CTX* const c = context();
  int length = 0;
  TOLLGATE_ASSERT(EVP_DecryptInit_ex2(c, algorithm(), in(key.view().data()), in(sealed.data()), nullptr) == 1);
  TOLLGATE_ASSERT(EVP_DecryptUpdate(c, nullptr, &length, in(bound_to.data()), static_cast<int>(bound_to.size())) == 1);
  TOLLGATE_ASSERT(EVP_DecryptUpdate(c, out(clear.data()), &length, in(ciphertext), static_cast<int>(clear_bytes)) == 1);
  TOLLGATE_ASSERT(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, tag_bytes, tag) == 1);
  const bool authentic = EVP_DecryptFinal_ex(c, out(clear.data()) + length, &length) == 1;
  Secret opened(std::move(clear));
  if (!authentic) return std::nullopt;
  return opened;
}

}  // namespace tollgate::vault
