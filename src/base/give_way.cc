#include "tollgate/base/give_way.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace tollgate {
namespace {

constexpr int background_nice = 10;
constexpr uint64_t slice_ns = 100'000;

// The kernel's struct sched_attr in its first form (SCHED_ATTR_SIZE_VER0): glibc of Debian 12 has no name for it.
struct SchedulingAttributes {
  uint32_t size = sizeof(SchedulingAttributes);
  uint32_t policy = 0;  // SCHED_OTHER
  uint64_t flags = 0;
  int32_t nice = background_nice;
  uint32_t priority = 0;
  uint64_t runtime_ns = slice_ns;
  uint64_t deadline_ns = 0;
  uint64_t period_ns = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);

}  // namespace

void become_background() {
  thread_local bool done = false;
  if (done) return;
  done = true;
  const SchedulingAttributes attributes;
  if (::syscall(SYS_sched_setattr, 0, &attributes, 0U) == 0) return;
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, background_nice));
}

void give_way() { static_cast<void>(::sched_yield()); }

}  // namespace tollgate
