// Listening sockets that the service manager opened and keeps (systemd's tollgate.socket; the protocol of sd_listen_fds(3)). While one process
// ends and the next one begins, connections wait in them, and none is refused.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "cli/config.h"

namespace tollgate::cli {

class InheritedSockets {
 public:
  // What this process was given; nothing if it was started in another way. failed_precondition: something that is no listening TCP socket.
  [[nodiscard]] static StatusOr<InheritedSockets> find();
  // The one that listens there, or -1. Its descriptor is the caller's.
  [[nodiscard]] int take(const Endpoint& endpoint);
  // failed_precondition: one was given that neither listener is configured for. Its clients would wait for ever.
  [[nodiscard]] Status check_all_taken(const Config& config) const;

 private:
  struct Inherited {
    int descriptor;
    std::string where;  // "127.0.0.1:8080", "[::1]:8080"
  };
  std::vector<Inherited> sockets_;
};

}  // namespace tollgate::cli
