// A subcommand that asks the running node one thing and shows the answer.
#pragma once
#include <functional>
#include <memory>
#include <type_traits>

#include "cli/admin_client.h"

namespace tollgate::cli {

using Show = std::function<void(const Json&)>;
inline void show_fields(const Json& answer) { print_fields(answer); }

// The exit status: what was asked for wrongly is wrong usage. Says on stderr if the thing waits for another person.
[[nodiscard]] int ask_and_show(const AdminTarget& target, bool as_json, const std::function<StatusOr<Json>(AdminClient&)>& ask, const Show& show);

// `Call` holds what the options of the command set, `target` and `as_json` among them.
template <class Call>
CLI::App& add_command(CLI::App& parent, Run& run, const char* name, const char* description, const std::shared_ptr<Call>& call,
                      std::type_identity_t<std::function<StatusOr<Json>(AdminClient&, const Call&)>> ask, Show show = show_fields) {
  CLI::App* command = parent.add_subcommand(name, description);
  add_admin_options(*command, call->target);
  command->add_flag("--json", call->as_json, "JSON, for programs");
  command->callback([call, ask = std::move(ask), show = std::move(show), &run] {
    run = [call, ask, show] {
      return ask_and_show(call->target, call->as_json, [&](AdminClient& client) { return ask(client, *call); }, show);
    };
  });
  return *command;
}

}  // namespace tollgate::cli
