// Card numbers as rows: token -> number, encrypted under a data key. A number is padded, so that a row does not tell its length.
//
//   "c" partner be64 | mode u8 | token  ->  sealed_row.h: head | AES-256-GCM of (u8 length, digits, zeros to 20 bytes)
#pragma once
#include "vault/sealed_row.h"

namespace tollgate::vault {

class Cards {
 public:
  static constexpr char row_kind = 'c';
  Cards(const Store& store, const Keyring& ring) : store_(store), ring_(ring) {}

  [[nodiscard]] static std::string row_of(PartnerId partner, Mode mode, std::string_view token);
  // Sealed before it is stored: the caller holds `key` until it is.
  [[nodiscard]] static VaultRow sealed(std::string row, std::string_view number, const DataKey& key);
  // not_found if there is no such row.
  [[nodiscard]] StatusOr<Secret> read(const std::string& row) const;

  // 0: a row of format 1.
  [[nodiscard]] static uint32_t key_number(std::string_view value);
  // The row, as it is stored, under another key. data_loss if it does not open.
  [[nodiscard]] StatusOr<VaultRow> resealed(const VaultRow& stored, const DataKey& key) const;

 private:
  [[nodiscard]] StatusOr<Secret> open(const std::string& row, std::string_view value) const;

  const Store& store_;
  const Keyring& ring_;
};

}  // namespace tollgate::vault
