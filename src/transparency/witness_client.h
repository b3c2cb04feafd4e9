// Requests to one witness, one at a time: over https with a verified certificate, or plain http, which gives nothing away that is secret but
// lets anyone on the way keep the cosignatures back.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "tollgate/base/status.h"

namespace tollgate::transparency {

struct WitnessReply {
  int status = 0;
  std::string body;
};

class WitnessClient {
 public:
  virtual ~WitnessClient() = default;
  // "https://host[:port][/prefix]" or http. `ca_file`: PEM; empty: the system's certificates. Connects with the first request.
  [[nodiscard]] static StatusOr<std::unique_ptr<WitnessClient>> open(std::string_view url, uint32_t timeout_ms, const std::string& ca_file);
  // Blocks, at most the timeout. Any status is a reply; an error is that there was none.
  [[nodiscard]] virtual StatusOr<WitnessReply> post(std::string_view path, const std::string& body) = 0;
};

}  // namespace tollgate::transparency
