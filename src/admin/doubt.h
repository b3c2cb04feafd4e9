// What is in doubt, as the admin API shows it and takes words about it.
#pragma once
#include <string>
#include <vector>

#include "tollgate/payment/types.h"

namespace tollgate::admin {

// Nobody knows what the acquirer did, or that it has undone it.
[[nodiscard]] inline bool is_doubtful(const Operation& operation) {
  return operation.state == OperationState::in_doubt || operation.state == OperationState::reversing || operation.late_approval;
}
// What two people may say of it; empty if it is not in doubt.
[[nodiscard]] inline std::vector<HandOutcome> sayable(const Operation& operation) {
  if (operation.state == OperationState::reversing || operation.late_approval) return {HandOutcome::reversed};
  if (operation.state != OperationState::in_doubt) return {};
  return {HandOutcome::approved, HandOutcome::declined, HandOutcome::never_happened};
}
// As routes.cc has it and approvals keep it.
[[nodiscard]] std::string resolution_path(PaymentId payment, uint16_t operation);
// Nothing said about it by hand until the acquirer was asked again, or for so long where it is not being asked at all.
inline constexpr int64_t unasked_before_resolution_us = 600'000'000;

}  // namespace tollgate::admin
