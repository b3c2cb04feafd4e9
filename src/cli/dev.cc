#include <nlohmann/json.hpp>

#include <cstdio>
#include <filesystem>

#include "cli/command.h"
#include "cli/dev_partners.h"
#include "cli/json_text.h"
#include "cli/node.h"
#include "cli/node_options.h"
#include "cli/signals.h"
#include "tollgate/acquirer/sandbox.h"

namespace tollgate::cli {
namespace {

constexpr std::size_t partners_max = 1'000'000;
// One of each kind of behaviour.
constexpr std::string_view cards_shown[] = {"pm_card_chargeDeclined",        "pm_card_chargeDeclinedInsufficientFunds",
                                            "pm_card_threeDSecure2Required", "pm_card_pendingRefund",
                                            "pm_card_tollgate_answerLost",   "pm_card_tollgate_neverArrives"};

struct DevOptions {
  NodeOptions node;
  std::size_t partners = 1;
};

// The first line, for programs. Then for a person.
void greet(const Node& node, const DevKey& key, const std::string& data_dir) {
  const nlohmann::ordered_json line = {{"api", node.api_url()},        {"admin", node.admin_url()},
                                       {"secret_key", key.secret_key}, {"admin_token", node.admin_token()},
                                       {"partner", key.partner},       {"data_dir", data_dir}};
  std::printf("%s\n\n", text_of_json(line).c_str());
  std::printf("Take a payment:\n\n"
              "  curl %s/v1/payment_intents -u %s: \\\n"
              "    -d amount=1099 -d currency=usd -d confirm=true \\\n"
              "    -d payment_method=pm_card_visa -d 'payment_method_types[]=card'\n\n"
              "Other test cards (all of them: tollgate test-cards):\n\n",
              node.api_url().c_str(), key.secret_key.c_str());
  for (const std::string_view alias : cards_shown)
    if (const TestCard* card = find_test_card(alias))
      std::printf("  %-42s %s\n", card->alias.c_str(), card->description.c_str());
  std::printf(
      "\nWhere to look:\n\n"
      "  the payments        curl %s/v1/payment_intents -u %s:\n"
      "  the partners        tollgate partner list --data %s\n"
      "  the node            tollgate status --data %s\n"
      "  the event log       tollgate audit verify %s\n\n"
      "Ctrl-C stops it; everything is kept in %s.\n",
      node.api_url().c_str(), key.secret_key.c_str(), data_dir.c_str(), data_dir.c_str(), data_dir.c_str(),
      data_dir.c_str());
  std::fflush(stdout);
}

int dev(DevOptions options) {
  std::error_code failed;
  const std::string data_dir =
      std::filesystem::absolute(options.node.config.data_dir, failed).lexically_normal().string();
  options.node.config.data_dir = data_dir;
  if (const Status status = check_config(options.node.config); !status.ok()) return complain(status, exit_usage);
  block_stop_signals();  // the log's thread is the first of them
  const auto log = observe::Log::open(log_options_of(options.node.config));
  options.node.log = log.get();
  const auto stop_with = [&](const Status& status) {
    log->flush();
    give_up(status);
  };
  auto node = Node::open(std::move(options.node));
  if (!node.ok()) stop_with(node.status());
  const auto keys = make_dev_partners(**node, DataPaths{data_dir}.dev_keys(), options.partners);
  if (!keys.ok()) stop_with(keys.status());
  (*node)->serve();
  greet(**node, keys->front(), data_dir);
  const Status ended = (*node)->run();
  if (!ended.ok()) stop_with(ended);
  node->reset();
  return exit_ok;
}

}  // namespace

void add_dev(CLI::App& app, Run& run) {
  auto* command =
      app.add_subcommand("dev", "Run a node to try things: no server, no configuration, a partner with a test key");
  auto options = std::make_shared<DevOptions>();
  Config& config = options->node.config;
  config.data_dir = "tollgate-data";
  config.log_format = "text";
  config.admin_approvals = "off";
  config.log_requests_one_in = 0;
  // Whoever tries things out from one machine is not a partner that got out of hand.
  config.requests_per_second = config.burst = config.concurrent_requests = config.queue_depth = 0;
  config.connections_per_address_max = config.unknown_keys_per_second = config.queue_delay_target_ms = 0;
  command->add_option("--listen", config.api.listen, "Address of the partner API; port 0 picks a free one")
      ->type_name("A:P")
      ->capture_default_str();
  command->add_option("--admin-listen", config.admin.listen, "Address of the admin API")
      ->type_name("A:P")
      ->capture_default_str();
  command->add_option("--data", config.data_dir, "Where everything is kept; made if it is missing")
      ->type_name("DIR")
      ->capture_default_str();
  command
      ->add_option("--partners", options->partners,
                   "How many partners there are, listed with their keys in DIR/keys.jsonl")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, partners_max))
      ->capture_default_str();
  command->add_option("--threads", config.engine_threads, "Engine threads and HTTP threads, each")
      ->type_name("N")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_flag_callback("--log-requests", [&config] { config.log_requests_one_in = 1; }, "Log a line for each request");
  command->add_flag_callback("--no-metrics", [&config] { config.metrics = config.server_timing = "off"; },
                             "Measure nothing, to see what measuring costs");
  command->add_flag_callback("--no-server-timing", [&config] { config.server_timing = "off"; }, "Do not tell partners where a request's time went");
  command->add_option("--log-format", config.log_format, "Of the lines on stderr")->type_name("F")->check(CLI::IsMember({"text", "json"}));
  command->add_option("--drain-delay-ms", config.drain_delay_ms, "At SIGTERM, how long /readyz says no before the node stops serving")
      ->type_name("MS")
      ->check(CLI::Range(0, 600'000));
  command->add_flag("--test-clock", options->node.test_clock,
                    "Let the admin API move the clock ahead (POST /admin/v1/clock/advance)");
  command
      ->add_option("--sync-delay-us", options->node.sync_delay_us, "Added to every sync, to see what a slow disk does")
      ->type_name("US")
      ->check(CLI::Range(0, 10'000'000));
  command
      ->add_option("--batch-commands", config.batch_commands_max, "Of partners, that go into one write at most; few make a small node")
      ->type_name("N")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  command
      ->add_option("--queue-delay-target-ms", config.queue_delay_target_ms,
                   "Commands that all wait longer are too much work: then the least important requests are answered with 503. 0: never")
      ->type_name("MS")
      ->check(CLI::Range(0, 10'000))
      ->capture_default_str();
  command
      ->add_option("--sandbox-latency-ms", config.sandbox_latency_ms,
                   "How long the sandbox acquirer takes for every answer")
      ->type_name("MS")
      ->check(CLI::Range(0, 60'000));
  command
      ->add_option("--acquirer-timeout-ms", config.call_timeout_ms,
                   "Then an acquirer call's outcome is unknown and is inquired")
      ->type_name("MS")
      ->check(CLI::Range(100, 3'600'000))
      ->capture_default_str();
  command->add_option("--signing", config.transparency_signing, "Sign checkpoints of the log, which receipts need")
      ->type_name("on|off")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  command->add_option("--reports", config.reports_enabled, "Keep the figures of each day, which `tollgate report` shows")
      ->type_name("on|off")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  command->add_option("--witness-file", config.witness_file, "Witnesses that cosign them, a line each: witness NAME VKEY URL")->type_name("FILE");
  command
      ->add_option("--requests-per-second", config.requests_per_second,
                   "Of a partner; more are answered with 429. 0: no limit, so that load can be tried")
      ->type_name("N")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  command->footer(
      "The first line on stdout is one JSON object: api, admin, secret_key, admin_token, partner, data_dir.\n"
      "SIGTERM or Ctrl-C: requests in work finish, exit status 0.");
  command->callback([options, &run] {
    run = [options] {
      Config& chosen = options->node.config;
      chosen.io_threads = chosen.engine_threads;
      chosen.partitions = std::max(chosen.partitions, chosen.engine_threads);
      options->node.keep_partitions = true;
      return dev(*options);
    };
  });
}

}  // namespace tollgate::cli
