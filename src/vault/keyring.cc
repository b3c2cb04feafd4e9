#include "vault/keyring.h"

#include <array>

#include "tollgate/base/assert.h"
#include "tollgate/base/bytes.h"
#include "tollgate/base/clock.h"
#include "vault/key_file.h"
#include "vault/private_file.h"

namespace tollgate::vault {
namespace {

constexpr std::string_view meta_row = "m";
constexpr std::string_view format_name = "format 2";
constexpr char key_row = 'k';
constexpr char row_version = 1;
constexpr std::size_t row_head_bytes = 11;  // to the provider's name
constexpr std::size_t data_keys_max = 64;

std::string row_of(uint32_t number) {
  std::string row(1, key_row);
  append_be32(row, number);
  return row;
}

// A wrapped key opens in its own place only.
std::string bound_of(uint32_t number, KeyKind kind, int64_t created_us) {
  std::string bound = "tollgate vault data key";
  append_be32(bound, number);
  bound.push_back(static_cast<char>(kind));
  append_be64(bound, static_cast<uint64_t>(created_us));
  return bound;
}

std::string head_of(KeyKind kind, KeyState state, int64_t created_us) {
  std::string head{row_version, static_cast<char>(kind), static_cast<char>(state)};
  append_be64(head, static_cast<uint64_t>(created_us));
  return head;
}

void append_text(std::string& to, std::string_view text) {
  TOLLGATE_ASSERT(text.size() < 256);
  to.push_back(static_cast<char>(text.size()));
  to.append(text);
}

bool take_text(std::string_view& from, std::string& text) {
  if (from.empty() || from.size() < 1u + static_cast<uint8_t>(from[0])) return false;
  text = from.substr(1, static_cast<uint8_t>(from[0]));
  from.remove_prefix(1 + text.size());
  return true;
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
  TOLLGATE_RETURN_IF_ERROR(store_.scan(std::string(1, key_row), {}, [&](std::string_view key, std::string_view value) {
    rows.push_back({std::string(key), std::string(value)});
    return rows.size() <= data_keys_max;
  }));
  for (const VaultRow& row : rows) TOLLGATE_RETURN_IF_ERROR(load_one(row));
  if (index_ == nullptr || active_ == nullptr) return data_loss("the vault has lost keys of its own: restore the vault from a backup");
  return {};
}

Status Keyring::load_one(const VaultRow& row) {
  const auto damaged = [] { return data_loss("a key of the vault is damaged: restore the vault from a backup"); };
  std::string_view value = row.value;
  if (row.key.size() != 5 || value.size() < row_head_bytes || value[0] != row_version) return damaged();
  const uint32_t number = load_be32(row.key.data() + 1);
  const auto kind = static_cast<KeyKind>(value[1]);
  const auto state = static_cast<KeyState>(value[2]);
  const auto created_us = static_cast<int64_t>(load_be64(value.data() + 3));
  if (kind < KeyKind::index || kind > KeyKind::v1 || state < KeyState::active || state > KeyState::retiring) return damaged();
  value.remove_prefix(row_head_bytes);
  if (!take_text(value, wrapped_by_) || !take_text(value, kek_id_)) return damaged();
  const auto provider = providers_.all.find(wrapped_by_);
  if (provider == providers_.all.end()) return data_loss("the vault's keys are wrapped by \"{}\", which this program does not know", wrapped_by_);
  auto key = provider->second->unwrap(kek_id_, bound_of(number, kind, created_us), value);
  if (!key.ok()) return error(key.status().code(), "the vault does not open: {}", message_of(key.status()));
  add(std::make_shared<DataKey>(number, kind, state, created_us, *std::move(key)));
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
  VaultRow row{row_of(key.number), head_of(key.kind, state, key.created_us)};
  append_text(row.value, configured().name());
  append_text(row.value, kek_id);
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

Status Keyring::rotate() {
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
  const std::string retired = row_of(before->number);
  TOLLGATE_ASSIGN_OR_RETURN(std::string value, store_.get(retired));
  value.replace(0, row_head_bytes, head_of(before->kind, KeyState::retiring, before->created_us));
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
  return store_.remove(row_of(number));
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
