// The vault's keys, over the admin API of the node that runs.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "cli/admin_client.h"
#include "cli/show_progress.h"
#include "tollgate/base/clock.h"

namespace tollgate::cli {
namespace {

constexpr auto poll_interval = std::chrono::milliseconds(100);

struct VaultArguments {
  AdminTarget target;
  bool as_json = false;
  bool wait = false;
  uint64_t timeout_s = 60;
};

std::string age_of(int64_t created_s) {
  const int64_t days = (SystemClock().now_us() / us_per_second - created_s) / (24 * 3'600);
  return days == 1 ? "1 day" : fmt::format("{} days", days);
}

bool is_retiring(const Json& key) { return key.at("state") == "retiring"; }

std::string left_of(const Json& key) {
  if (!is_retiring(key)) return "";
  return key.at("rows_left").is_null() ? "being counted" : key.at("rows_left").dump();
}

void print(const Json& status) {
  std::printf("key-encryption key: %s, from the provider \"%s\"\n", status.at("kek_id").get<std::string>().c_str(), status.at("provider").get<std::string>().c_str());
  if (!status.at("memory_locked").get<bool>()) std::printf("WARNING: memory that keys lie in could not be locked\n");
  std::printf("%-6s %-7s %-10s %-12s %s\n", "KEY", "KIND", "STATE", "AGE", "ROWS LEFT");
  for (const Json& key : status.at("keys"))
    std::printf("%-6s %-7s %-10s %-12s %s\n", key.at("id").dump().c_str(), key.at("kind").get<std::string>().c_str(), key.at("state").get<std::string>().c_str(),
                age_of(key.at("created").get<int64_t>()).c_str(), left_of(key).c_str());
  const Json& check = status.at("kek_check");
  if (!check.at("up").is_null() && !check.at("up").get<bool>())
    std::printf("PROBLEM: the key provider does not answer: %s. Payments go on; a restart would not succeed\n", check.at("problem").get<std::string>().c_str());
  if (status.at("job") != "") std::printf("in work: %s\n", status.at("job").get<std::string>().c_str());
  if (status.at("problem") != "") std::printf("PROBLEM: %s\n", status.at("problem").get<std::string>().c_str());
}

int show(const Json& status, bool as_json) {
  if (as_json) std::printf("%s\n", status.dump().c_str());
  else print(status);
  return status.at("problem") == "" ? exit_ok : exit_failed;
}

int status(const VaultArguments& arguments) {
  auto client = AdminClient::open(arguments.target);
  if (!client.ok()) return complain(client.status());
  const auto answer = client->get("vault");
  if (!answer.ok()) return complain(answer.status());
  const int shown = show(*answer, arguments.as_json);
  return answer->at("kek_check").at("up") == false ? exit_failed : shown;
}

// Until the job is done, and with --wait until no key retires any more.
StatusOr<Json> wait_for(AdminClient& client, const Json& began, const VaultArguments& arguments) {
  StepLine progress;
  const int64_t deadline_us = monotonic_us() + static_cast<int64_t>(arguments.timeout_s) * us_per_second;
  while (true) {
    auto status = client.get("vault");
    if (!status.ok()) return status;
    const bool done = status->at("job") == "" && status->at("jobs_done") > began.at("began_after_job");
    const Json* retiring = nullptr;
    for (const Json& key : status->at("keys"))
      if (is_retiring(key)) retiring = &key;
    if (done && (!arguments.wait || retiring == nullptr || status->at("problem") != "")) {
      progress.clear();
      return status;
    }
    if (!done && monotonic_us() > deadline_us) {
      progress.clear();
      return unavailable("no new key after {} s: the key provider does not answer. It goes on trying; see `tollgate vault status`", arguments.timeout_s);
    }
    progress.show(done ? "rows left" : "waiting for", done ? left_of(*retiring) : "the key provider");
    std::this_thread::sleep_for(poll_interval);
  }
}

int change(const char* job, const VaultArguments& arguments) {
  auto client = AdminClient::open(arguments.target);
  if (!client.ok()) return complain(client.status());
  const auto began = client->post(fmt::format("vault/{}", job), Json::object());
  if (!began.ok()) return complain(began.status());
  if (!began->contains("began_after_job")) {
    if (arguments.as_json) std::printf("%s\n", began->dump().c_str());
    return say_approval(*began);
  }
  const auto ended = wait_for(*client, *began, arguments);
  if (!ended.ok()) return complain(ended.status());
  const int result = show(*ended, arguments.as_json);
  if (result == exit_ok && std::string_view(job) == "rewrap" && ended->at("provider") == "file")
    std::fprintf(stderr, "tollgate: keep a copy of the new vault/vault.key elsewhere, now; backups from before need the copy of the one before\n");
  return result;
}

std::shared_ptr<VaultArguments> add(CLI::App& command) {
  auto arguments = std::make_shared<VaultArguments>();
  add_admin_options(command, arguments->target);
  command.add_flag("--json", arguments->as_json, "One JSON object, for programs");
  return arguments;
}

void add_timeout(CLI::App& command, VaultArguments& arguments) {
  command.add_option("--timeout-s", arguments.timeout_s, "How long to wait for the key provider")->type_name("N")->check(CLI::Range(1, 86'400))->capture_default_str();
}

}  // namespace

void add_vault(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("vault", "Show and change the keys that card data is encrypted under, while the node runs");
  command->require_subcommand(1);

  auto* showing = command->add_subcommand("status", "List the keys: kind, age, state, and how many rows are left under those that retire");
  auto shown = add(*showing);
  showing->footer("Exit status: 0 all is well, 1 there is a problem (its last line says which), 2 wrong command line.");
  showing->callback([shown, &run] { run = [shown] { return status(*shown); }; });

  auto* rotating = command->add_subcommand("rotate", "Make a new data key, and encrypt all rows anew under it in the background");
  auto rotated = add(*rotating);
  rotating->add_flag("--wait", rotated->wait, "Until every row is under the new key and the old one is destroyed");
  add_timeout(*rotating, *rotated);
  rotating->footer("How fast rows are encrypted anew: vault.rewrite_rows_per_s. It goes on after a restart. Fingerprints and tokens stay as they are.");
  rotating->callback([rotated, &run] { run = [rotated] { return change("rotate", *rotated); }; });

  auto* wrapping = command->add_subcommand("rewrap", "Make a new key-encryption key, and wrap the data keys under it");
  auto wrapped = add(*wrapping);
  add_timeout(*wrapping, *wrapped);
  wrapping->footer("Backups from before need the key-encryption key from before: keep its copy (or leave it in the HSM) until they are pruned.");
  wrapping->callback([wrapped, &run] { run = [wrapped] { return change("rewrap", *wrapped); }; });
}

}  // namespace tollgate::cli
