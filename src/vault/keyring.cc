#include "vault/keyring.h"

#include <array>

#include "tollgate/base/assert.h"
#include "tollgate/base/bytes.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/digest.h"
#include "vault/key_file.h"
#include "vault/key_row.h"
#include "vault/private_file.h"

namespace tollgate::vault {
namespace {

constexpr std::size_t data_keys_max = 64;

// A wrapped key opens in its own place only.
std::string bound_of(uint32_t number, KeyKind kind, int64_t created_us) {
  std::string bound = "tollgate vault data key";
  append_be32(bound, number);
  bound.push_back(static_cast<char>(kind));
  append_be64(bound, static_cast<uint64_t>(created_us));
  return bound;
}

}  // namespace

StatusOr<std::unique_ptr<Keyring>> Keyring::open(Store& store, Providers providers, const std::string& directory,
                                                 const std::function<void(const std::string&)>& note) {
  std::unique_ptr<Keyring> ring(new Keyring(store, std::move(providers), directory));
  const auto format = store.get(meta_row);
  if (absl::IsNotFound(format.status())) {
    TOLLGATE_RETURN_IF_ERROR(ring->make_first());
  } else if (!format.ok()) {
    return format.status();
  } else if (*format == format_name) {
    TOLLGATE_RETURN_IF_ERROR(ring->load());
  } else {
    TOLLGATE_RETURN_IF_ERROR(ring->take_over_v1(*format));
    if (note) note("the vault has format 1: its keys are wrapped now, and its rows are encrypted anew in the background");
  }
  if (ring->wrapped_by_ != ring->provider()) {
    TOLLGATE_ASSIGN_OR_RETURN(const std::string kek_id, ring->configured().first_key());
    const std::string before = ring->wrapped_by_;
    TOLLGATE_RETURN_IF_ERROR(ring->wrap_all(kek_id));
    if (note)
      note(fmt::format("the vault's data keys are wrapped by the provider {} now; {} is no longer used but by older backups. To be rid of what it could "
                       "open: tollgate vault rotate", ring->provider(), before));
  }
  TOLLGATE_RETURN_IF_ERROR(ring->settle());
  return ring;
}

Status Keyring::make_first() {
  TOLLGATE_ASSIGN_OR_RETURN(const std::string kek_id, configured().first_key());
  const int64_t now_us = SystemClock().now_us();
  add(std::make_shared<DataKey>(1, KeyKind::index, KeyState::active, now_us, Key::random()));
  add(std::make_shared<DataKey>(2, KeyKind::data, KeyState::active, now_us, Key::random()));
  return wrap_all(kek_id);
}

// Format 1 had one key, in a file, which everything was derived from. It becomes the key of the rows that there are, and what hashes were
// derived from becomes the index key, so that none of them changes. In one write: before it the vault has format 1, after it format 2.
Status Keyring::take_over_v1(const std::string& id) {
  const std::string path = directory_ + "/vault.key";
  const auto master = load_key_file(path);
  if (absl::IsNotFound(master.status()))
    return failed_precondition("the vault has data in {} and its key file {} is missing: restore it from a copy", directory_, path);
  TOLLGATE_RETURN_IF_ERROR(master.status());
  if (master->id != id)
    return failed_precondition("the key file {} (id {}) is not the one that this vault was written with (id {})", path, master->id, id);
  TOLLGATE_ASSIGN_OR_RETURN(const std::string kek_id, configured().first_key());
  const int64_t now_us = SystemClock().now_us();
  add(std::make_shared<DataKey>(1, KeyKind::index, KeyState::active, now_us, subkey(master->key, "derive")));
  add(std::make_shared<DataKey>(2, KeyKind::v1, KeyState::retiring, now_us, master->key));
  add(std::make_shared<DataKey>(3, KeyKind::data, KeyState::active, now_us, Key::random()));
  return wrap_all(kek_id);
}

Status Keyring::load() {
  std::vector<VaultRow> rows;
  TOLLGATE_RETURN_IF_ERROR(store_.scan(std::string(1, key_row_kind), {}, [&](std::string_view key, std::string_view value) {
    rows.push_back({std::string(key), std::string(value)});
    return rows.size() <= data_keys_max;
  }));
  for (const VaultRow& row : rows) TOLLGATE_RETURN_IF_ERROR(load_one(row));
  if (index_ == nullptr || active_ == nullptr) return data_loss("the vault has lost keys of its own: restore the vault from a backup");
  return {};
}

Status Keyring::load_one(const VaultRow& row) {
  const auto damaged = [] { return data_loss("a key of the vault is damaged: restore the vault from a backup"); };
  const auto parsed = parse_key_row(row.key, row.value);
  if (!parsed) return damaged();
  wrapped_by_ = parsed->provider;
  kek_id_ = parsed->kek_id;
  const auto provider = providers_.all.find(wrapped_by_);
  if (provider == providers_.all.end()) return data_loss("the vault's keys are wrapped by \"{}\", which this program does not know", wrapped_by_);
  auto key = provider->second->unwrap(kek_id_, bound_of(parsed->number, parsed->kind, parsed->created_us), parsed->wrapped);
  if (!key.ok()) return error(key.status().code(), "the vault does not open: {}", message_of(key.status()));
  add(std::make_shared<DataKey>(parsed->number, parsed->kind, parsed->state, parsed->created_us, *std::move(key)));
  return {};
}

void Keyring::add(std::shared_ptr<DataKey> key) {
  const std::lock_guard lock(mutex_);
  if (key->kind == KeyKind::index) index_ = &key->key;
  if (key->kind == KeyKind::v1) v1_number_ = key->number;
  if (key->kind == KeyKind::data && key->state == KeyState::active) active_ = key;
  keys_.emplace(key->number, std::move(key));
}

StatusOr<VaultRow> Keyring::wrapped_row(const DataKey& key, KeyState state, std::string_view kek_id) {
  TOLLGATE_ASSIGN_OR_RETURN(const std::string wrapped, configured().wrap(kek_id, bound_of(key.number, key.kind, key.created_us), key.key));
  VaultRow row{key_row_of(key.number), key_row_head(key.kind, state, key.created_us)};
  append_key_row_text(row.value, configured().name());
  append_key_row_text(row.value, kek_id);
  row.value += wrapped;
  return row;
}

// In one write: a crash leaves all of them under the one KEK or under the other.
Status Keyring::wrap_all(const std::string& kek_id) {
  std::vector<VaultRow> rows{{std::string(meta_row), std::string(format_name)}};
  std::vector<std::string> changed;
  for (const auto& key : all()) {
    TOLLGATE_ASSIGN_OR_RETURN(VaultRow row, wrapped_row(*key, key->state, kek_id));
    changed.push_back(row.key);
    rows.push_back(std::move(row));
  }
  TOLLGATE_RETURN_IF_ERROR(store_.put(rows));
  // As they were wrapped before, if they were: whoever has that KEK must not find them.
  if (!wrapped_by_.empty()) store_.forget_older(changed);
  const std::lock_guard lock(mutex_);
  wrapped_by_ = provider();
  kek_id_ = kek_id;
  return {};
}

Status Keyring::rewrap() {
  const std::lock_guard asking(provider_mutex_);
  TOLLGATE_RETURN_IF_ERROR(configured().settle(kek_id()));
  TOLLGATE_ASSIGN_OR_RETURN(const std::string made, configured().make_key());
  TOLLGATE_RETURN_IF_ERROR(wrap_all(made));
  return settle();
}

Status Keyring::settle() {
  const std::string id = kek_id();
  TOLLGATE_RETURN_IF_ERROR(configured().settle(id));
  return replace_private_file(directory_ + "/kek", Secret(fmt::format("tollgate vault key-encryption key\nprovider {}\nid {}\n", provider(), id)));
}

Status Keyring::probe() {
  const std::lock_guard asking(provider_mutex_);
  constexpr std::string_view bound_to = "tollgate vault probe";
  const std::string id = kek_id();
  const Key key = Key::random();
  TOLLGATE_ASSIGN_OR_RETURN(const std::string wrapped, configured().wrap(id, bound_to, key));
  TOLLGATE_ASSIGN_OR_RETURN(const Key opened, configured().unwrap(id, bound_to, wrapped));
  if (!equal_in_constant_time(key.view(), opened.view())) return data_loss("the key-encryption key {} does not open what it has wrapped", id);
  return {};
}

Status Keyring::rotate() {
  const std::lock_guard asking(provider_mutex_);
  const auto before = [&] {
    const std::lock_guard lock(mutex_);
    return active_;
  }();
  if (all().size() >= data_keys_max)
    return failed_precondition("{} keys are still in use: wait until rows have left the older ones (tollgate vault status)", data_keys_max);
  // The active key has the highest number of all that ever were: none is used twice.
  auto made = std::make_shared<DataKey>(before->number + 1, KeyKind::data, KeyState::active, SystemClock().now_us(), Key::random());
  TOLLGATE_ASSIGN_OR_RETURN(VaultRow added, wrapped_row(*made, KeyState::active, kek_id()));
  // Only its state is another one: for this no provider is needed.
  const std::string retired = key_row_of(before->number);
  TOLLGATE_ASSIGN_OR_RETURN(std::string value, store_.get(retired));
  value.replace(0, key_row_head_bytes, key_row_head(before->kind, KeyState::retiring, before->created_us));
  const std::array<VaultRow, 2> rows{VaultRow{std::move(added)}, VaultRow{retired, std::move(value)}};
  TOLLGATE_RETURN_IF_ERROR(store_.put(rows));
  before->state = KeyState::retiring;
  add(std::move(made));
  return {};
}

Status Keyring::destroy(uint32_t number) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(number);
    TOLLGATE_ASSERT(found != keys_.end() && found->second->state == KeyState::retiring && found->second->writers == 0);
    if (found->second->kind == KeyKind::v1) v1_number_ = 0;
    keys_.erase(found);
  }
  return store_.remove(key_row_of(number));
}

WriteKey Keyring::for_writing() const {
  const std::lock_guard lock(mutex_);
  ++active_->writers;
  return WriteKey(active_);
}

DataKeyPointer Keyring::find(uint32_t number) const {
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find(number);
  return found == keys_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const DataKey>> Keyring::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const DataKey>> list;
  for (const auto& [number, key] : keys_) list.push_back(key);
  return list;
}

std::string Keyring::kek_id() const {
  const std::lock_guard lock(mutex_);
  return kek_id_;
}

}  // namespace tollgate::vault
