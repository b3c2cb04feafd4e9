// Who is found by what: keyed hashes of values that personal data holds (an email address), so that nobody's data need be opened to find its
// owner. From a hash nothing can be told without the vault's index key. A subject's rows are written and removed with its key.
//
//   "f" partner be64 | mode u8 | hash (16 bytes) | subject                       ->  nothing
//   "g" partner be64 | mode u8 | length of the subject u8 | subject | hash       ->  nothing: what to remove with the subject
//   "h" kind                                                                     ->  the mark: session of the store | newline | as of what
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/vault/vault.h"
#include "vault/subject_keys.h"

namespace tollgate::vault {

class Findable {
 public:
  Findable(Store& store, const Keyring& ring, SubjectKeys& subjects) : store_(store), ring_(ring), subjects_(subjects) {}

  // The subject's key is made if there is none.
  [[nodiscard]] Status add(std::string_view kind, const FindableBy& by);
  // In one write; those whose key is gone are left out.
  [[nodiscard]] Status add_existing(std::string_view kind, std::span<const FindableBy> all);
  [[nodiscard]] StatusOr<std::vector<std::string>> find(std::string_view kind, PartnerId partner, Mode mode, std::string_view value, const FindPage& page) const;
  // The keys of all rows of a subject.
  [[nodiscard]] StatusOr<std::vector<std::string>> rows_of(PartnerId partner, Mode mode, std::string_view subject) const;

  [[nodiscard]] StatusOr<bool> whole(std::string_view kind, std::string_view as_of);
  [[nodiscard]] Status set_whole(std::string_view kind, std::string_view as_of);

 private:
  static constexpr std::size_t hash_bytes = 16;
  [[nodiscard]] std::string hash_of(std::string_view kind, PartnerId partner, Mode mode, std::string_view value) const;
  [[nodiscard]] std::vector<VaultRow> rows_for(std::string_view kind, const FindableBy& by) const;

  Store& store_;
  const Keyring& ring_;
  SubjectKeys& subjects_;
};

}  // namespace tollgate::vault
