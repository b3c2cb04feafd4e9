#include "tollgate/vault/vault.h"

#include <openssl/crypto.h>
#include <sys/stat.h>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "tollgate/base/assert.h"
#include "tollgate/base/bytes.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/digest.h"
#include "tollgate/vault/snapshot.h"
#include "vault/card_input.h"
#include "vault/cards.h"
#include "vault/findable.h"
#include "vault/rotation.h"

namespace tollgate {
namespace vault {
namespace {

constexpr std::size_t queue_cards_max = 16'384;
constexpr std::size_t batch_cards_max = 512;
constexpr std::size_t token_characters = 24;
constexpr int64_t purge_delay_us = 30 * us_per_second;
constexpr char sealed_version = 1;

std::string subject_bound(PartnerId partner, Mode mode, std::string_view subject) {
  std::string bound = "subject";
  append_be64(bound, partner.value);
  bound.push_back(static_cast<char>(mode));
  bound.append(subject);
  return bound;
}

class VaultImpl final : public Vault {
 public:
  VaultImpl(std::unique_ptr<Store> store, std::unique_ptr<Keyring> ring, const VaultOptions& options)
      : store_(std::move(store)), ring_(std::move(ring)), cards_(*store_, *ring_), subjects_(*store_, *ring_, options.subject_keys_cached_max),
        findable_(*store_, *ring_, subjects_), rotation_(*store_, *ring_, cards_, subjects_, options.rewrite_rows_per_s, options.note), writer_([this] { run_writer(); }) {}

  ~VaultImpl() override { stop(); }

  void stop() override {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_one();
    if (writer_.joinable()) writer_.join();
  }

  void store(PartnerId partner, Mode mode, Secret number, uint8_t exp_month, uint16_t exp_year,
             absl::AnyInvocable<void(StatusOr<StoredCard>)> done) override {
    if (check_card(number.reveal()) != DeclineCode::none) return done(invalid_argument("this is no card number"));
    StoredCard stored;
    stored.token = token_of(partner, mode, number.reveal());
    stored.card.brand = brand_of(number.reveal());
    stored.card.last4 = number.reveal().substr(number.reveal().size() - 4);
    stored.card.exp_month = exp_month;
    stored.card.exp_year = exp_year;
    stored.card.fingerprint = card_fingerprint(*this, partner, mode, number.reveal());
    std::string row = Cards::row_of(partner, mode, stored.token);
    // A row that can be read is durable: writes are seen once they are synced. One that does not open is written anew.
    if (const auto there = cards_.read(row); there.ok() && there->reveal() == number.reveal()) return done(std::move(stored));
    WriteKey key = ring_->for_writing();
    // Sealed before it is queued: the number lives no longer than this call.
    VaultRow sealed = Cards::sealed(std::move(row), number.reveal(), *key);
    number.wipe();
    Waiting waiting{std::move(sealed), std::move(key), std::move(stored), std::move(done)};
    {
      const std::lock_guard lock(mutex_);
      if (queue_.size() < queue_cards_max && !stopped_) {
        queue_.push_back(std::move(waiting));
        if (queue_.size() == 1) wake_.notify_one();
        return;
      }
    }
    waiting.done(unavailable("the vault's queue is full"));
  }

  StatusOr<Secret> reveal(PartnerId partner, Mode mode, std::string_view token) override {
    auto number = cards_.read(Cards::row_of(partner, mode, token));
    if (absl::IsNotFound(number.status())) return not_found("no card {}", token);
    return number;
  }

  // Version, length of the subject, subject, id of its key, sealed bytes.
  StatusOr<std::string> seal(PartnerId partner, Mode mode, std::string_view subject, std::string_view clear) override {
    if (subject.empty() || subject.size() > subject_bytes_max) return invalid_argument("a subject has 1 to {} bytes", subject_bytes_max);
    TOLLGATE_ASSIGN_OR_RETURN(const auto key, subjects_.get_or_make(partner, mode, subject));
    std::string sealed;
    sealed.reserve(2 + subject.size() + SubjectKey::id_bytes + clear.size() + sealed_overhead_bytes);
    sealed.push_back(sealed_version);
    sealed.push_back(static_cast<char>(subject.size()));
    sealed.append(subject).append(key->id).append(seal_bytes(key->key, subject_bound(partner, mode, subject), clear));
    return sealed;
  }

  StatusOr<std::string> open(PartnerId partner, Mode mode, std::string_view sealed) override {
    const auto malformed = [] { return data_loss("the sealed data is damaged"); };
    if (sealed.size() < 2 || sealed[0] != sealed_version) return malformed();
    const std::size_t subject_bytes = static_cast<uint8_t>(sealed[1]);
    if (subject_bytes == 0 || subject_bytes > subject_bytes_max) return malformed();
    if (sealed.size() < 2 + subject_bytes + SubjectKey::id_bytes) return malformed();
    const std::string_view subject = sealed.substr(2, subject_bytes);
    const std::string_view key_id = sealed.substr(2 + subject_bytes, SubjectKey::id_bytes);
    sealed.remove_prefix(2 + subject_bytes + SubjectKey::id_bytes);
    const auto key = subjects_.get(partner, mode, subject);
    if (absl::IsNotFound(key.status())) return not_found("the key of {} is destroyed", subject);
    TOLLGATE_RETURN_IF_ERROR(key.status());
    // Sealed before the subject was erased and came back: that key is gone.
    if ((*key)->id != key_id) return not_found("the key of {} is destroyed", subject);
    const auto clear = open_bytes((*key)->key, subject_bound(partner, mode, subject), sealed);
    if (!clear) return malformed();
    return std::string(clear->reveal());
  }

