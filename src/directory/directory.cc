#include "tollgate/directory/directory.h"

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>

#include <mutex>
#include <shared_mutex>

#include "tollgate/base/digest.h"
#include "tollgate/directory/secret_file.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/wire.h"

namespace tollgate {
namespace {

constexpr std::string_view test_prefix = "sk_test_", live_prefix = "sk_live_";
constexpr std::size_t key_id_characters = 12, secret_characters = 32, pepper_bytes = 32;
constexpr std::string_view admin_prefix = "tga_";
constexpr std::string_view checksum_word = "checksum ";
static_assert(test_prefix.size() == live_prefix.size());

using KeyId = std::array<char, key_id_characters>;
using PartnerPtr = std::shared_ptr<const Partner>;

KeyId key_id_of(std::string_view text) {
  KeyId id;
  std::copy_n(text.begin(), id.size(), id.begin());
  return id;
}

bool is_base62(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

// The id inside a well-formed key text.
std::optional<std::string_view> parse_key(std::string_view text) {
  if (!text.starts_with(test_prefix) && !text.starts_with(live_prefix)) return std::nullopt;
  const std::string_view rest = text.substr(test_prefix.size());
  if (rest.size() != key_id_characters + secret_characters || !is_base62(rest)) return std::nullopt;
  return rest.substr(0, key_id_characters);
}

// A map in 64 parts, each with its lock: a writer holds one part for the time of one assignment, so readers practically
// never meet it, however many partners there are.
template <class Key>
class ShardedMap {
 public:
  [[nodiscard]] PartnerPtr find(const Key& key) const {
    const Shard& shard = shard_of(key);
    const std::shared_lock lock(shard.mutex);
    const auto at = shard.map.find(key);
    return at == shard.map.end() ? nullptr : at->second;
  }
  // Gives back what was there before, to be destroyed outside the lock.
  PartnerPtr exchange(const Key& key, PartnerPtr partner) {
    Shard& shard = shard_of(key);
    const std::unique_lock lock(shard.mutex);
    shard.map[key].swap(partner);
    return partner;
  }
  void erase(const Key& key) {
    Shard& shard = shard_of(key);
    const std::unique_lock lock(shard.mutex);
    shard.map.erase(key);
  }

 private:
  static constexpr std::size_t shard_count = 64;
  struct alignas(64) Shard {
    mutable std::shared_mutex mutex;
    absl::flat_hash_map<Key, PartnerPtr> map;
  };
  // The top bits: the map inside takes its place from the low ones.
  static std::size_t index_of(const Key& key) { return absl::Hash<Key>()(key) >> (64 - 6); }
  Shard& shard_of(const Key& key) { return shards_[index_of(key)]; }
  const Shard& shard_of(const Key& key) const { return shards_[index_of(key)]; }

  std::array<Shard, shard_count> shards_;
};

class MemoryDirectory final : public Directory {
 public:
  MemoryDirectory(Secret pepper, uint32_t partitions) : pepper_(std::move(pepper)), load_(partitions) {}

  std::optional<Authenticated> authenticate(std::string_view text, int64_t now_us, AuthFailure& why) const override {
    const auto id = parse_key(text);
    if (!id) {
      why = AuthFailure::malformed;
      return std::nullopt;
    }
    PartnerPtr partner = keys_.find(key_id_of(*id));
    const ApiKey* key = nullptr;
    if (partner != nullptr)
      for (const ApiKey& candidate : partner->keys)
        if (candidate.id == *id) key = &candidate;
    // The same work whether or not the id is known, so that nobody can probe for ids by the time of an answer.
    static const std::string no_hash(sizeof(Digest), '\0');
    const Digest digest = hmac_sha256(pepper_.reveal(), text);
    const bool equal = equal_in_constant_time(view(digest), key != nullptr ? std::string_view(key->hash) : no_hash);
    if (key == nullptr || !equal) {
      why = AuthFailure::unknown;
      return std::nullopt;
    }
    if (key->revoked_us != 0 || (key->expires_us != 0 && key->expires_us <= now_us)) {
      why = key->revoked_us != 0 ? AuthFailure::revoked : AuthFailure::expired;
      return std::nullopt;
    }
    return Authenticated{.partner = std::move(partner), .mode = key->mode, .scope = key->scope, .key_id = key->id};
  }

  PartnerPtr find(PartnerId id) const override { return partners_.find(id.value); }

  std::vector<PartnerPtr> list(PartnerId after, std::size_t limit) const override {
    std::vector<uint64_t> ids;
    {
      const std::scoped_lock lock(mutex_);
      for (auto at = ids_.upper_bound(after.value); at != ids_.end() && ids.size() < limit; ++at) ids.push_back(*at);
    }
    std::vector<PartnerPtr> page;
    page.reserve(ids.size());
    for (const uint64_t id : ids)
      if (auto partner = partners_.find(id)) page.push_back(std::move(partner));
    return page;
  }

  std::size_t size() const override {
    const std::scoped_lock lock(mutex_);
    return ids_.size();
  }

  uint32_t choose_partition() const override {
    const std::scoped_lock lock(mutex_);
    const auto emptiest = std::min_element(load_.begin(), load_.end(), [](const Load& a, const Load& b) {
      return a.partners + a.chosen < b.partners + b.chosen;
    });
    ++emptiest->chosen;
    return static_cast<uint32_t>(emptiest - load_.begin()) + 1;
  }

  void put(PartnerPtr partner) override {
    const PartnerPtr before = partners_.exchange(partner->id.value, partner);
    for (const ApiKey& key : partner->keys)
      if (key.id.size() == key_id_characters) (void)keys_.exchange(key_id_of(key.id), partner);
    if (before != nullptr) {
      forget_dropped_keys(*before, *partner);
      return;
    }
    const std::scoped_lock lock(mutex_);
    ids_.insert(partner->id.value);
    if (partner->partition == 0 || partner->partition > load_.size()) return;
    Load& load = load_[partner->partition - 1];
    ++load.partners;
    if (load.chosen > 0) --load.chosen;
  }

  NewKey new_key(Mode mode, KeyScope scope, int64_t now_us, Random& random) const override {
    NewKey made;
    made.key.id = random.base62(key_id_characters);
    made.text = mode == Mode::live ? live_prefix : test_prefix;
    made.text += made.key.id;
    made.text += random.base62(secret_characters);
    made.key.mode = mode;
    made.key.scope = scope;
    made.key.hash = view(hmac_sha256(pepper_.reveal(), made.text));
    made.key.created_us = now_us;
    return made;
  }

  bool authenticate_admin(std::string_view text, int64_t now_us, AuthenticatedAdmin& who, AuthFailure& why) const override {
    const bool well_formed = text.size() == admin_prefix.size() + key_id_characters + secret_characters && text.starts_with(admin_prefix) &&
                             is_base62(text.substr(admin_prefix.size()));
    const std::string_view id = well_formed ? text.substr(admin_prefix.size(), key_id_characters) : std::string_view();
    const auto state = admins();
    const AdminUser* user = nullptr;
    const AdminToken* token = nullptr;
    // All of them are looked at, and the hash is made and compared, also if nobody has the id.
    for (const AdminUser& one : state->users)
      for (const AdminToken& candidate : one.tokens)
        if (candidate.id == id) {
          user = &one;
          token = &candidate;
        }
    static const std::string no_hash(sizeof(Digest), '\0');
    const Digest digest = hmac_sha256(pepper_.reveal(), text);
    const bool equal = equal_in_constant_time(view(digest), token != nullptr ? std::string_view(token->hash) : no_hash);
    why = AuthFailure::unknown;
    if (token == nullptr || !equal) return false;
    who = {.user = user->name, .role = user->role, .token_id = token->id, .client_certificate = token->client_certificate};
    if (token->is_valid(now_us) && user->disabled_us == 0) return true;
    why = token->revoked_us != 0 || user->disabled_us != 0 ? AuthFailure::revoked : AuthFailure::expired;
    return false;
  }

  std::shared_ptr<const AdminState> admins() const override {
    const std::scoped_lock lock(mutex_);
    return admins_;
  }

  void put_admins(std::shared_ptr<const AdminState> state) override {
    const std::scoped_lock lock(mutex_);
    admins_.swap(state);
  }

  NewAdminToken new_admin_token(int64_t now_us, int64_t expires_us, Random& random) const override {
    NewAdminToken made;
    made.token.id = random.base62(key_id_characters);
    made.text = admin_prefix;
    made.text += made.token.id;
    made.text += random.base62(secret_characters);
    made.token.hash = view(hmac_sha256(pepper_.reveal(), made.text));
    made.token.created_us = now_us;
    made.token.expires_us = expires_us;
    return made;
  }

 private:
  struct Load {
    std::size_t partners = 0;
    // Given to partners whose creation is not durable yet: many that are created at once still spread.
    std::size_t chosen = 0;
  };

  void forget_dropped_keys(const Partner& before, const Partner& after) {
    for (const ApiKey& old : before.keys) {
      const bool kept =
          std::any_of(after.keys.begin(), after.keys.end(), [&](const ApiKey& key) { return key.id == old.id; });
      if (!kept && old.id.size() == key_id_characters) keys_.erase(key_id_of(old.id));
    }
  }

  const Secret pepper_;
  ShardedMap<uint64_t> partners_;
  ShardedMap<KeyId> keys_;
  mutable std::mutex mutex_;  // of what only the admin API asks for
  absl::btree_set<uint64_t> ids_;
  mutable std::vector<Load> load_;
  std::shared_ptr<const AdminState> admins_ = std::make_shared<const AdminState>();
};

// With one wrong digit no key would be known any more, and new ones would be hashed with it.
std::string pepper_checksum(std::string_view digits) { return to_hex(view(sha256(digits)).substr(0, 8)); }

// The digits, and "checksum <16 digits>" on a line of its own. Older files have no checksum.
std::string new_pepper() {
  SystemRandom random;
  std::array<uint8_t, pepper_bytes> bytes;
  random.fill(bytes);
  const std::string digits = to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return digits + "\n" + std::string(checksum_word) + pepper_checksum(digits);
}

StatusOr<Secret> load_pepper(const std::string& file, bool may_make) {
  auto text = may_make ? load_or_make_secret_file(file, new_pepper) : load_secret_file(file);
  if (!text.ok() && text.status().code() == absl::StatusCode::kNotFound)
    return failed_precondition(
        "{} is missing: without it no API key of this data directory can be verified; restore it from the backup",
        file);
  if (!text.ok()) return text.status();
  std::string_view digits = text->reveal();
  if (const std::size_t line = digits.find('\n'); line != std::string_view::npos) {
    const std::string_view second = digits.substr(line + 1);
    digits = digits.substr(0, line);
    if (!second.starts_with(checksum_word) || second.substr(checksum_word.size()) != pepper_checksum(digits))
      return data_loss("{} is damaged: its checksum is not that of its digits; restore it from the backup", file);
  }
  auto bytes = from_hex(digits);
  if (!bytes || bytes->size() != pepper_bytes)
    return data_loss("{} must hold {} hexadecimal digits; restore it from the backup", file, pepper_bytes * 2);
  return Secret(*std::move(bytes));
}

}  // namespace

bool Directory::authenticate_admin(std::string_view, int64_t, AuthenticatedAdmin&, AuthFailure& why) const {
  why = AuthFailure::unknown;
  return false;
}

uint32_t last_partition_of(const Directory& directory) {
  constexpr std::size_t page = 1'000;
  uint32_t last = 0;
  PartnerId after;
  while (true) {
    const auto partners = directory.list(after, page);
    for (const auto& partner : partners) last = std::max(last, partner->partition);
    if (partners.size() < page) return last;
    after = partners.back()->id;
  }
}

StatusOr<std::unique_ptr<Directory>> open_directory(const EventLog& log, const std::string& pepper_file,
                                                    uint32_t partitions) {
  if (partitions == 0) return invalid_argument("there must be at least one payment partition");
  std::vector<PartnerPtr> partners;
  Status broken;
  TOLLGATE_RETURN_IF_ERROR(log.scan(Table::partners, "", "", Order::forward,
                                    [&](std::string_view key, std::string_view value) {
                                      auto partner = std::make_shared<Partner>();
                                      broken = wire::decode(value, *partner);
                                      if (broken.ok() && keys::partner(partner->id) != key)
                                        broken = data_loss("the row of a partner holds {}", partner->id.text());
                                      if (broken.ok()) partners.push_back(std::move(partner));
                                      return broken.ok();
                                    }));
  TOLLGATE_RETURN_IF_ERROR(broken);
  auto admins = std::make_shared<AdminState>();
  std::string row;
  if (const Status found = log.get(Table::meta, keys::admins, row); found.ok()) {
    TOLLGATE_RETURN_IF_ERROR(wire::decode(row, *admins));
  } else if (!absl::IsNotFound(found)) {
    return found;
  }
  TOLLGATE_ASSIGN_OR_RETURN(Secret pepper, load_pepper(pepper_file, partners.empty() && admins->users.empty()));
  auto directory = std::make_unique<MemoryDirectory>(std::move(pepper), partitions);
  for (PartnerPtr& partner : partners) directory->put(std::move(partner));
  directory->put_admins(std::move(admins));
  return StatusOr<std::unique_ptr<Directory>>(std::move(directory));
}

}  // namespace tollgate
