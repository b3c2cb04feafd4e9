// The objects of an answer that was given before, as they were then.
#pragma once
#include "tollgate/engine/command.h"
#include "tollgate/projection/views.h"

namespace tollgate::api {

// Fills `result` (kind replayed, with its entry) so that it reads as it did the first time: done or refused, with its objects.
// unavailable if the first request has no answer yet.
[[nodiscard]] Status recall(const Views& views, const Stream& stream, CommandResult& result);

}  // namespace tollgate::api
