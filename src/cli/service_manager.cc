#include "cli/service_manager.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace tollgate::cli {
namespace {

// One that does not read holds up neither payments' end nor the monitor: its queue is full after some ten messages.
constexpr timeval send_timeout{.tv_sec = 1, .tv_usec = 0};

int64_t number_in(const char* name) {
  const char* text = std::getenv(name);
  int64_t value = 0;
  if (text == nullptr) return 0;
  const char* end = text + std::strlen(text);
  const auto [stopped, problem] = std::from_chars(text, end, value);
  return problem == std::errc{} && stopped == end ? value : 0;
}

}  // namespace

bool tell_service_manager(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return false;
  sockaddr_un address{};
  const std::size_t path_bytes = std::strlen(path);
  if (path_bytes >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, path_bytes);
  // An abstract name begins with a zero byte and has no end but its length.
  if (path[0] == '@') address.sun_path[0] = '\0';
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  (void)::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &send_timeout, sizeof send_timeout);
  const auto address_bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_bytes);
  const ssize_t sent = ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), address_bytes);
  ::close(fd);
  return sent == static_cast<ssize_t>(state.size());
}

int64_t watchdog_interval_us() {
  const int64_t pid = number_in("WATCHDOG_PID");
  if (pid != 0 && pid != ::getpid()) return 0;
  return number_in("WATCHDOG_USEC");
}

}  // namespace tollgate::cli
