// The row of a wrapped data key, as it lies in the vault's database (keyring.h says which bytes). Nothing in it is secret but the wrapped key,
// which is one to nobody without its KEK.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "vault/keyring.h"

namespace tollgate::vault {

inline constexpr char key_row_kind = 'k';
inline constexpr std::string_view meta_row = "m";
inline constexpr std::string_view format_name = "format 2";  // in the meta row

struct KeyRow {
  uint32_t number = 0;
  KeyKind kind = KeyKind::data;
  KeyState state = KeyState::active;
  int64_t created_us = 0;
  std::string provider, kek_id;
  std::string_view wrapped;  // of the row's value
};

// Nothing if the row is damaged.
[[nodiscard]] std::optional<KeyRow> parse_key_row(std::string_view key, std::string_view value);
[[nodiscard]] std::string key_row_of(uint32_t number);
// What a value begins with: to the provider's name. A change of state changes nothing behind it.
inline constexpr std::size_t key_row_head_bytes = 11;
[[nodiscard]] std::string key_row_head(KeyKind kind, KeyState state, int64_t created_us);
void append_key_row_text(std::string& to, std::string_view text);

[[nodiscard]] const char* name_of(KeyKind kind);

}  // namespace tollgate::vault
