// Card data in, token out. The vault is the only place that keeps a PAN, encrypted (AES-256-GCM) under a key from a key file
// that is made at first start; a CVC is never kept at all. It also seals personal data under a key per subject, so that
// destroying that key erases the person while every record that holds the ciphertext stays valid.
#pragma once
#include <absl/functional/any_invocable.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tollgate/base/id.h"
#include "tollgate/base/secret.h"
#include "tollgate/base/status.h"
#include "tollgate/payment/types.h"

namespace tollgate {

struct StoredCard {
  std::string token;  // "tok_" and 24 characters of base62
  Card card;
};

class Vault {
 public:
  virtual ~Vault() = default;

  // Stores a card number that has passed check_card(). `done` is called when it is durable, from a thread of the vault; stores that
  // arrive together share one sync. Any thread. unavailable if the queue (bounded) is full.
  virtual void store(PartnerId partner, Mode mode, Secret number, uint8_t exp_month, uint16_t exp_year,
                     absl::AnyInvocable<void(StatusOr<StoredCard>)> done) = 0;
  // For acquirer adapters only. not_found for another partner's or mode's token.
  [[nodiscard]] virtual StatusOr<Secret> reveal(PartnerId partner, Mode mode, std::string_view token) = 0;

  // Ciphertext of `clear` under the key of `subject` ("cus_...", "pi_..."), which is made at its first use and durable when this
  // returns. Bound to partner, mode and subject: it opens for no other. Any thread.
  [[nodiscard]] virtual StatusOr<std::string> seal(PartnerId partner, Mode mode, std::string_view subject, std::string_view clear) = 0;
  // not_found once the subject's key is destroyed.
  [[nodiscard]] virtual StatusOr<std::string> open(PartnerId partner, Mode mode, std::string_view sealed) = 0;
  // Destroys the subject's key: nothing sealed under it opens again from when this returns. Its bytes leave the files soon after,
  // when the store has been compacted.
  [[nodiscard]] virtual Status erase(PartnerId partner, Mode mode, std::string_view subject) = 0;

  // Keyed, for client secrets and the like: the same input gives the same text, nothing can be told from it. base62.
  [[nodiscard]] virtual std::string derive(std::string_view purpose, std::string_view input, std::size_t characters) = 0;
};

// Why a number is no card number: length, characters, Luhn (ISO/IEC 7812-1), brand. DeclineCode::none if it is one.
[[nodiscard]] DeclineCode check_card(std::string_view number);
[[nodiscard]] CardBrand brand_of(std::string_view number);
// The Card::fingerprint of a number: the same for the same card of the same partner and mode, whether it came through store() or
// is a test card known by its alias. 16 characters of base62.
[[nodiscard]] std::string card_fingerprint(Vault& vault, PartnerId partner, Mode mode, std::string_view number);

// Under `directory` (made if missing): vault.key (0600, made at first start; keep a copy elsewhere, without it the data is lost),
// a RocksDB of its own in db/, and its anchor (base/anchor.h). `failed` is called, from any thread, when nothing more can be stored.
[[nodiscard]] StatusOr<std::unique_ptr<Vault>> open_vault(const std::string& directory, std::function<void(Status)> failed = {});

}  // namespace tollgate
