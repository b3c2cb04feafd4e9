// systemd's journal, and what it takes for a line's level (sd-daemon(3)): without it `journalctl -p err` finds nothing.
#pragma once
#include <string_view>

namespace tollgate::observe {

// Whether what is written there goes to the journal: JOURNAL_STREAM names it (systemd.exec(5)), and may be inherited by who writes elsewhere.
[[nodiscard]] bool is_journal(int descriptor);
// "<3>" for "error".
[[nodiscard]] std::string_view journal_prefix(std::string_view level);

}  // namespace tollgate::observe
