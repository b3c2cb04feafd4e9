// Deliberate faults at the seams of the engine, to know that the simulator can fail: each must be caught.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate::sim {

enum class Sabotage : uint8_t {
  none, drop_row, early_ack, forget_inquiry, post_twice, reuse_reference, refund_over, forget_key, forget_recovery, lose_timer, late_request,
  mix_answers
};

struct SabotageName {
  Sabotage sabotage;
  std::string_view name, what;
};
inline constexpr std::array<SabotageName, 11> sabotages{{
    {Sabotage::drop_row, "drop-row", "an append loses one of its rows"},
    {Sabotage::early_ack, "early-ack", "an append is acknowledged before it is durable"},
    {Sabotage::forget_inquiry, "forget-inquiry", "inquiries never leave the node"},
    {Sabotage::post_twice, "post-twice", "a capture is posted to the books twice"},
    {Sabotage::reuse_reference, "reuse-reference", "an operation goes out under the reference of an earlier one"},
    {Sabotage::refund_over, "refund-over", "a refund asks for one minor unit more than it should"},
    {Sabotage::forget_key, "forget-key", "idempotency entries are not written"},
    {Sabotage::forget_recovery, "forget-recovery", "what was in flight at a crash is forgotten"},
    {Sabotage::lose_timer, "lose-timer", "timers are not written"},
    {Sabotage::late_request, "late-request", "the acquirer is asked before the request is durable"},
    {Sabotage::mix_answers, "mix-answers", "an unknown answer is taken for a decline"},
}};

[[nodiscard]] inline std::optional<Sabotage> sabotage_named(std::string_view name) {
  for (const SabotageName& known : sabotages)
    if (known.name == name) return known.sabotage;
  return std::nullopt;
}

}  // namespace tollgate::sim
