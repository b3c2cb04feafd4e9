#include "vault/subject_keys.h"

#include "tollgate/base/bytes.h"
#include "tollgate/base/random.h"

namespace tollgate::vault {
namespace {

constexpr char row_kind = 's';

std::string row_of(PartnerId partner, Mode mode, std::string_view subject) {
  std::string row(1, row_kind);
  append_be64(row, partner.value);
  row.push_back(static_cast<char>(mode));
  row.append(subject);
  return row;
}

}  // namespace

StatusOr<SubjectKeyPointer> SubjectKeys::get(PartnerId partner, Mode mode, std::string_view subject) {
  const std::string row = row_of(partner, mode, subject);
  if (auto known = cached(row)) return known;
  const std::lock_guard lock(stripe_of(row));
  return read(row, partner, mode);
}

StatusOr<SubjectKeyPointer> SubjectKeys::get_or_make(PartnerId partner, Mode mode, std::string_view subject) {
  const std::string row = row_of(partner, mode, subject);
  if (auto known = cached(row)) return known;
  const std::lock_guard lock(stripe_of(row));
  auto found = read(row, partner, mode);
  if (!absl::IsNotFound(found.status())) return found;
  auto made = std::make_shared<SubjectKey>();
  made->id.resize(SubjectKey::id_bytes);
  SystemRandom random;
  random.fill({reinterpret_cast<uint8_t*>(made->id.data()), made->id.size()});
  made->key = Key::random();
  const VaultRow stored{row, made->id + seal_bytes(subkey(wrapping_, partner, mode), row + made->id, made->key.view())};
  TOLLGATE_RETURN_IF_ERROR(store_.put({&stored, 1}));
  keep(row, made);
  return SubjectKeyPointer(std::move(made));
}

Status SubjectKeys::erase(PartnerId partner, Mode mode, std::string_view subject) {
  const std::string row = row_of(partner, mode, subject);
  const std::lock_guard lock(stripe_of(row));
  const Status removed = store_.remove(row);
  // Also after an error, when no one knows what is on disk.
  drop(row);
  return removed;
}

StatusOr<SubjectKeyPointer> SubjectKeys::read(const std::string& row, PartnerId partner, Mode mode) {
  TOLLGATE_ASSIGN_OR_RETURN(const std::string stored, store_.get(row));
  const auto damaged = [&] { return data_loss("the vault's key of {} is damaged", std::string_view(row).substr(10)); };
  if (stored.size() < SubjectKey::id_bytes) return damaged();
  auto key = std::make_shared<SubjectKey>();
  key->id = stored.substr(0, SubjectKey::id_bytes);
  const auto opened = open_bytes(subkey(wrapping_, partner, mode), row + key->id, std::string_view(stored).substr(SubjectKey::id_bytes));
  if (!opened || opened->reveal().size() != Key::size) return damaged();
  key->key = Key(opened->reveal());
  keep(row, key);
  return SubjectKeyPointer(std::move(key));
}

SubjectKeyPointer SubjectKeys::cached(const std::string& row) {
  const std::lock_guard lock(mutex_);
  const auto found = by_row_.find(row);
  if (found == by_row_.end()) return nullptr;
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
  }
  newest_first_.push_front({row, std::move(key)});
  by_row_.emplace(row, newest_first_.begin());
}

void SubjectKeys::drop(const std::string& row) {
  const std::lock_guard lock(mutex_);
  const auto found = by_row_.find(row);
  if (found == by_row_.end()) return;
  newest_first_.erase(found->second);
  by_row_.erase(found);
}

}  // namespace tollgate::vault
