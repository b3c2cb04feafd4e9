// Which changes of a partner protect it, or others from it, less than before: the one table of that. Such a change waits for a second person.
// Pure.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/partner/partner.h"

namespace tollgate::admin {

// `by_rule`: the functions below look at it themselves.
enum class Weaker : uint8_t { never, if_higher, if_lower, by_rule };
struct FieldProtection {
  std::string_view name;
  Weaker weaker;
};
// Of every field there is one; a limit that had none would count as weaker whatever it is changed to.
[[nodiscard]] std::span<const FieldProtection> limit_fields();   // of PartnerLimits
[[nodiscard]] std::span<const FieldProtection> config_fields();  // of PartnerConfig
[[nodiscard]] std::span<const FieldProtection> key_fields();     // of ApiKey

// Why, in words; empty: it weakens nothing. `defaults`: the node's own limits, which hold where the partner has none.
[[nodiscard]] std::string weakening(const PartnerConfig& before, const PartnerConfig& after, const PartnerLimits& defaults);
// A key more: is there anything that it may do which none of the valid ones of its mode may do from there, or not for so long? Where there were some
// and none is valid any more, always; the first of its mode is onboarding.
[[nodiscard]] std::string weakening(const std::vector<ApiKey>& keys, const ApiKey& added, int64_t now_us);

}  // namespace tollgate::admin
