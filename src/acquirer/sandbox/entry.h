// What the sandbox keeps of one reference, and how it is stored: about 20 bytes beside the reference itself.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tollgate/acquirer/sandbox.h"

namespace tollgate::sandbox {

struct Entry {
  AcquirerAction action = AcquirerAction::sale;
  Outcome outcome = Outcome::approved;
  DeclineCode code = DeclineCode::none;
  Check cvc_check = Check::none;
  uint8_t traits = 0;  // of Trait (behaviour.h)
  bool reversed = false;
  bool tombstone = false;
  bool canceled = false;  // an authorization whose rest was released
  uint32_t times_seen = 0;
  uint32_t times_moved = 0;
  uint32_t violations = 0;
  int64_t amount = 0;
  Currency currency;
  int64_t effect = 0;  // by how much it changed the authorization that it is about
  int64_t authorized = 0, captured = 0, refunded = 0;
  std::string original;  // reference of the authorization that it is about; empty if it is one
};

[[nodiscard]] std::string encode(const Entry& entry);
// Nothing if the bytes are no entry.
[[nodiscard]] std::optional<Entry> decode_entry(std::string_view bytes);

[[nodiscard]] SandboxEntry to_public(std::string reference, const Entry& entry);

// A refund whose end is still to be reported.
struct PendingRefund {
  AcquirerRequest refund;
  bool succeeds = true;
};
// Without the reference, which is in the key.
[[nodiscard]] std::string encode(const PendingRefund& pending);
[[nodiscard]] std::optional<PendingRefund> decode_pending(std::string reference, std::string_view bytes);

}  // namespace tollgate::sandbox
