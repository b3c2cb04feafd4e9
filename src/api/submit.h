// Commands: into the engine, and its results back into answers. A replay folds the object's history up to the first answer and
// renders that again, in the version it was rendered in.
#pragma once
#include "api/call.h"

namespace tollgate::api {

// Renders what was done; the objects of `result` are as they were right after the command.
using Finish = Reply (*)(Call& call, const CommandResult& result);

// Passes the call on: give back what it returns.
[[nodiscard]] Reply submit(CallPtr& call, OnPayment target, Finish finish);
[[nodiscard]] Reply submit(CallPtr& call, OnCustomerObject target, Finish finish);
// To the directory's partition, with nobody waiting: the version that the partner's first call decides.
void pin_version(const Services& services, ResultSink& sink, const Authenticated& who, const ApiVersion& version, RequestId request,
                 std::function<void()> not_taken);

}  // namespace tollgate::api
