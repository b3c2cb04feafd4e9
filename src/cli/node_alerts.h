// Where the node's own alerts are told: POSTs to one address, over https with a verified certificate or plain http, signed if there is a
// secret.
//
// Tollgate-Signature: t=UNIX_SECONDS,v1=HEX     HMAC-SHA256 under the secret over "UNIX_SECONDS.BODY", of each attempt anew
#pragma once
#include <memory>
#include <string>

#include "cli/config.h"

namespace tollgate::cli {

class AlertPost {
 public:
  virtual ~AlertPost() = default;
  // nullptr if no webhook is configured. An error says which file or URL cannot be used.
  [[nodiscard]] static StatusOr<std::unique_ptr<AlertPost>> open(const Config& config);
  // One attempt, from one thread at a time; blocks for the timeout at most.
  [[nodiscard]] virtual Status post(const std::string& body) = 0;
};

}  // namespace tollgate::cli
