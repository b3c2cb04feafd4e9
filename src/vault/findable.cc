#include "vault/findable.h"

#include "tollgate/base/bytes.h"
#include "tollgate/base/digest.h"

namespace tollgate::vault {
namespace {

constexpr char by_value = 'f', by_subject = 'g', mark = 'h';

std::string stream(char kind, PartnerId partner, Mode mode) {
  std::string row(1, kind);
  append_be64(row, partner.value);
  row.push_back(static_cast<char>(mode));
  return row;
}

std::string of_subject(PartnerId partner, Mode mode, std::string_view subject) {
  std::string row = stream(by_subject, partner, mode);
  row.push_back(static_cast<char>(subject.size()));
  row.append(subject);
  return row;
}

Status check_subject(std::string_view subject) {
  if (subject.empty() || subject.size() > subject_bytes_max) return invalid_argument("a subject has 1 to {} bytes", subject_bytes_max);
  return {};
}

}  // namespace

// The same value of another partner, mode or kind has another hash.
std::string Findable::hash_of(std::string_view kind, PartnerId partner, Mode mode, std::string_view value) const {
  std::string input = stream(by_value, partner, mode);
  input.append(value);
  const Digest digest = hmac_sha256(subkey(ring_.index(), "findable " + std::string(kind)).view(), input);
  return {reinterpret_cast<const char*>(digest.data()), hash_bytes};
}

std::vector<VaultRow> Findable::rows_for(std::string_view kind, const FindableBy& by) const {
  const std::string hash = hash_of(kind, by.partner, by.mode, by.value);
  return {{stream(by_value, by.partner, by.mode) + hash + std::string(by.subject), ""}, {of_subject(by.partner, by.mode, by.subject) + hash, ""}};
}

Status Findable::add(std::string_view kind, const FindableBy& by) {
  TOLLGATE_RETURN_IF_ERROR(check_subject(by.subject));
  return subjects_.add_rows(by.partner, by.mode, by.subject, rows_for(kind, by));
}

Status Findable::add_existing(std::string_view kind, std::span<const FindableBy> all) {
  std::vector<SubjectKeys::Addition> additions;
  for (const FindableBy& by : all) {
    TOLLGATE_RETURN_IF_ERROR(check_subject(by.subject));
    additions.push_back({by.partner, by.mode, std::string(by.subject), rows_for(kind, by)});
  }
  return subjects_.add_rows_of_existing(additions);
}

StatusOr<std::vector<std::string>> Findable::find(std::string_view kind, PartnerId partner, Mode mode, std::string_view value, const FindPage& page) const {
  const std::string prefix = stream(by_value, partner, mode) + hash_of(kind, partner, mode, value);
  std::vector<std::string> found;
  const auto order = page.descending ? Store::Order::descending : Store::Order::ascending;
  TOLLGATE_RETURN_IF_ERROR(store_.walk_beyond(prefix, page.beyond, order, [&](std::string_view rest) {
    found.emplace_back(rest);
    return found.size() < page.limit;
  }));
  return found;
}

StatusOr<std::vector<std::string>> Findable::rows_of(PartnerId partner, Mode mode, std::string_view subject) const {
  const std::string prefix = of_subject(partner, mode, subject);
  std::vector<std::string> rows;
  TOLLGATE_RETURN_IF_ERROR(store_.walk_beyond(prefix, {}, Store::Order::ascending, [&](std::string_view hash) {
    rows.push_back(prefix + std::string(hash));
    rows.push_back(stream(by_value, partner, mode) + std::string(hash) + std::string(subject));
    return true;
  }));
  return rows;
}

// Whoever opened the store last has kept the rows up to date, or it has left no mark of its session.
StatusOr<bool> Findable::whole(std::string_view kind, std::string_view as_of) {
  const auto noted = store_.get(mark + std::string(kind));
  if (absl::IsNotFound(noted.status())) return false;
  TOLLGATE_RETURN_IF_ERROR(noted.status());
  const std::string tail = "\n" + std::string(as_of);
  if (*noted == store_.session() + tail) return true;
  if (*noted != store_.session_before() + tail) return false;
  TOLLGATE_RETURN_IF_ERROR(set_whole(kind, as_of));
  return true;
}

Status Findable::set_whole(std::string_view kind, std::string_view as_of) {
  const VaultRow row{mark + std::string(kind), store_.session() + "\n" + std::string(as_of)};
  return store_.put({&row, 1});
}

}  // namespace tollgate::vault
