// For our own invariants only, in all builds: a failed one is a bug of ours and ends the process before it can write
// anything wrong. Whatever a peer, a disk or a partner can cause is a returned error, never an assert.
#pragma once

namespace tollgate {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;
}

#define TOLLGATE_ASSERT(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::tollgate::assertion_failed(#condition, __FILE__, __LINE__))
