#include "vault/subject_keys.h"

#include <deque>

#include "tollgate/base/bytes.h"
#include "tollgate/base/random.h"

namespace tollgate::vault {
namespace {

constexpr std::size_t row_prefix_bytes = 10;  // kind, partner, mode
constexpr std::size_t value_bytes = row_head_bytes + SubjectKey::id_bytes + Key::size + sealed_overhead_bytes;

std::string row_of(PartnerId partner, Mode mode, std::string_view subject) {
  std::string row(1, SubjectKeys::row_kind);
  append_be64(row, partner.value);
  row.push_back(static_cast<char>(mode));
  row.append(subject);
  return row;
}

Key wrapping_key(const DataKey& key, const std::string& row) {
  return subkey(key.subjects, PartnerId{load_be64(row.data() + 1)}, static_cast<Mode>(row[9]));
}

VaultRow wrapped(const std::string& row, const SubjectKey& subject, const DataKey& key) {
  std::string value = row_head(key.number) + subject.id;
  value += seal_bytes(wrapping_key(key, row), row + value, subject.key.view());
  return {row, std::move(value)};
}

}  // namespace

uint32_t SubjectKeys::key_number(std::string_view value) { return row_key_number(value, value_bytes); }

StatusOr<SubjectKeyPointer> SubjectKeys::get(PartnerId partner, Mode mode, std::string_view subject) {
  const std::string row = row_of(partner, mode, subject);
  if (auto known = cached(row)) return known;
  const std::lock_guard lock(stripe_of(row));
  return read(row);
}

StatusOr<SubjectKeyPointer> SubjectKeys::get_or_make(PartnerId partner, Mode mode, std::string_view subject) {
  const std::string row = row_of(partner, mode, subject);
  if (auto known = cached(row)) return known;
  const std::lock_guard lock(stripe_of(row));
  auto found = read(row);
  if (!absl::IsNotFound(found.status())) return found;
  return make(row, {});
}

StatusOr<SubjectKeyPointer> SubjectKeys::make(const std::string& row, std::vector<VaultRow> rows) {
  auto made = std::make_shared<SubjectKey>();
  made->id.resize(SubjectKey::id_bytes);
  SystemRandom random;
  random.fill({reinterpret_cast<uint8_t*>(made->id.data()), made->id.size()});
  made->key = Key::random();
  const WriteKey held = ring_.for_writing();
  rows.push_back(wrapped(row, *made, *held));
  TOLLGATE_RETURN_IF_ERROR(store_.put(rows));
  keep(row, made);
  return SubjectKeyPointer(std::move(made));
}

StatusOr<bool> SubjectKeys::all_there(std::span<const VaultRow> rows) const {
  for (const VaultRow& row : rows) {
    const auto found = store_.get(row.key);
    if (absl::IsNotFound(found.status())) return false;
    TOLLGATE_RETURN_IF_ERROR(found.status());
  }
  return true;
}

Status SubjectKeys::add_rows(PartnerId partner, Mode mode, std::string_view subject, std::vector<VaultRow> rows) {
  const std::string row = row_of(partner, mode, subject);
  const std::lock_guard lock(stripe_of(row));
  auto known = cached(row);
  if (known == nullptr) {
    auto found = read(row);
    if (absl::IsNotFound(found.status())) return make(row, std::move(rows)).status();
    TOLLGATE_RETURN_IF_ERROR(found.status());
  }
  TOLLGATE_ASSIGN_OR_RETURN(const bool there, all_there(rows));
  return there ? Status() : store_.put(rows);
}

Status SubjectKeys::add_rows_of_existing(std::span<const Addition> all) {
  // All stripes, in order: none of these is erased or made meanwhile.
  std::deque<std::unique_lock<std::mutex>> locks;
  for (std::mutex& stripe : stripes_) locks.emplace_back(stripe);
  std::vector<VaultRow> added;
  for (const Addition& one : all) {
    const auto key = store_.get(row_of(one.partner, one.mode, one.subject));
    if (absl::IsNotFound(key.status())) continue;
    TOLLGATE_RETURN_IF_ERROR(key.status());
    TOLLGATE_ASSIGN_OR_RETURN(const bool there, all_there(one.rows));
    if (!there) added.insert(added.end(), one.rows.begin(), one.rows.end());
  }
  return added.empty() ? Status() : store_.put(added);
}

Status SubjectKeys::erase(PartnerId partner, Mode mode, std::string_view subject, const std::function<StatusOr<std::vector<std::string>>()>& also) {
  const std::string row = row_of(partner, mode, subject);
  const std::lock_guard lock(stripe_of(row));
  TOLLGATE_ASSIGN_OR_RETURN(std::vector<std::string> rows, also());
  rows.push_back(row);
  const Status removed = store_.remove(rows);
  // Also after an error, when no one knows what is on disk.
  drop(row);
  return removed;
}

// Under the row's stripe: it is not wrapped anew meanwhile, and the key that it is under stays.
StatusOr<SubjectKeyPointer> SubjectKeys::read(const std::string& row) {
  TOLLGATE_ASSIGN_OR_RETURN(const std::string stored, store_.get(row));
  TOLLGATE_ASSIGN_OR_RETURN(const auto key, unwrapped(row, stored));
  keep(row, key);
  return SubjectKeyPointer(key);
}

StatusOr<std::shared_ptr<SubjectKey>> SubjectKeys::unwrapped(const std::string& row, std::string_view stored) const {
  const auto damaged = [&] { return data_loss("the vault's key of {} is damaged", std::string_view(row).substr(row_prefix_bytes)); };
  const uint32_t number = key_number(stored);
  const DataKeyPointer under = row_key(ring_, number);
  const std::size_t head_bytes = number == 0 ? 0 : row_head_bytes;
  if (under == nullptr || stored.size() < head_bytes + SubjectKey::id_bytes) return damaged();
  const std::string_view bound = stored.substr(0, head_bytes + SubjectKey::id_bytes);
  auto key = std::make_shared<SubjectKey>();
  key->id = bound.substr(head_bytes);
  const auto opened = open_bytes(wrapping_key(*under, row), row + std::string(bound), stored.substr(bound.size()));
  if (!opened || opened->reveal().size() != Key::size) return damaged();
  key->key = Key(opened->reveal());
  return key;
}

Status SubjectKeys::rewrap(std::span<const std::string> rows, uint64_t& damaged) {
  // All stripes, in order: no row is erased, made or read meanwhile. What is in the cache is not waited for.
  std::deque<std::unique_lock<std::mutex>> locks;
  for (std::mutex& stripe : stripes_) locks.emplace_back(stripe);
  const WriteKey held = ring_.for_writing();
  std::vector<VaultRow> anew;
  for (const std::string& row : rows) {
    const auto stored = store_.get(row);
    if (absl::IsNotFound(stored.status())) continue;
    TOLLGATE_RETURN_IF_ERROR(stored.status());
    const auto key = unwrapped(row, *stored);
    if (key.ok()) anew.push_back(wrapped(row, **key, *held));
    else ++damaged;
  }
  return store_.put(anew);
}

SubjectKeyPointer SubjectKeys::cached(const std::string& row) {
  const std::lock_guard lock(mutex_);
  const auto found = by_row_.find(row);
  if (found == by_row_.end()) {
    ++misses_;
    return nullptr;
  }
  ++hits_;
  newest_first_.splice(newest_first_.begin(), newest_first_, found->second);
  return found->second->key;
}

void SubjectKeys::keep(const std::string& row, SubjectKeyPointer key) {
  const std::lock_guard lock(mutex_);
  // Two threads may have missed it in the cache one after the other.
  if (by_row_.contains(row)) return;
  if (newest_first_.size() >= cached_max_) {
    by_row_.erase(newest_first_.back().row);
    newest_first_.pop_back();
    ++evictions_;
  }
  newest_first_.push_front({row, std::move(key)});
  by_row_.emplace(row, newest_first_.begin());
}

CacheStats SubjectKeys::cache_stats() const {
  const std::lock_guard lock(mutex_);
  CacheStats stats;
  stats.name = "vault_keys";
  stats.entries = newest_first_.size();
  stats.entries_max = cached_max_;
  stats.hits = hits_;
  stats.misses = misses_;
  stats.evictions = evictions_;
  return stats;
}

void SubjectKeys::drop(const std::string& row) {
  const std::lock_guard lock(mutex_);
  const auto found = by_row_.find(row);
  if (found == by_row_.end()) return;
  newest_first_.erase(found->second);
  by_row_.erase(found);
}

}  // namespace tollgate::vault
