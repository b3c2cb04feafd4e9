// Card data in, token out. The vault is the only place that keeps a PAN, encrypted (AES-256-GCM) under a data key, which is kept wrapped
// under a key-encryption key (KEK) from a file or a hardware security module; a CVC is never kept at all. It also seals personal data under
// a key per subject, so that destroying that key erases the person while every record that holds the ciphertext stays valid.
#pragma once
#include <absl/functional/any_invocable.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/base/cache_stats.h"
#include "tollgate/base/id.h"
#include "tollgate/base/secret.h"
#include "tollgate/base/status.h"
#include "tollgate/payment/types.h"

namespace tollgate {

struct StoredCard {
  std::string token;  // "tok_" and 24 characters of base62
  Card card;
};

// Something that a subject's personal data holds, and by which the subject is to be found.
struct FindableBy {
  PartnerId partner;
  Mode mode = Mode::none;
  std::string_view subject;
  std::string_view value;
};
struct FindPage {
  std::string_view beyond;  // names behind this one, in the order; empty: from the first on
  bool descending = true;   // by name
  std::size_t limit = 100;
};

class Vault {
 public:
  virtual ~Vault() = default;

  // Stores a card number that has passed check_card(). `done` is called when it is durable: from a thread of the vault, or, if nothing is to
  // be written, within the call. The token names the number alone: the same number of the same partner and mode has the same one, and is
  // written once. Stores that arrive together share one sync. Any thread. unavailable if the queue (bounded) is full.
  virtual void store(PartnerId partner, Mode mode, Secret number, uint8_t exp_month, uint16_t exp_year,
                     absl::AnyInvocable<void(StatusOr<StoredCard>)> done) = 0;
  // Stores no more, and has told everybody who waits for one: nothing is called any more when this returns. One thread.
  virtual void stop() {}
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

  // The subject is found by the value from then on (kind: "customer_email"), durably, until it is erased. What is kept is a hash under a key
  // of the vault, also of values that the subject had before: whoever finds a subject looks at its data. Makes the subject's key if there is none.
  [[nodiscard]] virtual Status make_findable(std::string_view kind, const FindableBy& by) = 0;
  // The same for many at once; a subject that has no key (any more) is left out.
  [[nodiscard]] virtual Status make_existing_findable(std::string_view kind, std::span<const FindableBy> all) = 0;
  // Names of subjects.
  [[nodiscard]] virtual StatusOr<std::vector<std::string>> find(std::string_view kind, PartnerId partner, Mode mode, std::string_view value,
                                                                const FindPage& page) = 0;
  // Whether all subjects of a kind can be found, as set_findable_whole() said with the same `as_of`. False again once another version of this
  // program, which may not know of it, has opened the vault.
  [[nodiscard]] virtual StatusOr<bool> findable_whole(std::string_view kind, std::string_view as_of) = 0;
  [[nodiscard]] virtual Status set_findable_whole(std::string_view kind, std::string_view as_of) = 0;

  // Keyed, for client secrets and the like: the same input gives the same text, nothing can be told from it. base62.
  [[nodiscard]] virtual std::string derive(std::string_view purpose, std::string_view input, std::size_t characters) = 0;
};

// Why a number is no card number: length, characters, Luhn (ISO/IEC 7812-1), brand. DeclineCode::none if it is one.
[[nodiscard]] DeclineCode check_card(std::string_view number);
[[nodiscard]] CardBrand brand_of(std::string_view number);
// The Card::fingerprint of a number: the same for the same card of the same partner and mode, whether it came through store() or
// is a test card known by its alias. 16 characters of base62.
[[nodiscard]] std::string card_fingerprint(Vault& vault, PartnerId partner, Mode mode, std::string_view number);

struct Pkcs11Options {
  std::string module;     // a shared library; empty: none is configured
  std::string token;      // its label; empty: the only token there is
  std::string key_label = "tollgate-vault";
  std::string pin_file;   // the user's PIN; readable by its owner only
};

struct VaultOptions {
  std::string key_provider = "file";  // or "pkcs11": where the KEK is. What another one has wrapped is wrapped anew when the vault is opened
  Pkcs11Options pkcs11;
  std::size_t block_cache_bytes = std::size_t{32} << 20;  // for rows that are read
  std::size_t subject_keys_cached_max = 20'000;           // of persons and payments, unwrapped in memory
  uint32_t rewrite_rows_per_s = 1'000;  // at most, when rows are encrypted anew after a rotation (keys.h)
  std::function<void(const std::string&)> note;  // what an operator should read in the log; any thread
};

// Under `directory` (made if missing): a RocksDB of its own in db/, its anchor (base/anchor.h), and with the provider "file" vault.key (0600,
// made at first start; keep a copy elsewhere, without it the data is lost). Waits for the provider; once open, the vault works without it.
// `failed` is called, from any thread, when nothing more can be stored.
[[nodiscard]] StatusOr<std::unique_ptr<Vault>> open_vault(const std::string& directory, std::function<void(Status)> failed = {},
                                                          const VaultOptions& options = {});

// "vault_keys", the subjects' keys in memory, and "vault_blocks", the block cache behind them. `vault`: one that open_vault() gave.
[[nodiscard]] std::vector<CacheStats> caches_of(const Vault& vault);

}  // namespace tollgate