  Status erase(PartnerId partner, Mode mode, std::string_view subject) override {
    return subjects_.erase(partner, mode, subject, [&] { return findable_.rows_of(partner, mode, subject); });
  }

  Status make_findable(std::string_view kind, const FindableBy& by) override { return findable_.add(kind, by); }
  Status make_existing_findable(std::string_view kind, std::span<const FindableBy> all) override { return findable_.add_existing(kind, all); }
  StatusOr<std::vector<std::string>> find(std::string_view kind, PartnerId partner, Mode mode, std::string_view value, const FindPage& page) override {
    return findable_.find(kind, partner, mode, value, page);
  }
  StatusOr<bool> findable_whole(std::string_view kind, std::string_view as_of) override { return findable_.whole(kind, as_of); }
  Status set_findable_whole(std::string_view kind, std::string_view as_of) override { return findable_.set_whole(kind, as_of); }

  std::string derive(std::string_view purpose, std::string_view input, std::size_t characters) override {
    std::string text;
    text.reserve(characters);
    for (char block = 0; text.size() < characters; ++block) {
      std::string label;
      label.reserve(purpose.size() + 1);
      label.append(purpose).push_back(block);
      Digest digest = hmac_sha256(subkey(ring_->index(), label).view(), input);
      for (std::size_t i = 0; i < digest.size() && text.size() < characters; ++i) {
        // 248 is the largest multiple of 62 in a byte: every character stays equally likely.
        if (digest[i] < 248) text.push_back(base62_alphabet[digest[i] % 62]);
      }
      OPENSSL_cleanse(digest.data(), digest.size());
    }
    return text;
  }

  Snapshotter& snapshotter() { return store_->snapshotter(); }
  VaultKeys& keys() { return rotation_; }
  std::vector<CacheStats> caches() const { return {subjects_.cache_stats(), store_->block_cache()}; }

 private:
  struct Waiting {
    VaultRow row;
    WriteKey key;  // held until the row is written
    StoredCard stored;
    absl::AnyInvocable<void(StatusOr<StoredCard>)> done;
  };

  // The same number of the same partner and mode has the same token, whatever keys are rotated.
  std::string token_of(PartnerId partner, Mode mode, std::string_view number) {
    return "tok_" + derive("token", card_input(partner, mode, number).reveal(), token_characters);
  }

  // Takes whatever queued while the last sync ran.
  void run_writer() {
    std::vector<Waiting> taken;
    std::vector<VaultRow> rows;
    while (true) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
        if (queue_.empty()) return;
        const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), batch_cards_max));
        taken.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(queue_.begin() + count));
        queue_.erase(queue_.begin(), queue_.begin() + count);
      }
      rows.clear();
      for (Waiting& waiting : taken) rows.push_back(std::move(waiting.row));
      const Status written = store_->put(rows);
      for (Waiting& waiting : taken) {
        written.ok() ? waiting.done(std::move(waiting.stored)) : waiting.done(written);
      }
      taken.clear();
    }
  }

  const std::unique_ptr<Store> store_;
  const std::unique_ptr<Keyring> ring_;
  const Cards cards_;
  SubjectKeys subjects_;
  Findable findable_;
  Rotation rotation_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> queue_;
  bool stopped_ = false;
  std::thread writer_;
};

StatusOr<Providers> providers_of(const std::string& directory, const VaultOptions& options) {
  Providers providers{options.key_provider, {}};
  providers.all.emplace("file", make_file_provider(directory));
  providers.all.emplace("pkcs11", make_pkcs11_provider(options.pkcs11));
  if (!providers.all.contains(options.key_provider)) return invalid_argument("there is no key provider \"{}\"", options.key_provider);
  return providers;
}

}  // namespace
}  // namespace vault

Snapshotter& snapshotter_of(Vault& vault) {
  auto* ours = dynamic_cast<vault::VaultImpl*>(&vault);
  TOLLGATE_ASSERT(ours != nullptr);
  return ours->snapshotter();
}

VaultKeys& keys_of(Vault& vault) {
  auto* ours = dynamic_cast<vault::VaultImpl*>(&vault);
  TOLLGATE_ASSERT(ours != nullptr);
  return ours->keys();
}

std::vector<CacheStats> caches_of(const Vault& vault) {
  const auto* ours = dynamic_cast<const vault::VaultImpl*>(&vault);
  TOLLGATE_ASSERT(ours != nullptr);
  return ours->caches();
}

StatusOr<std::unique_ptr<Vault>> open_vault(const std::string& directory, std::function<void(Status)> failed, const VaultOptions& options) {
  TOLLGATE_ASSIGN_OR_RETURN(vault::Providers providers, vault::providers_of(directory, options));
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure || ::chmod(directory.c_str(), 0700) != 0) return failed_precondition("cannot make the directory {}", directory);
  TOLLGATE_ASSIGN_OR_RETURN(auto store, vault::Store::open(directory + "/db", directory + "/anchor", options.block_cache_bytes, vault::purge_delay_us, std::move(failed)));
  TOLLGATE_ASSIGN_OR_RETURN(auto ring, vault::Keyring::open(*store, std::move(providers), directory, options.note));
  return std::unique_ptr<Vault>(std::make_unique<vault::VaultImpl>(std::move(store), std::move(ring), options));
}

}  // namespace tollgate
