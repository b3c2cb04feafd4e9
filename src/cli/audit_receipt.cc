// tollgate audit verify-receipt: a payment's receipt, without the node and without its data.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/audit_proof.h"
#include "cli/json_text.h"
#include "cli/option_checks.h"
#include "tollgate/proof/receipt.h"
#include "tollgate/proof/tlog_proof.h"
#include "tollgate/record/json.h"

namespace tollgate::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ReceiptArguments {
  std::string file, extract;
  std::vector<std::string> keys, witnesses;
  std::size_t witnesses_min = 0;
  bool as_json = false;
};

// For other tools: each record, and its proof in the C2SP form.
Status extract(const proof::Receipt& receipt, const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  for (const proof::ReceiptRecord& record : receipt.records) {
    const std::string base = fmt::format("{}/{}", folder, record.index);
    std::ofstream(base + ".record", std::ios::binary) << record.bytes;
    std::ofstream proof_file(base + ".tlog-proof", std::ios::binary);
    proof_file << proof::TlogProof{record.index, record.path, receipt.checkpoint}.text();
    proof_file.close();
    if (!proof_file) return unavailable("cannot write {}.tlog-proof", base);
  }
  return absl::OkStatus();
}

Json event_json(const Event& event) {
  std::string text;
  JsonWriter writer(text);
  std::visit([&](const auto& one) { writer.object(one); }, event);
  return Json::parse(text);
}

void print_receipt(const proof::Receipt& receipt, const proof::VerifiedReceipt& verified, bool as_json) {
  const proof::Checkpoint& checkpoint = receipt.checkpoint.checkpoint;
  const RecordHeader& first = verified.records.front().header;
  if (as_json) {
    Json records = Json::array();
    for (const Record& record : verified.records) {
      records.push_back({{"index", record.header.sequence - 1},
                         {"type", name_of(record.event)},
                         {"time", time_text(record.header.time_us)},
                         {"data", event_json(record.event)}});
    }
    std::printf("%s\n", text_of_json(Json{{"ok", true},
                             {"payment_intent", receipt.payment.text()},
                             {"partner", first.partner.text()},
                             {"mode", name_of(first.mode)},
                             {"log", checkpoint.origin},
                             {"size", checkpoint.size},
                             {"witnesses", verified.witnesses},
                             {"records", std::move(records)}}).c_str());
    return;
  }
  std::printf("%s of %s, %s mode: %zu records are in the log %s, whose first %lu records were signed\n", receipt.payment.text().c_str(),
              first.partner.text().c_str(), std::string(name_of(first.mode)).c_str(), verified.records.size(), checkpoint.origin.c_str(),
              static_cast<unsigned long>(checkpoint.size));
  for (const Record& record : verified.records) {
    std::printf("  %lu  %s  %s  %s\n", static_cast<unsigned long>(record.header.sequence - 1), time_text(record.header.time_us).c_str(), name_of(record.event),
                text_of_json(event_json(record.event)).c_str());
  }
  for (const std::string& witness : verified.witnesses) std::printf("cosigned by %s\n", witness.c_str());
  std::printf("verified\n");
}

int refuse_receipt(const Status& status, bool as_json) {
  if (as_json) std::printf("%s\n", text_of_json(Json{{"ok", false}, {"problem", std::string(message_of(status))}}).c_str());
  else std::printf("WRONG: %s\nNOT verified\n", std::string(message_of(status)).c_str());
  return exit_failed;
}

int verify_receipt(const ReceiptArguments& arguments) {
  const auto keys = read_keys(arguments.keys);
  if (!keys.ok()) return complain(fmt::format("--key: {}", message_of(keys.status())), exit_usage);
  const auto witnesses = read_keys(arguments.witnesses);
  if (!witnesses.ok()) return complain(fmt::format("--witness: {}", message_of(witnesses.status())), exit_usage);
  const auto text = read_whole(arguments.file);
  if (!text.ok()) return complain(text.status(), exit_usage);
  const auto receipt = proof::Receipt::parse(*text);
  if (!receipt.ok()) return refuse_receipt(receipt.status(), arguments.as_json);
  const auto* key = key_for(*keys, receipt->checkpoint.checkpoint.origin);
  // One that does not fit says so by name.
  const auto verified = proof::verify_receipt(*receipt, key != nullptr ? *key : keys->front(), *witnesses);
  if (!verified.ok()) return refuse_receipt(verified.status(), arguments.as_json);
  if (verified->witnesses.size() < arguments.witnesses_min) {
    return refuse_receipt(failed_precondition("{} of the witnesses have cosigned it, {} are wanted", verified->witnesses.size(), arguments.witnesses_min),
                          arguments.as_json);
  }
  if (!arguments.extract.empty())
    if (const Status written = extract(*receipt, arguments.extract); !written.ok()) return complain(written);
  print_receipt(*receipt, *verified, arguments.as_json);
  return exit_ok;
}

}  // namespace

void add_verify_receipt(CLI::App& parent, Run& run) {
  auto arguments = std::make_shared<ReceiptArguments>();
  auto* command = parent.add_subcommand("verify-receipt", "Check a payment's receipt without the node and without its data");
  command->add_option("file", arguments->file, "The answer of GET /v1/payment_intents/{id}/receipt; - reads stdin")->required()->type_name("FILE");
  command->add_option("--key", arguments->keys, "Verifier key of the log, or a file with it; several: the one that the receipt names")->required()->type_name("VKEY");
  command->add_option("--witness", arguments->witnesses, "Verifier key of a witness whose cosignature is looked for")->type_name("VKEY");
  command->add_option("--witnesses-min", arguments->witnesses_min, "How many of them must have cosigned")->type_name("N")->capture_default_str()->check(whole_number(0, UINT32_MAX));
  command->add_option("--extract", arguments->extract, "Write each record and its proof (.tlog-proof) there, for other tools")->type_name("DIR");
  command->add_flag("--json", arguments->as_json, "One JSON object, for programs");
  command->footer(std::string("A receipt proves that its records are in the log. That the payment has no later ones, a receipt cannot tell.\n") + exit_words);
  command->callback([arguments, &run] { run = [arguments] { return verify_receipt(*arguments); }; });
}

}  // namespace tollgate::cli
