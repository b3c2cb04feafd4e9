// Rows in words.
#pragma once
#include <string>
#include <string_view>

#include "audit/commands.h"
#include "tollgate/eventlog/event_log.h"

namespace tollgate::audit {

// "the row of pi_...", "the charges row of ch_... in the index", "the timer that expires the authorization of pi_... at ...".
[[nodiscard]] std::string name_of_row(Table table, std::string_view key);
// What is wrong with a row that differs from what its records lead to.
[[nodiscard]] std::string wrong_value(Table table, std::string_view key, std::string_view row, std::string_view expected, const Origin& origin);
[[nodiscard]] std::string missing_row(Table table, std::string_view key, const Origin& origin);
[[nodiscard]] std::string stray_row(Table table, std::string_view key);

// Keys of the timers that a payment and a partner's books need (FORMAT.md).
[[nodiscard]] std::string expiry_timer_key(uint32_t partition, int64_t due_us, PartnerId partner, Mode mode, const IdCore& core);
[[nodiscard]] std::string release_timer_key(uint32_t partition, int64_t due_us, PartnerId partner, Mode mode);

}  // namespace tollgate::audit
