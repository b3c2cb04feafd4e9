#include <cstdio>

#include "cli/admin_command.h"
#include "cli/partner_options.h"
#include "cli/terminal_text.h"
#include "cli/option_checks.h"

namespace tollgate::cli {
namespace {

// What every `tollgate partner ...` has in common.
struct Call {
  AdminTarget target;
  bool as_json = false;
  std::string partner, key;
  PartnerOptions config;
  Json body = Json::object();
};

void show(const Json& answer) {
  print_fields(answer);
  if (answer.contains("secret_key") || answer.contains("secret_keys"))
    std::fprintf(stderr, "The secret key is shown this once and is stored nowhere: keep it now.\n");
}

CLI::App& add(CLI::App& parent, Run& run, const char* name, const char* description, const std::shared_ptr<Call>& call,
              std::function<StatusOr<Json>(AdminClient&, const Call&)> ask) {
  return add_command(parent, run, name, description, call, std::move(ask), show);
}

void add_partner_argument(CLI::App& command, Call& call) {
  command.add_option("partner", call.partner, "The partner's id, acct_...")->required()->type_name("ID");
}
void add_key_argument(CLI::App& command, Call& call) {
  command.add_option("key", call.key, "The key's id: the 12 characters behind sk_test_ or sk_live_")
      ->required()
      ->type_name("KEY");
}

void add_create(CLI::App& parent, Run& run) {
  auto call = std::make_shared<Call>();
  auto modes = std::make_shared<std::vector<std::string>>();
  CLI::App& command = add(parent, run, "create", "Make a partner, with its first key", call,
                          [modes](AdminClient& client, const Call& c) -> StatusOr<Json> {
                            TOLLGATE_ASSIGN_OR_RETURN(Json body, c.config.to_json());
                            if (!modes->empty()) body["keys"] = *modes;
                            return client.post("partners", body);
                          });
  call->config.add_to(command);
  command.get_option("--name")->required();
  command.add_option("--key", *modes, "Mode of its first keys; a test key if not given")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"test", "live"}));
}

void add_update(CLI::App& parent, Run& run) {
  auto call = std::make_shared<Call>();
  auto seen = std::make_shared<int64_t>(0);
  CLI::App& command =
      add(parent, run, "update", "Change what is given, leave the rest", call,
          [seen](AdminClient& client, const Call& c) -> StatusOr<Json> {
            TOLLGATE_ASSIGN_OR_RETURN(Json body, c.config.to_json());
            if (body.empty())
              return invalid_argument("nothing to change was given: see `tollgate partner update --help`");
            if (*seen != 0) body["version"] = *seen;
            return client.post("partners/" + c.partner, body);
          });
  add_partner_argument(command, *call);
  call->config.add_to(command);
  command.add_option("--if-version", *seen, "Only if the partner's `version` is still this one")->type_name("N")->check(whole_number(1, UINT64_MAX));
}

void add_show(CLI::App& parent, Run& run) {
  auto call = std::make_shared<Call>();
  add_partner_argument(add(parent, run, "show", "Show a partner and its keys", call,
                           [](AdminClient& client, const Call& c) { return client.get("partners/" + c.partner); }),
                       *call);
}

// One line each; with --json one object each.
int list(const AdminTarget& target, std::size_t limit, const std::string& status, bool as_json) {
  constexpr std::size_t page_max = 1'000;
  auto client = AdminClient::open(target);
  if (!client.ok()) return complain(client.status());
  std::string after;
  bool has_more = true;
  std::size_t shown = 0;
  while (has_more && shown < limit) {
    std::string path = fmt::format("partners?limit={}", std::min(page_max, limit - shown));
    if (!after.empty()) path += "&after=" + after;
    if (!status.empty()) path += "&status=" + status;
    const auto page = client->get(path);
    if (!page.ok()) return complain(page.status());
    for (const Json& partner : (*page)["data"]) {
      after = partner.value("id", std::string());
      ++shown;
      if (as_json) std::printf("%s\n", partner.dump().c_str());
      else
        std::printf("%-18s %-10s %s\n", after.c_str(), partner.value("status", std::string()).c_str(),
                    printable(partner.value("name", std::string())).c_str());
    }
    has_more = page->value("has_more", false);
  }
  if (has_more) std::fprintf(stderr, "There are more: --limit shows more than %zu.\n", limit);
  return exit_ok;
}

