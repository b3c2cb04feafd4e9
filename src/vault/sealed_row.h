// What the encrypted rows of the vault (cards, keys of subjects) have in common: which data key each is under.
//
//   format 2:  u8 (2) | number of the data key be32 | ...      (of one length for each kind of row, longer than in format 1)
//   format 1:  ...                                             (under the key that the vault brought along from format 1)
#pragma once
#include <string>
#include <string_view>

#include "tollgate/base/bytes.h"
#include "vault/keyring.h"

namespace tollgate::vault {

inline constexpr std::size_t row_head_bytes = 5;

[[nodiscard]] inline std::string row_head(uint32_t key_number) {
  std::string head(1, '\2');
  append_be32(head, key_number);
  return head;
}

// 0 of a row of format 1.
[[nodiscard]] inline uint32_t row_key_number(std::string_view value, std::size_t format_2_bytes) {
  return value.size() == format_2_bytes && value[0] == '\2' ? load_be32(value.data() + 1) : 0;
}

// The data key of a row; nullptr if it is gone.
[[nodiscard]] inline DataKeyPointer row_key(const Keyring& ring, uint32_t number) { return ring.find(number == 0 ? ring.v1_number() : number); }

}  // namespace tollgate::vault
