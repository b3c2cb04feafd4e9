#include "cli/node_sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace tollgate::cli {
namespace {

constexpr int first_descriptor = 3;
constexpr int64_t sockets_max = 16;

int64_t number_in(const char* name) {
  const char* text = std::getenv(name);
  int64_t value = 0;
  if (text == nullptr || std::from_chars(text, text + std::strlen(text), value).ec != std::errc{}) return 0;
  return value;
}

std::string where(const std::string& address, uint16_t port) {
  return address.find(':') == std::string::npos ? fmt::format("{}:{}", address, port) : fmt::format("[{}]:{}", address, port);
}

// As the kernel writes it: "0:0::1" is "::1".
std::string where(const Endpoint& endpoint) {
  unsigned char bytes[sizeof(in6_addr)];
  char text[INET6_ADDRSTRLEN] = "";
  for (const int family : {AF_INET, AF_INET6})
    if (::inet_pton(family, endpoint.address.c_str(), bytes) == 1) ::inet_ntop(family, bytes, text, sizeof text);
  return where(std::string(text), endpoint.port);
}

std::optional<std::string> listens_at(int descriptor) {
  int listening = 0, type = 0;
  socklen_t bytes = sizeof listening;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &bytes) != 0 || listening == 0) return std::nullopt;
  bytes = sizeof type;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &bytes) != 0 || type != SOCK_STREAM) return std::nullopt;
  sockaddr_storage address{};
  socklen_t address_bytes = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &address_bytes) != 0) return std::nullopt;
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
    ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    return where(std::string(text), ntohs(v4->sin_port));
  }
  if (address.ss_family != AF_INET6) return std::nullopt;
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
  ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
  return where(std::string(text), ntohs(v6->sin6_port));
}

}  // namespace

StatusOr<InheritedSockets> InheritedSockets::find() {
  InheritedSockets found;
  const int64_t count = number_in("LISTEN_FDS");
  // A child of the process that they were for would find the variables, but not the sockets.
  if (number_in("LISTEN_PID") != ::getpid() || count <= 0) return found;
  if (count > sockets_max) return failed_precondition("the service manager hands over {} sockets, more than {}", count, sockets_max);
  for (int descriptor = first_descriptor; descriptor < first_descriptor + static_cast<int>(count); ++descriptor) {
    const auto at = listens_at(descriptor);
    if (!at) return failed_precondition("the service manager hands over descriptor {}, which is no listening TCP socket", descriptor);
    (void)::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    found.sockets_.push_back({descriptor, *at});
  }
  return found;
}

int InheritedSockets::take(const Endpoint& endpoint) {
  const auto found = std::find_if(sockets_.begin(), sockets_.end(), [at = where(endpoint)](const Inherited& one) { return one.where == at; });
  if (found == sockets_.end()) return -1;
  const int descriptor = found->descriptor;
  sockets_.erase(found);
  return descriptor;
}

Status InheritedSockets::check_all_taken(const Config& config) const {
  if (sockets_.empty()) return absl::OkStatus();
  return failed_precondition("the service manager listens on {}, but api.listen is {} and admin.listen is {}: make the socket unit and the "
                             "configuration say the same", sockets_.front().where, config.api.listen, config.admin.listen);
}

}  // namespace tollgate::cli