void add_list(CLI::App& parent, Run& run) {
  struct Options {
    AdminTarget target;
    std::size_t limit = 100;
    std::string status;
    bool as_json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = parent.add_subcommand("list", "List partners, by id");
  add_admin_options(*command, options->target);
  command->add_option("--limit", options->limit, "At most so many")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000'000}))
      ->capture_default_str();
  command->add_option("--status", options->status, "Only those")
      ->check(CLI::IsMember({"active", "suspended", "closed"}));
  command->add_flag("--json", options->as_json, "One JSON object a line");
  command->callback([options, &run] {
    run = [options] { return list(options->target, options->limit, options->status, options->as_json); };
  });
}

void add_status_change(CLI::App& parent, Run& run, const char* name, const char* description, bool with_reason) {
  auto call = std::make_shared<Call>();
  auto reason = std::make_shared<std::string>();
  CLI::App& command = add(parent, run, name, description, call, [name, reason](AdminClient& client, const Call& c) {
    return client.post(fmt::format("partners/{}/{}", c.partner, name),
                       reason->empty() ? Json::object() : Json{{"reason", *reason}});
  });
  add_partner_argument(command, *call);
  if (with_reason) command.add_option("--reason", *reason, "Why, for those who look later")->type_name("TEXT");
}

void add_key_create(CLI::App& parent, Run& run) {
  auto call = std::make_shared<Call>();
  struct Options {
    std::string mode = "test", scope = "all";
    std::vector<std::string> networks;
    int64_t expires_in_s = 0;
  };
  auto options = std::make_shared<Options>();
  CLI::App& command = add(parent, run, "create", "Make one more key; it is shown once", call,
                          [options](AdminClient& client, const Call& c) {
                            Json body = {{"mode", options->mode}, {"scope", options->scope}};
                            if (options->expires_in_s != 0) body["expires_in_s"] = options->expires_in_s;
                            if (!options->networks.empty()) body["networks"] = options->networks;
                            return client.post(fmt::format("partners/{}/keys", c.partner), body);
                          });
  add_partner_argument(command, *call);
  command.add_option("--mode", options->mode, "Which payments it is for")
      ->check(CLI::IsMember({"test", "live"}))
      ->capture_default_str();
  command.add_option("--scope", options->scope, "What it may do besides reading; payments: all but refunds, refunds: these alone")
      ->check(CLI::IsMember({"all", "read_only", "payments", "refunds"}))
      ->capture_default_str();
  command.add_option("--expires-in-s", options->expires_in_s, "Ends by itself after so many seconds")
      ->type_name("S")
      ->check(CLI::PositiveNumber);
  command.add_option("--network", options->networks, "Where it may be used from: an address or a network, 10.0.0.0/8; may be given several times. None: anywhere")
      ->type_name("NETWORK")
      ->allow_extra_args(false);
}

void add_key_roll(CLI::App& parent, Run& run) {
  auto call = std::make_shared<Call>();
  auto overlap_s = std::make_shared<int64_t>(86'400);
  CLI::App& command = add(
      parent, run, "roll", "Replace a key: the new one is shown once, the old one stays valid for a while", call,
      [overlap_s](AdminClient& client, const Call& c) {
        return client.post(fmt::format("partners/{}/keys/{}/roll", c.partner, c.key), {{"old_valid_s", *overlap_s}});
      });
  add_partner_argument(command, *call);
  add_key_argument(command, *call);
  command.add_option("--old-valid-s", *overlap_s, "How long the old key stays valid, in seconds; 0: it ends at once")
      ->type_name("S")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

void add_key_revoke(CLI::App& parent, Run& run) {
  auto call = std::make_shared<Call>();
  CLI::App& command = add(parent, run, "revoke", "End a key at once", call, [](AdminClient& client, const Call& c) {
    return client.post(fmt::format("partners/{}/keys/{}/revoke", c.partner, c.key), Json::object());
  });
  add_partner_argument(command, *call);
  add_key_argument(command, *call);
}

}  // namespace

void add_partner(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("partner", "Onboard and manage partners of a running node");
  command->require_subcommand(1);
  add_create(*command, run);
  add_list(*command, run);
  add_show(*command, run);
  add_update(*command, run);
  add_status_change(*command, run, "suspend", "Refuse its requests from now on, reads excepted", true);
  add_status_change(*command, run, "resume", "End a suspension", false);
  add_status_change(*command, run, "close", "Close it for good: nothing of it can be changed any more", true);
  CLI::App* key = command->add_subcommand("key", "A partner's API keys");
  key->require_subcommand(1);
  add_key_create(*key, run);
  add_key_roll(*key, run);
  add_key_revoke(*key, run);
}

}  // namespace tollgate::cli
