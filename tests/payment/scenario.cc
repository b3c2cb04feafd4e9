#include "payment/scenario.h"

#include <array>
#include <map>
#include <sstream>

#include "payment/bench.h"
#include "support/catch.h"
#include "tollgate/record/names.h"

namespace tollgate::testing {
namespace {

// Words of one side of a row: bare ones, and those with a value.
struct Words {
  explicit Words(const std::string& text) {
    std::istringstream in(text);
    for (std::string word; in >> word;) {
      const auto equals = word.find('=');
      if (equals == std::string::npos)
        bare.push_back(word);
      else
        valued[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
  [[nodiscard]] bool has(const std::string& word) const {
    return std::find(bare.begin(), bare.end(), word) != bare.end();
  }
  [[nodiscard]] std::optional<std::string> value(const std::string& name) const {
    const auto found = valued.find(name);
    return found == valued.end() ? std::nullopt : std::optional(found->second);
  }
  // The n-th bare word behind the command, if it is a number.
  [[nodiscard]] std::optional<int64_t> number(std::size_t n = 1) const {
    if (bare.size() <= n || bare[n].find_first_not_of("-0123456789") != std::string::npos) return std::nullopt;
    return std::stoll(bare[n]);
  }
  std::vector<std::string> bare;
  std::map<std::string, std::string> valued;
};

template <class E>
std::string name(E value) {
  return std::string(enum_names<E>[static_cast<std::size_t>(value)]);
}
template <class E>
E named(const std::string& text) {
  for (std::size_t i = 0; i < enum_names<E>.size(); ++i) {
    if (enum_names<E>[i] == text) return static_cast<E>(i);
  }
  FAIL("no such word: " << text);
  return {};
}

const CustomerId customer{IdCore::make(1'748'000'000'000'000, 1, 1)};
const CustomerId stranger{IdCore::make(1'748'000'000'000'000, 2, 2)};

std::optional<MethodSnapshot> method_in(const Words& words) {
  if (words.has("card")) return card(1);
  if (words.has("other_card")) return card(2);
  if (words.has("foreign_card")) return card(3, stranger);
  return std::nullopt;
}

Metadata metadata_in(const Words& words) {
  Metadata metadata;
  if (const auto entry = words.value("set")) {
    const auto colon = entry->find(':');
    metadata.emplace_back(entry->substr(0, colon), entry->substr(colon + 1));
  }
  return metadata;
}

Confirmation confirmation(const Words& words) {
  return {.method = method_in(words),
          .off_session = words.has("off_session"),
          .error_on_requires_action = words.has("no_action"),
          .return_url = "https://shop.example/back",
          .setup_future_usage = words.has("keep") ? FutureUsage::off_session : FutureUsage::none};
}

PaymentCommand create(const Words& words, const Bench& bench, Currency currency) {
  CreatePayment command;
  command.payment = payment_id(1, bench.context.now_us);
  command.amount = words.number().value_or(0);
  command.currency = currency;
  if (words.has("manual")) command.capture_method = CaptureMethod::manual;
  if (words.has("async")) command.capture_method = CaptureMethod::automatic_async;
  if (words.has("manual_confirmation")) command.confirmation_method = ConfirmationMethod::manual;
  if (words.has("customer")) command.customer = customer;
  command.method = method_in(words);
  command.details.metadata = metadata_in(words);
  if (words.has("confirm")) command.confirm = confirmation(words);
  if (command.confirm) command.confirm->method.reset();
  return command;
}

PaymentCommand update(const Words& words) {
  UpdatePayment command;
  if (const auto amount = words.value("amount")) command.amount = std::stoll(*amount);
  if (const auto currency = words.value("currency")) command.currency = Currency::parse(*currency);
  if (words.has("manual")) command.capture_method = CaptureMethod::manual;
  if (words.has("customer")) command.customer = customer;
  command.method = method_in(words);
  command.clear_method = words.has("clear_method");
  command.description = words.value("description");
  command.clear_metadata = words.has("clear");
  command.metadata = metadata_in(words);
  return command;
}

PaymentCommand outcome(const Words& words, const Bench& bench) {
  static const std::map<std::string, Outcome> outcomes = {
      {"approve", Outcome::approved}, {"pending", Outcome::pending},   {"decline", Outcome::declined},
      {"unknown", Outcome::unknown},  {"not_found", Outcome::unknown}, {"challenge", Outcome::authentication_required},
      {"undone", Outcome::approved},  {"not_undone", Outcome::unknown}};
  const std::string& verb = words.bare[0];
  const uint16_t operation = static_cast<uint16_t>(std::stoi(words.value("operation").value_or("0")));
  ApplyOutcome answer = bench.answer(outcomes.at(verb), operation);
  answer.not_found = verb == "not_found";
  answer.reversal = verb == "undone" || verb == "not_undone";
  if (const auto amount = words.value("amount")) answer.amount = std::stoll(*amount);
  if (const auto currency = words.value("currency")) answer.currency = *Currency::parse(*currency);
  if (verb == "decline" && words.bare.size() > 1) answer.code = named<DeclineCode>(words.bare[1]);
  return answer;
}

PaymentCommand resolution(const Words& words, const Bench& bench) {
  ResolveByHand said;
  said.operation = static_cast<uint16_t>(bench.payment->operations.size());
  for (const Operation& operation : bench.payment->operations)
    if (operation.state == OperationState::in_doubt || operation.state == OperationState::reversing || operation.late_approval) said.operation = operation.ordinal;
  if (const auto operation = words.value("operation")) said.operation = static_cast<uint16_t>(std::stoi(*operation));
  said.outcome = named<HandOutcome>(words.bare[1]);
  said.reference = "case 17";
  said.reason = "the acquirer told us on the phone";
  said.resolved_by = "ann";
  said.approved_by = words.has("alone") ? "ann" : "bob";
  said.approval = "abcdefghijkl";
  return said;
}

// Nothing for a row that is no command to the payment.
std::optional<PaymentCommand> command_of(const Words& words, Bench& bench, Currency currency) {
  const std::string& verb = words.bare[0];
  const auto attempt = words.value("attempt");
  if (verb == "create") return create(words, bench, currency);
  if (verb == "update") return update(words);
  if (verb == "confirm") {
    ConfirmPayment confirm{confirmation(words), {}};
    if (words.has("manual") || words.value("description")) {
      UpdatePayment& changes = confirm.changes.emplace();
      if (words.has("manual")) changes.capture_method = CaptureMethod::manual;
      changes.description = words.value("description");
    }
    return confirm;
  }
  if (verb == "authenticate") {
    const std::size_t newest = bench.payment ? bench.payment->attempts.size() : 1;
    return CompleteAuthentication{static_cast<uint16_t>(attempt ? std::stoul(*attempt) : newest), words.has("ok")};
  }
  if (verb == "capture") {
    return CapturePayment{.amount_to_capture = words.number(),
                          .final_capture = !words.has("partial"),
                          .clear_metadata = false,
                          .metadata = metadata_in(words),
                          .statement_descriptor = words.value("descriptor"),
                          .statement_descriptor_suffix = std::nullopt};
  }
  if (verb == "cancel") {
    return CancelPayment{words.bare.size() > 1 ? named<CancellationReason>(words.bare[1]) : CancellationReason::none};
  }
  if (verb == "increment") {
    IncrementAuthorization command;
    command.amount = words.number().value_or(0);
    command.description = words.value("description");
    return command;
  }
  if (verb == "refund") {
    CreateRefund command;
    command.amount = words.number();
    if (attempt) command.attempt = static_cast<uint16_t>(std::stoul(*attempt));
    return command;
  }
  if (verb == "update_refund")
    return UpdateRefund{static_cast<uint16_t>(words.number().value_or(0)), false, metadata_in(words)};
  if (verb == "settle")
    return SettleRefund{static_cast<uint16_t>(words.number().value_or(0)), words.has("ok"), DeclineCode::none};
  if (verb == "resolve") return resolution(words, bench);
  if (verb == "expire") return ExpireAuthorization{};
  if (verb == "wait")
    bench.context.now_us += *words.number() * int64_t{86'400'000'000};
  else if (verb == "release")
    bench.release_funds();
  else if (verb == "fee")
    bench.context.fee = {static_cast<int32_t>(*words.number(1)), *words.number(2)};
  else if (verb == "limit")
    bench.context.amount_max = *words.number();
  else
    return outcome(words, bench);
  return std::nullopt;
}

std::string seen(const std::string& what, const Bench& bench, const PaymentDecision& decision) {
  if (what == "allowed") return std::to_string(decision.refusal ? decision.refusal->amount_allowed : -1);
  if (what == "param") return decision.refusal ? decision.refusal->param : "";
  if (what == "events") return std::to_string(decision.events.size());
  const Payment& payment = *bench.payment;
  const Attempt* attempt = payment.newest_attempt();
  const auto owed = [&](Account account) { return std::to_string(-bench.books.total(account, payment.currency)); };
  if (what == "amount") return std::to_string(payment.amount);
  if (what == "currency") return payment.currency.lower();
  if (what == "capturable") return std::to_string(payment.amount_capturable());
  if (what == "received") return std::to_string(payment.amount_received());
  if (what == "refunded") return std::to_string(attempt != nullptr ? attempt->amount_refunded : 0);
  if (what == "pending") return owed(Account::partner_pending);
  if (what == "available") return owed(Account::partner_available);
  if (what == "fees") return owed(Account::fee_income);
  if (what == "receivable") return std::to_string(bench.books.total(Account::acquirer_receivable, payment.currency));
  if (what == "attempts") return std::to_string(payment.attempts.size());
  if (what == "operations") return std::to_string(payment.operations.size());
  if (what == "attempt") return attempt != nullptr ? name(attempt->state) : "none";
  if (what == "op") return payment.operations.empty() ? "none" : name(payment.operations.back().state);
  if (what == "hand") return name(payment.operations.back().by_hand);
  if (what == "since") return !payment.operations.back().answered_since ? "silence" : payment.operations.back().contradicted ? "contradicted" : "agreed";
  if (what == "late") return payment.operations.back().late_approval ? "yes" : "no";
  if (what == "asked") return payment.operations.back().is_asked_about() ? "yes" : "no";
  if (what == "code") return name(payment.operations.back().code);
  if (what == "refund") return payment.refunds.empty() ? "none" : name(payment.refunds.back().status);
  if (what == "decline") return name(payment.last_decline);
  if (what == "reason") return name(payment.cancellation_reason);
  if (what == "method") return payment.method ? "set" : "none";
  if (what == "description") return payment.details.description;
  if (what == "descriptor") return payment.details.statement_descriptor;
  if (what == "future") return name(payment.details.setup_future_usage);
  if (what == "metadata") {
    std::string text;
    for (const auto& [key, value] : payment.details.metadata) text += (text.empty() ? "" : ",") + key + ":" + value;
    return text;
  }
  return "no such word: " + what;
}

void play_row(const std::string& row, Bench& bench, Currency currency) {
  const auto bar = row.find('|');
  REQUIRE(bar != std::string::npos);
  const Words words(row.substr(0, bar));
  const Words expected(row.substr(bar + 1));
  PaymentDecision decision;
  if (const auto command = command_of(words, bench, currency)) decision = bench.submit(*command);
  REQUIRE(bench.broken == "");
  const std::string refusal = decision.refusal ? "!" + name(decision.refusal->refusal) : "";
  for (const std::string& word : expected.bare) {
    if (word.front() == '!') {
      CHECK(refusal == word);
    } else if (word == "~") {
      CHECK(refusal == "");
      CHECK(decision.events.empty());
    } else {
      CHECK(refusal == "");
      REQUIRE(bench.payment);
      CHECK(name(bench.payment->status) == word);
    }
  }
  for (const auto& [what, value] : expected.valued) {
    INFO("expected " << what << "=" << value);
    CHECK(seen(what, bench, decision) == value);
  }
}

}  // namespace

void play(const std::vector<Scenario>& scenarios) {
  for (const Scenario& scenario : scenarios) {
    INFO("scenario: " << scenario.name);
    Bench bench;
    const Currency currency = *Currency::parse(scenario.currency);
    std::istringstream rows(scenario.rows);
    std::string played;
    for (std::string row; std::getline(rows, row);) {
      if (row.find_first_not_of(' ') == std::string::npos) continue;
      played += row + "\n";
      INFO(played);
      play_row(row, bench, currency);
    }
  }
}

}  // namespace tollgate::testing
