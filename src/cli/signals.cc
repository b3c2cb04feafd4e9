#include "cli/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>

#include "tollgate/base/assert.h"

namespace tollgate::cli {

namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_signals();
  TOLLGATE_ASSERT(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
}

StopSignal::StopSignal() {
  block_stop_signals();
  const sigset_t set = stop_signals();
  std::signal(SIGPIPE, SIG_IGN);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  raised_ = ::eventfd(0, EFD_CLOEXEC);
  TOLLGATE_ASSERT(signals_ >= 0 && raised_ >= 0);
}

StopSignal::~StopSignal() {
  ::close(signals_);
  ::close(raised_);
}

void StopSignal::raise() {
  const uint64_t one = 1;
  TOLLGATE_ASSERT(::write(raised_, &one, sizeof one) == sizeof one);
}

int StopSignal::wait(int timeout_ms) {
  pollfd waiting[] = {{signals_, POLLIN, 0}, {raised_, POLLIN, 0}};
  int ready;
  while ((ready = ::poll(waiting, 2, timeout_ms)) < 0) TOLLGATE_ASSERT(errno == EINTR);
  if (ready == 0 || waiting[1].revents != 0) return 0;
  signalfd_siginfo info{};
  TOLLGATE_ASSERT(::read(signals_, &info, sizeof info) == sizeof info);
  return static_cast<int>(info.ssi_signo);
}

void protect_memory() {
  const rlimit none{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // The leak checker of a sanitized build traces its own process.
  (void)::prctl(PR_SET_DUMPABLE, 0);
#endif
}

}  // namespace tollgate::cli
