#include "vault/locked_memory.h"

#include <openssl/crypto.h>
#include <sys/mman.h>

#include <atomic>
#include <mutex>
#include <vector>

#include "tollgate/base/assert.h"

namespace tollgate::vault {
namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;

std::atomic<bool> all_locked{true};

struct Pool {
  std::mutex mutex;
  std::vector<char*> free;
};

// Never destroyed: keys in static and thread-local objects outlive any order that it could be destroyed in.
Pool& pool() {
  static Pool* const only = new Pool;
  return *only;
}

void add_chunk(Pool& to) {
  void* const memory = ::mmap(nullptr, chunk_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TOLLGATE_ASSERT(memory != MAP_FAILED);
  if (::mlock(memory, chunk_bytes) != 0) all_locked = false;
  (void)::madvise(memory, chunk_bytes, MADV_DONTDUMP);
  (void)::madvise(memory, chunk_bytes, MADV_DONTFORK);
  char* const first = static_cast<char*>(memory);
  to.free.reserve(to.free.capacity() + chunk_bytes / locked_block_bytes);
  for (std::size_t at = chunk_bytes; at > 0; at -= locked_block_bytes) to.free.push_back(first + at - locked_block_bytes);
}

}  // namespace

char* take_locked_block() {
  Pool& from = pool();
  const std::lock_guard lock(from.mutex);
  if (from.free.empty()) add_chunk(from);
  char* const block = from.free.back();
  from.free.pop_back();
  return block;
}

void give_back_locked_block(char* block) noexcept {
  if (block == nullptr) return;
  OPENSSL_cleanse(block, locked_block_bytes);
  Pool& to = pool();
  const std::lock_guard lock(to.mutex);
  to.free.push_back(block);  // never grows: room for every block was reserved
}

bool memory_is_locked() { return all_locked; }

}  // namespace tollgate::vault
