// The postings that an event carries.
#pragma once
#include <cstdint>

#include "tollgate/ledger/posting.h"
#include "tollgate/record/event.h"

namespace tollgate {

// nullptr if it is no event that moves money.
[[nodiscard]] const Postings* postings_of(const Event& event);
// From the type alone, without decoding the record.
[[nodiscard]] bool may_post(uint16_t event_type);

}  // namespace tollgate
