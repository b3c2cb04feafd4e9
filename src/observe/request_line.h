// A request as a line of the log.
#pragma once
#include <string>

#include "tollgate/observe/log.h"

namespace tollgate::observe {

// Appends the line with its newline.
void append_request_line(std::string& to, LogFormat format, std::string_view level, int64_t now_us, const RequestLine& line);

}  // namespace tollgate::observe
