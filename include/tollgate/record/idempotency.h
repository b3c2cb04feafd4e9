// The row that an idempotency key leaves. It stands here, and not with the engine that writes it, because auditors check it against the log.
#pragma once
#include <cstdint>
#include <string>

#include "tollgate/base/id.h"
#include "tollgate/payment/commands.h"

namespace tollgate {

// What an idempotency key keeps: enough to give the same answer again by folding the object's history up to the reply.
struct IdempotencyEntry {
  std::string fingerprint;
  std::string parameters;
  std::string operation;  // "POST /v1/payment_intents"
  std::string api_version;
  RequestId request;
  RefusalDetail refusal;          // refusal.none: it was done
  std::string subject;            // id of the object that was answered, as text ("pi_...", "re_...")
  uint16_t acquirer_operation = 0;  // the answer waited for this operation; 0: it did not wait
  uint64_t sequence = 0;          // last record of the command's batch
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "fingerprint", self.fingerprint);
    v(2, "parameters", self.parameters);
    v(3, "operation", self.operation);
    v(4, "api_version", self.api_version);
    v(5, "request", self.request);
    v(6, "refusal", self.refusal);
    v(7, "subject", self.subject);
    v(8, "acquirer_operation", self.acquirer_operation);
    v(9, "sequence", self.sequence);
  }
  bool operator==(const IdempotencyEntry&) const = default;
};

}  // namespace tollgate
