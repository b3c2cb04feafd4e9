// Objects and records on the auditor's terminal.
#pragma once
#include <string>
#include <vector>

#include "tollgate/audit/show.h"

namespace tollgate::cli {

// "pi_...  10.99 USD  succeeded  2025-06-15 12:00:00 UTC ...": one line of a list.
[[nodiscard]] std::string payment_line(const Payment& payment);
// What a payment came to: a few lines.
[[nodiscard]] std::vector<std::string> payment_lines(const Payment& payment);
// Name and value in two columns.
[[nodiscard]] std::string field_line(std::string_view name, std::string_view value);
void add_metadata_lines(std::vector<std::string>& lines, const Metadata& metadata);
// A record with who asked, its fields and its postings. `currency`: of amounts that do not say theirs; `of`: the id that it stands under.
[[nodiscard]] std::vector<std::string> record_lines(const Record& record, Currency currency, std::string_view of);

}  // namespace tollgate::cli
