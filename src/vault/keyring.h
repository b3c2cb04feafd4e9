// The vault's own keys. What is stored is encrypted under data keys; data keys lie in the vault's database, wrapped by the key provider's
// KEK, and are unwrapped once, at the start.
//
//   index  of keyed hashes: fingerprints, tokens, client secrets. One, for the vault's whole life: what it gave out stays true.
//   data   of rows. One is active, for all that is written; those before it are retiring until no row is under them, then destroyed.
//   v1     as data, of the rows that a vault of format 1 brought along; never active.
//
// Rows: "m" -> format_name (of format 1: the id of its key file)
//       "k" number be32 -> version u8 (1) | kind u8 | state u8 | created_us be64 | provider (u8 length, text) | KEK id (u8 length, text) | wrapped key
// DIR/kek says, for people and for backups, which KEK they are wrapped under; it holds no secret.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "vault/key_provider.h"
#include "vault/store.h"

namespace tollgate::vault {

enum class KeyKind : uint8_t { index = 1, data = 2, v1 = 3 };
enum class KeyState : uint8_t { active = 1, retiring = 2 };

struct DataKey {
  DataKey(uint32_t number_, KeyKind kind_, KeyState state_, int64_t created_us_, Key key_)
      : number(number_), kind(kind_), created_us(created_us_), key(std::move(key_)), cards(subkey(key, "cards")), subjects(subkey(key, "subjects")),
        state(state_) {}
  const uint32_t number;
  const KeyKind kind;
  const int64_t created_us;
  const Key key;
  const Key cards, subjects;  // derived from it
  std::atomic<KeyState> state;
  std::atomic<uint32_t> writers{0};
};
using DataKeyPointer = std::shared_ptr<const DataKey>;

// The active key, held from before something is sealed under it until that is stored: a key that is held is not destroyed.
class WriteKey {
 public:
  explicit WriteKey(std::shared_ptr<DataKey> key) : key_(std::move(key)) {}
  WriteKey(WriteKey&&) noexcept = default;
  WriteKey& operator=(WriteKey&& other) noexcept {
    std::swap(key_, other.key_);
    return *this;
  }
  ~WriteKey() {
    if (key_) --key_->writers;
  }
  [[nodiscard]] const DataKey& operator*() const { return *key_; }
  [[nodiscard]] const DataKey* operator->() const { return key_.get(); }

 private:
  std::shared_ptr<DataKey> key_;
};

struct Providers {
  std::string configured;
  std::map<std::string, std::unique_ptr<KeyProvider>, std::less<>> all;
};

class Keyring {
 public:
  // Makes the keys of a new vault; takes a vault of format 1 over; wraps anew what another provider than the configured one has wrapped.
  [[nodiscard]] static StatusOr<std::unique_ptr<Keyring>> open(Store& store, Providers providers, const std::string& directory,
                                                               const std::function<void(const std::string&)>& note);

  // Any thread.
  [[nodiscard]] WriteKey for_writing() const;
  // nullptr: there is none, or no more.
  [[nodiscard]] DataKeyPointer find(uint32_t number) const;
  [[nodiscard]] const Key& index() const { return *index_; }
  [[nodiscard]] std::vector<std::shared_ptr<const DataKey>> all() const;
  // 0: there is none.
  [[nodiscard]] uint32_t v1_number() const { return v1_number_; }
  [[nodiscard]] const std::string& provider() const { return providers_.configured; }
  [[nodiscard]] std::string kek_id() const;

  // Any thread; these wait for the provider, and for each other.
  //
  // A new data key, for all that is written from when it returns.
  [[nodiscard]] Status rotate();
  // A new KEK, and all data keys wrapped under it.
  [[nodiscard]] Status rewrap();
  // Whether the provider answers, and opens what it has wrapped.
  [[nodiscard]] Status probe();
  // Of a retiring key that no row is under. Its bytes leave the files soon after.
  [[nodiscard]] Status destroy(uint32_t number);

 private:
  Keyring(Store& store, Providers providers, const std::string& directory) : store_(store), providers_(std::move(providers)), directory_(directory) {}
  [[nodiscard]] KeyProvider& configured() { return *providers_.all.find(providers_.configured)->second; }
  [[nodiscard]] Status make_first();
  [[nodiscard]] Status take_over_v1(const std::string& id);
  [[nodiscard]] Status load();
  [[nodiscard]] Status load_one(const VaultRow& row);
  [[nodiscard]] StatusOr<VaultRow> wrapped_row(const DataKey& key, KeyState state, std::string_view kek_id);
  [[nodiscard]] Status wrap_all(const std::string& kek_id);
  // All keys are wrapped under the KEK that is noted, durably.
  [[nodiscard]] Status settle();
  void add(std::shared_ptr<DataKey> key);

  Store& store_;
  const Providers providers_;
  const std::string directory_;
  std::mutex provider_mutex_;  // held while the provider is asked
  mutable std::mutex mutex_;
  std::map<uint32_t, std::shared_ptr<DataKey>> keys_;
  std::shared_ptr<DataKey> active_;
  std::string wrapped_by_, kek_id_;  // provider and id
  const Key* index_ = nullptr;       // of the index key, which stays
  std::atomic<uint32_t> v1_number_{0};
};

}  // namespace tollgate::vault
