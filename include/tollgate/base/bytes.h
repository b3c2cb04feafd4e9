// Fixed-width integers in byte order, hex and base62. Bytes travel as std::string (owned) and std::string_view.
#pragma once
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate {

// In ASCII order, so that texts of one length sort as the numbers they stand for.
inline constexpr std::string_view base62_alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the record format's loads and stores assume a little-endian machine");

inline void store_le16(void* to, uint16_t v) { std::memcpy(to, &v, 2); }
inline void store_le32(void* to, uint32_t v) { std::memcpy(to, &v, 4); }
inline void store_le64(void* to, uint64_t v) { std::memcpy(to, &v, 8); }
inline uint16_t load_le16(const void* from) { uint16_t v; std::memcpy(&v, from, 2); return v; }
inline uint32_t load_le32(const void* from) { uint32_t v; std::memcpy(&v, from, 4); return v; }
inline uint64_t load_le64(const void* from) { uint64_t v; std::memcpy(&v, from, 8); return v; }

// Big-endian: database keys, which then sort as numbers.
inline void append_be16(std::string& to, uint16_t v) { v = __builtin_bswap16(v); to.append(reinterpret_cast<const char*>(&v), 2); }
inline void append_be32(std::string& to, uint32_t v) { v = __builtin_bswap32(v); to.append(reinterpret_cast<const char*>(&v), 4); }
inline void append_be64(std::string& to, uint64_t v) { v = __builtin_bswap64(v); to.append(reinterpret_cast<const char*>(&v), 8); }
inline uint16_t load_be16(const void* from) { return __builtin_bswap16(load_le16(from)); }
inline uint32_t load_be32(const void* from) { return __builtin_bswap32(load_le32(from)); }
inline uint64_t load_be64(const void* from) { return __builtin_bswap64(load_le64(from)); }

[[nodiscard]] std::string to_hex(std::string_view bytes);
// Lower or upper case; nothing for an odd length or another character.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

// Exactly `width` characters, most significant first. `width` must be enough for the value.
void append_base62(std::string& to, unsigned __int128 value, std::size_t width);
// Nothing for an empty text, another character, or a value over 2^128 - 1.
[[nodiscard]] std::optional<unsigned __int128> from_base62(std::string_view text);

}  // namespace tollgate
