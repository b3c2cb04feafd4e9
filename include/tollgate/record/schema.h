// The published schema of the payloads, made from the structs themselves. src/record/events.proto is its output, kept in
// version control so that every change of the schema is seen in review; a test compares the two.
#pragma once
#include <string>

namespace tollgate {
[[nodiscard]] std::string proto_schema();
}  // namespace tollgate
