// The table of test cards, with what the public TestCard does not show: how each behaves.
#pragma once
#include <string_view>

#include "acquirer/sandbox/behaviour.h"
#include "tollgate/acquirer/sandbox.h"

namespace tollgate::sandbox {

// nullptr: no test card.
[[nodiscard]] const Behaviour* behaviour_by_alias(std::string_view alias);
[[nodiscard]] const Behaviour* behaviour_by_number(std::string_view number);

}  // namespace tollgate::sandbox
