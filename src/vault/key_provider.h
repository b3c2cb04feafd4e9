// Where key-encryption keys (KEKs) are. They wrap the vault's data keys and nothing else, and never come out of here.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "tollgate/base/status.h"
#include "tollgate/vault/vault.h"
#include "vault/cipher.h"

namespace tollgate::vault {

// One thread at a time. A call may take as long as a device takes to answer.
class KeyProvider {
 public:
  virtual ~KeyProvider() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;  // "file", "pkcs11"

  // The id of the KEK that a new vault begins with: the one that is there, or a new one.
  [[nodiscard]] virtual StatusOr<std::string> first_key() = 0;
  // A new KEK, durable; gives its id. Until settle() the ones before it stay usable.
  [[nodiscard]] virtual StatusOr<std::string> make_key() = 0;

  [[nodiscard]] virtual StatusOr<std::string> wrap(std::string_view kek_id, std::string_view bound_to, const Key& key) = 0;
  // failed_precondition if it is not the KEK's that is asked for; data_loss if the KEK does not open it; unavailable if the provider
  // does not answer.
  [[nodiscard]] virtual StatusOr<Key> unwrap(std::string_view kek_id, std::string_view bound_to, std::string_view wrapped) = 0;

  // All that the vault has is wrapped under this one, durably: others that lie about may go.
  [[nodiscard]] virtual Status settle(std::string_view kek_id) = 0;
};

// DIR/vault.key; while a new key is taken into use also DIR/vault.key.next.
[[nodiscard]] std::unique_ptr<KeyProvider> make_file_provider(const std::string& directory);
// A key in a token behind any PKCS#11 module, which is loaded at the first call.
[[nodiscard]] std::unique_ptr<KeyProvider> make_pkcs11_provider(const Pkcs11Options& options);

}  // namespace tollgate::vault
