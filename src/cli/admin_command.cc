#include "cli/admin_command.h"

#include <cstdio>

namespace tollgate::cli {

int ask_and_show(const AdminTarget& target, bool as_json, const std::function<StatusOr<Json>(AdminClient&)>& ask, const Show& show) {
  auto client = AdminClient::open(target);
  if (!client.ok()) return complain(client.status());
  const auto answer = ask(*client);
  if (!answer.ok()) return complain(answer.status(), absl::IsInvalidArgument(answer.status()) ? exit_usage : exit_failed);
  const int status = say_approval(*answer);
  if (as_json) std::printf("%s\n", answer->dump().c_str());
  else show(*answer);
  return status;
}

}  // namespace tollgate::cli
