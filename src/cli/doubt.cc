// Operations whose outcome nobody knows, for the people who look after them.
#include <algorithm>
#include <cstdio>

#include "cli/admin_command.h"
#include "cli/terminal_text.h"
#include "tollgate/base/clock.h"
#include "tollgate/money/money.h"
#include "tollgate/record/json.h"

namespace tollgate::cli {
namespace {

constexpr std::size_t page_max = 1'000;

struct Call {
  AdminTarget target;
  bool as_json = false;
  std::string payment, partner;
  int operation = 0;  // 0: the one that is in doubt
  // list
  std::size_t limit = 100;
  bool newest = false;
  // resolve
  std::string outcome, reference, reason, acquirer_payment;
};

void add_subject(CLI::App& command, Call& call) {
  command.add_option("payment", call.payment, "The payment's id, pi_...")->required()->type_name("ID");
  command.add_option("operation", call.operation, "Which of its operations; the one in doubt if not given")
      ->type_name("N")
      ->check(CLI::Range(1, 3'000));
  command.add_option("--partner", call.partner, "Whose it is; found if not given")->type_name("ID");
}

std::string age_text(int64_t seconds) {
  if (seconds < 120) return fmt::format("{} s", std::max<int64_t>(seconds, 0));
  if (seconds < 7'200) return fmt::format("{} min", seconds / 60);
  return seconds < 172'800 ? fmt::format("{} h", seconds / 3'600) : fmt::format("{} d", seconds / 86'400);
}
std::string moment_text(const Json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || !found->is_number_integer()) return "-";
  return time_text(found->get<int64_t>() * us_per_second).substr(11, 8);
}
std::string amount_text(const Json& operation, const std::string& currency) {
  const auto known = Currency::parse(currency);
  const auto minor = operation.value("amount", int64_t{0});
  return known ? to_text({minor, *known}) : fmt::format("{} {}", minor, currency);
}

// "asked 3 times, no_answer, next 12:00:05"
std::string resolving_text(const Json& operation) {
  const auto& resolving = operation["resolving"];
  if (!resolving.is_object()) return "not being asked about here";
  const auto tries = resolving.value("tries", uint64_t{0});
  std::string told = fmt::format("{} {} {}", text(resolving, "asks") == "reverse" ? "reversed" : "asked", tries, tries == 1 ? "time" : "times");
  if (const std::string answer = text(resolving, "last_answer"); tries > 0) told += answer == "none" ? ", no answer yet" : ", answer: " + answer;
  return told + ", next " + moment_text(resolving, "next_try");
}

// Names can come from the configuration, and ids from the acquirer.
std::string known_as_text(const Json& operation) {
  const std::string acquirer = text(operation, "acquirer"), its_own = text(operation, "acquirer_payment");
  return printable(fmt::format("{} knows it as {}{}", acquirer.empty() ? "the acquirer" : acquirer, text(operation, "reference"),
                               its_own.empty() ? "" : fmt::format(", its own id is {}", its_own)));
}

void show_operation(const Json& item, const Json& operation) {
  const int64_t age_s = SystemClock().now_us() / us_per_second - operation.value("requested", int64_t{0});
  std::printf("%s %-3d %-9s %-13s %16s  %6s  %s\n", text(item, "object").c_str(), operation.value("operation", 0), text(operation, "kind").c_str(),
              text(operation, "state").c_str(), amount_text(operation, text(item, "currency")).c_str(), age_text(age_s).c_str(),
              resolving_text(operation).c_str());
  std::printf("    %s\n", known_as_text(operation).c_str());
  if (operation["approval"].is_object())
    std::printf("    %s has said %s: approval %s waits for another person\n", text(operation["approval"], "requested_by").c_str(),
                text(operation["approval"]["body"], "outcome").c_str(), text(operation["approval"], "id").c_str());
  if (!text(operation, "resolved_by_hand").empty())
    std::printf("    resolved by hand as %s%s\n", text(operation, "resolved_by_hand").c_str(),
                operation.value("contradicted", false) ? ", AND THE ACQUIRER SAYS OTHERWISE" : "");
}

void show_item(const Json& item) {
  if (!item.contains("operations")) {
    std::printf("%s     the verification of a card, of %s\n", text(item, "object").c_str(), text(item, "partner").c_str());
    return;
  }
  for (const Json& operation : item["operations"]) show_operation(item, operation);
}

void show_list(const Json& answer) {
  if (answer["data"].empty()) std::printf("Nothing is in doubt.\n");
  else std::printf("%-20s %-3s %-9s %-13s %16s  %6s  %s\n", "PAYMENT", "OP", "KIND", "STATE", "AMOUNT", "SINCE", "ACQUIRER");
  for (const Json& item : answer["data"]) show_item(item);
  for (const auto& [currency, minor] : answer["amount_in_doubt"].items())
    std::printf("%-44s %16s\n", "in all", amount_text({{"amount", minor}}, currency).c_str());
  if (answer.value("has_more", false)) std::printf("There are more: --limit shows them.\n");
}

// All pages, up to the limit, as one.
StatusOr<Json> list(AdminClient& client, const Call& call) {
  Json all = {{"data", Json::array()}, {"amount_in_doubt", Json::object()}, {"has_more", true}};
  std::string after;
  while (all["data"].size() < call.limit) {
    const std::size_t left = call.limit - all["data"].size();
    const std::string path = fmt::format("in_doubt?order={}&limit={}{}", call.newest ? "newest" : "oldest", std::min(left, page_max),
                                         after.empty() ? "" : "&after=" + after);
    TOLLGATE_ASSIGN_OR_RETURN(Json page, client.get(path));
    for (Json& item : page["data"]) all["data"].push_back(std::move(item));
    for (const auto& [currency, minor] : page["amount_in_doubt"].items()) {
      const auto sum = checked_add(all["amount_in_doubt"].value(currency, int64_t{0}), minor.get<int64_t>());
      all["amount_in_doubt"][currency] = sum.value_or(INT64_MAX);
    }
    all["has_more"] = page.value("has_more", false);
    if (!page.value("has_more", false)) break;
    after = text(page, "next");
  }
  return all;
}

std::string of_partner(const Call& call) { return call.partner.empty() ? "" : "?partner=" + call.partner; }

StatusOr<Json> show(AdminClient& client, const Call& call) {
  const std::string which = call.operation == 0 ? "" : fmt::format("/{}", call.operation);
  return client.get("in_doubt/" + call.payment + which + of_partner(call));
}

// "in_doubt/pi_.../2", of the operation that is meant.
StatusOr<std::string> path_of(AdminClient& client, const Call& call) {
  if (call.operation != 0) return fmt::format("in_doubt/{}/{}", call.payment, call.operation);
  TOLLGATE_ASSIGN_OR_RETURN(const Json item, client.get("in_doubt/" + call.payment + of_partner(call)));
  std::vector<int> open;
  for (const Json& operation : item["operations"])
    if (operation.value("in_doubt", false)) open.push_back(operation.value("operation", 0));
  if (open.empty()) return failed_precondition("{} has no operation in doubt", call.payment);
  if (open.size() > 1) return invalid_argument("{} has several operations in doubt ({}): say which", call.payment, fmt::join(open, ", "));
  return fmt::format("in_doubt/{}/{}", call.payment, open.front());
}

Json body_of(const Call& call) {
  Json body = Json::object();
  if (!call.partner.empty()) body["partner"] = call.partner;
  return body;
}

StatusOr<Json> inquire(AdminClient& client, const Call& call) {
  TOLLGATE_ASSIGN_OR_RETURN(const std::string path, path_of(client, call));
  return client.post(path + "/inquire", body_of(call));
}

StatusOr<Json> resolve(AdminClient& client, const Call& call) {
  TOLLGATE_ASSIGN_OR_RETURN(const std::string path, path_of(client, call));
  Json body = body_of(call);
  body["outcome"] = call.outcome;
  body["reference"] = call.reference;
  body["reason"] = call.reason;
  if (!call.acquirer_payment.empty()) body["acquirer_payment"] = call.acquirer_payment;
  return client.post(path + "/resolve", body);
}

void add_resolve(CLI::App& parent, Run& run) {
  auto call = std::make_shared<Call>();
  CLI::App& command = add_command(parent, run, "resolve", "Say what became of an operation; another person must approve it", call, resolve,
                          [](const Json& answer) { print_fields(answer); });
  add_subject(command, *call);
  command.add_option("--outcome", call->outcome, "What the acquirer told you")
      ->required()
      ->check(CLI::IsMember({"approved", "declined", "never_happened", "reversed"}));
  command.add_option("--reference", call->reference, "The acquirer's own: of the operation, or of what it told you")
      ->required()
      ->type_name("TEXT");
  command.add_option("--reason", call->reason, "Why you are sure, in a sentence: it is kept for ever, and the partner may read it")
      ->required()
      ->type_name("TEXT");
  command.add_option("--acquirer-payment", call->acquirer_payment,
                     "With approved: what the acquirer's API calls the payment, so that it can be captured and refunded")
      ->type_name("TEXT");
  command.footer("approved        it was done, as it was asked for\n"
                 "declined        it was refused: final at once\n"
                 "never_happened  the acquirer has no trace of it; a charge is then reversed, so that a late arrival cannot stand\n"
                 "reversed        of what is being reversed: nothing of it stands any more\n\n"
                 "The node takes it as the acquirer's answer, writes both names into the log, and goes on asking: an answer of the acquirer that\n"
                 "contradicts is recorded and raised as the alert ResolutionContradicted.");
}

}  // namespace

void add_doubt(CLI::App& app, Run& run) {
  CLI::App* doubt = app.add_subcommand("doubt", "Operations whose outcome at the acquirer nobody knows: list, ask again, resolve by hand");
  doubt->require_subcommand(1);
  auto listed = std::make_shared<Call>();
  CLI::App& list_command = add_command(*doubt, run, "list", "List them, the oldest first", listed, list, show_list);
  list_command.add_option("--limit", listed->limit, "At most so many payments")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  list_command.add_flag("--newest", listed->newest, "The newest first");
  auto shown = std::make_shared<Call>();
  add_subject(add_command(*doubt, run, "show", "Show a payment's operations in doubt, and how far the node has come", shown, show, show_item), *shown);
  auto asked = std::make_shared<Call>();
  add_subject(add_command(*doubt, run, "inquire", "Have the acquirer asked now, instead of at the next scheduled time", asked, inquire,
                  [](const Json& answer) { print_fields(answer); }),
              *asked);
  add_resolve(*doubt, run);
}

}  // namespace tollgate::cli
