#include "vault/cards.h"

#include <openssl/crypto.h>

#include <array>
#include <cstring>

#include "tollgate/base/assert.h"

namespace tollgate::vault {
namespace {

constexpr std::size_t padded_bytes = 20;
constexpr std::size_t value_bytes = row_head_bytes + padded_bytes + sealed_overhead_bytes;
constexpr std::size_t row_prefix_bytes = 10;  // kind, partner, mode

// Each partner and mode has a key of its own, which follows from the data key.
Key key_of(const DataKey& key, const std::string& row) {
  return subkey(key.cards, PartnerId{load_be64(row.data() + 1)}, static_cast<Mode>(row[9]));
}

}  // namespace

std::string Cards::row_of(PartnerId partner, Mode mode, std::string_view token) {
  std::string row(1, row_kind);
  row.reserve(48);
  append_be64(row, partner.value);
  row.push_back(static_cast<char>(mode));
  row.append(token);
  return row;
}

uint32_t Cards::key_number(std::string_view value) { return row_key_number(value, value_bytes); }

VaultRow Cards::sealed(std::string row, std::string_view number, const DataKey& key) {
  TOLLGATE_ASSERT(number.size() < padded_bytes && row.size() >= row_prefix_bytes);
  std::array<char, padded_bytes> padded{};
  padded[0] = static_cast<char>(number.size());
  std::memcpy(padded.data() + 1, number.data(), number.size());
  std::string value = row_head(key.number);
  value += seal_bytes(key_of(key, row), row + value, {padded.data(), padded.size()});
  OPENSSL_cleanse(padded.data(), padded.size());
  return {std::move(row), std::move(value)};
}

StatusOr<Secret> Cards::read(const std::string& row) const {
  auto value = store_.get(row);
  TOLLGATE_RETURN_IF_ERROR(value.status());
  auto number = open(row, *value);
  if (!absl::IsNotFound(number.status())) return number;
  // Encrypted anew since it was read, and the key it was under is gone.
  value = store_.get(row);
  TOLLGATE_RETURN_IF_ERROR(value.status());
  number = open(row, *value);
  if (absl::IsNotFound(number.status())) return data_loss("{}", message_of(number.status()));
  return number;
}

// not_found if the key is gone.
StatusOr<Secret> Cards::open(const std::string& row, std::string_view value) const {
  const uint32_t key_number = Cards::key_number(value);
  const DataKeyPointer key = row_key(ring_, key_number);
  const std::string_view token = std::string_view(row).substr(row_prefix_bytes);
  const auto damaged = [&] { return data_loss("the vault's row of {} is damaged", token); };
  if (key == nullptr) return not_found("the vault's row of {} is damaged, or under a key that is gone (number {})", token, key_number);
  if (key_number == 0) {
    auto number = open_bytes(key_of(*key, row), row, value);
    if (!number) return damaged();
    return *std::move(number);
  }
  const auto padded = open_bytes(key_of(*key, row), row + std::string(value.substr(0, row_head_bytes)), value.substr(row_head_bytes));
  if (!padded || padded->reveal().size() != padded_bytes || static_cast<uint8_t>(padded->reveal()[0]) >= padded_bytes) return damaged();
  std::string number;
  number.reserve(2 * padded_bytes);  // on the heap: a short string leaves a copy of itself wherever it is moved from
  number = padded->reveal().substr(1, static_cast<uint8_t>(padded->reveal()[0]));
  return Secret(std::move(number));
}

StatusOr<VaultRow> Cards::resealed(const VaultRow& stored, const DataKey& key) const {
  TOLLGATE_ASSIGN_OR_RETURN(const Secret number, open(stored.key, stored.value));
  return sealed(stored.key, number.reveal(), key);
}

}  // namespace tollgate::vault
