// Who may operate the node: users, tokens, approvals, and the trail of what was done.
#include <cstdio>

#include "cli/admin_command.h"
#include "cli/certificate_pins.h"
#include "tollgate/directory/secret_file.h"
#include "tollgate/record/json.h"

namespace tollgate::cli {
namespace {

constexpr int64_t seconds_per_day = 86'400;

struct Call {
  AdminTarget target;
  bool as_json = false;
  std::string name;  // what the command is about: a user, a token, an approval
};
std::string seconds_text(const Json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || !found->is_number_integer()) return "never";
  return time_text(found->get<int64_t>() * 1'000'000).substr(0, 19) + "Z";
}

void show_users(const Json& answer) {
  if (answer["data"].empty()) std::printf("There are no admin users yet: tollgate admin user create NAME --role security_officer\n");
  for (const Json& user : answer["data"]) {
    std::printf("%-24s %-18s %s\n", text(user, "name").c_str(), text(user, "role").c_str(), text(user, "status").c_str());
    for (const Json& token : user["tokens"])
      std::printf("  token %s  %-8s expires %s, last used %s%s\n", text(token, "id").c_str(), text(token, "status").c_str(),
                  seconds_text(token, "expires").c_str(), seconds_text(token, "last_used").c_str(),
                  text(token, "client_certificate").empty() ? "" : ", with its certificate only");
  }
  std::printf("bootstrap token %s, approvals %s\n", text(answer, "bootstrap_token").c_str(), text(answer, "approvals").c_str());
}

void show_approvals(const Json& answer) {
  if (answer["data"].empty()) std::printf("Nothing waits for approval.\n");
  for (const Json& approval : answer["data"])
    std::printf("%s  %s asked for %s\n  %s %s\n  until %s\n", text(approval, "id").c_str(), text(approval, "requested_by").c_str(),
                text(approval, "why").c_str(), text(approval, "request").c_str(), approval["body"].dump().c_str(),
                seconds_text(approval, "expires").c_str());
}

void show_trail_item(const Json& item) {
  std::string who = text(item, "user").empty() ? "-" : text(item, "user") + " (" + text(item, "role") + ")";
  std::string more = text(item, "approved_by").empty() ? "" : ", approved by " + text(item, "approved_by");
  if (item.contains("suppressed"))
    more += text(item, "result") == "not_recorded_singly" ? fmt::format(": {} refused accesses", item["suppressed"].get<uint64_t>())
                                                          : fmt::format(", and {} more like it", item["suppressed"].get<uint64_t>());
  std::printf("%s  %-36s %-18s %-20s from %-15s %s%s\n", time_text(item["time_us"].get<int64_t>()).c_str(), who.c_str(), text(item, "action").c_str(),
              text(item, "subject").c_str(), text(item, "from").c_str(), text(item, "result").c_str(), more.c_str());
}

void add_user(CLI::App& parent, Run& run) {
  CLI::App* user = parent.add_subcommand("user", "Admin users: each person and each program its own");
  user->require_subcommand(1);
  auto create = std::make_shared<Call>();
  auto role = std::make_shared<std::string>();
  CLI::App& command = add_command(*user, run, "create", "Make a user; then make a token for it", create, [role](AdminClient& client, const Call& c) {
    return client.post("users", {{"name", c.name}, {"role", *role}});
  });
  command.add_option("name", create->name, "As the trail names the user: a-z, 0-9, dot, dash, underscore")->required()->type_name("NAME");
  command.add_option("--role", *role, "What the user may do")
      ->required()
      ->check(CLI::IsMember({"viewer", "operator", "partner_manager", "auditor", "security_officer"}));
  command.footer("viewer            sees the node and the partners\n"
                 "operator          the same; backups, logging, what is in doubt\n"
                 "partner_manager   sees the same; partners and their keys, approves what another partner manager asked for\n"
                 "auditor           sees the same, the log, the trail and the users\n"
                 "security_officer  everything: users, tokens, the vault's keys");
  add_command(*user, run, "list", "List users with their tokens", std::make_shared<Call>(), [](AdminClient& client, const Call&) { return client.get("users"); },
      show_users);
  auto disable = std::make_shared<Call>();
  add_command(*user, run, "disable", "End a user for good, with all tokens", disable, [](AdminClient& client, const Call& c) {
    return client.post("users/" + c.name + "/disable", Json::object());
  }).add_option("name", disable->name, "The user")->required()->type_name("NAME");
}

void add_token(CLI::App& parent, Run& run) {
  CLI::App* token = parent.add_subcommand("token", "Tokens of admin users");
  token->require_subcommand(1);
  struct Options {
    int64_t days = 90;
    std::string out, certificate;
  };
  auto options = std::make_shared<Options>();
  auto create = std::make_shared<Call>();
  CLI::App& command = add_command(*token, run, "create", "Make a token; it is shown once", create,
                          [options](AdminClient& client, const Call& c) -> StatusOr<Json> {
                            Json wanted = {{"expires_in_s", options->days * seconds_per_day}};
                            if (!options->certificate.empty()) {
                              TOLLGATE_ASSIGN_OR_RETURN(wanted["client_certificate"], certificate_pin(options->certificate));
                            }
                            TOLLGATE_ASSIGN_OR_RETURN(Json made, client.post("users/" + c.name + "/tokens", wanted));
                            if (options->out.empty() || !made.contains("token")) return made;
                            TOLLGATE_RETURN_IF_ERROR(write_secret_file(options->out, made["token"].get<std::string>() + "\n"));
                            made["token"] = "in " + options->out;
                            return made;
                          },
                          [](const Json& made) {
                            print_fields(made);
                            if (made.contains("token")) std::fprintf(stderr, "The token is stored nowhere by the node: keep it now.\n");
                          });
  command.add_option("user", create->name, "Whose it is")->required()->type_name("NAME");
  command.add_option("--expires-in-days", options->days, "Then it ends by itself")->type_name("N")->check(CLI::Range(1, 366))->capture_default_str();
  command.add_option("--bound-to", options->certificate,
                     "Opens nothing without this client certificate: a PEM file of it or of its public key, or that key's SHA-256 as 64 hexadecimal "
                     "digits. Needs admin.client_certificates")
      ->type_name("FILE|SHA256");
  command.add_option("--out", options->out, "Write it to a file (0600) and do not show it; --token-file takes that")->type_name("FILE");
  auto revoke = std::make_shared<Call>();
  add_command(*token, run, "revoke", "End a token at once", revoke, [](AdminClient& client, const Call& c) {
    return client.post("tokens/" + c.name + "/revoke", Json::object());
  }).add_option("token", revoke->name, "Its id: the 12 characters behind tga_")->required()->type_name("ID");
}

void add_approvals(CLI::App& parent, Run& run) {
  CLI::App* approvals = parent.add_subcommand("approvals", "What waits until a second person agrees");
  approvals->require_subcommand(1);
  add_command(*approvals, run, "list", "List what waits", std::make_shared<Call>(), [](AdminClient& client, const Call&) { return client.get("approvals"); },
      show_approvals);
  for (const char* verb : {"approve", "reject"}) {
    auto call = std::make_shared<Call>();
    const bool approve = std::string_view(verb) == "approve";
    add_command(*approvals, run, verb, approve ? "Agree: it is done now, and its answer is shown" : "Refuse: nothing is done", call,
        [verb](AdminClient& client, const Call& c) { return client.post(fmt::format("approvals/{}/{}", c.name, verb), Json::object()); })
        .add_option("approval", call->name, "Its id")
        ->required()
        ->type_name("ID");
  }
}

struct TrailOptions {
  AdminTarget target;
  std::size_t limit = 50;
  std::string user;
  bool as_json = false;
};

int show_trail(const TrailOptions& options) {
  constexpr std::size_t page_max = 500;
  auto client = AdminClient::open(options.target);
  if (!client.ok()) return complain(client.status());
  std::string before;
  std::size_t shown = 0;
  bool has_more = true;
  while (has_more && shown < options.limit) {
    std::string path = fmt::format("audit?limit={}", std::min(page_max, options.limit - shown));
    if (!before.empty()) path += "&before=" + before;
    if (!options.user.empty()) path += "&user=" + options.user;
    const auto page = client->get(path);
    if (!page.ok()) return complain(page.status());
    for (const Json& item : (*page)["data"]) {
      ++shown;
      if (options.as_json) std::printf("%s\n", item.dump().c_str());
      else show_trail_item(item);
    }
    has_more = page->value("has_more", false);
    if (has_more) before = std::to_string((*page)["next_before"].get<uint64_t>());
  }
  return exit_ok;
}

void add_trail(CLI::App& parent, Run& run) {
  auto options = std::make_shared<TrailOptions>();
  CLI::App* command = parent.add_subcommand("audit", "What was done through the admin API and who was refused, newest first");
  add_admin_options(*command, options->target);
  command->add_option("--limit", options->limit, "At most so many")->type_name("N")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  command->add_option("--user", options->user, "Only of this user")->type_name("NAME");
  command->add_flag("--json", options->as_json, "One JSON object a line");
  command->footer("These are records of partition 0 of the event log: `tollgate audit verify DIR` checks them like all others.");
  command->callback([options, &run] { run = [options] { return show_trail(*options); }; });
}

}  // namespace

void add_admin(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("admin", "Who may operate a running node: users, tokens, approvals, the trail");
  command->require_subcommand(1);
  add_user(*command, run);
  add_token(*command, run);
  add_approvals(*command, run);
  add_trail(*command, run);
}

}  // namespace tollgate::cli
