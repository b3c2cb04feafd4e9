// Memory for keys: it is not swapped out, not in a core dump and not in a forked child, and what was in it is wiped when it is given back.
#pragma once
#include <cstddef>

namespace tollgate::vault {

inline constexpr std::size_t locked_block_bytes = 32;

// All zero. Any thread.
[[nodiscard]] char* take_locked_block();
void give_back_locked_block(char* block) noexcept;

// False once the system has refused to lock some of it: RLIMIT_MEMLOCK is too small. Such memory is used all the same.
[[nodiscard]] bool memory_is_locked();

}  // namespace tollgate::vault
