// What waits for a second person, as that person has to see it: what was asked, what it changes, and whether they may decide.
#pragma once
#include "admin/admin_api.h"

namespace tollgate::admin {

// What was asked for; null if it cannot be read (one that an earlier version let in may nest too deep).
[[nodiscard]] Json body_of(const Approval& approval);
// {"id", "requested_by", "request", "body", "why", "requested", "expires"}
[[nodiscard]] Json to_json(const Approval& approval);
// {"action", "subject", "subject_name", "changes": [{"field", "before", "after"}], "outdated"}: against what holds now.
[[nodiscard]] Json what_it_changes(const Approval& approval, const Directory& directory, int64_t now_us);
// {"permission", "own", "may_approve", "may_reject"}: the same rules as where it is decided.
[[nodiscard]] Json what_may_be_done(const Approval& approval, const Principal& who);

}  // namespace tollgate::admin
