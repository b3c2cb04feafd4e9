// For readers of many records.
#pragma once
#include "tollgate/record/record.h"

namespace tollgate {

// As decode_record(), into a record that is used again and again with its memory. After an error its content is of no use.
[[nodiscard]] Status decode_record_into(std::string_view bytes, Record& record);

}  // namespace tollgate
