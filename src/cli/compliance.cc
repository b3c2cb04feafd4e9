// tollgate compliance report: what PCI DSS v4.0.1 asks of the software, and what is here.
#include <cstdio>

#include "cli/command.h"
#include "cli/compliance_controls.h"
#include "cli/json_text.h"
#include "cli/sbom.h"
#include "cli/version.h"
#include "tollgate/base/clock.h"
#include "tollgate/record/json.h"

namespace tollgate::cli {
namespace {

constexpr std::string_view standard = "PCI DSS v4.0.1";

std::string_view word_of(ControlState state) {
  switch (state) {
    case ControlState::in_place: return "in place";
    case ControlState::attention: return "needs attention";
    case ControlState::off: return "off";
    case ControlState::not_shown: return "not shown";
  }
  return {};
}

Json to_json(const ComplianceFacts& facts, const std::vector<Control>& controls) {
  Json list = Json::array(), left = Json::array();
  for (const Control& control : controls)
    list.push_back({{"requirement", control.requirement}, {"control", control.what}, {"state", word_of(control.state)}, {"here", control.here},
        {"evidence", control.evidence}});
  for (const LeftOver& one : left_to_the_organisation()) left.push_back({{"requirement", one.requirement}, {"what", one.what}});
  return {{"standard", standard},        {"software", fmt::format("tollgate {}", version)},
      {"made", time_text(facts.now_us).substr(0, 19) + "Z"},
          {"config", facts.config_path}, {"data_dir", facts.config.data_dir},               {"controls", std::move(list)},
          {"left_to_the_organisation", std::move(left)}};
}

// A cell must not end early.
std::string cell(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, "\\");
  return text;
}

void print_evidence(const Json& evidence) {
  for (const auto& [name, value] : evidence.items()) {
    if (!value.is_array() || value.empty() || !value.front().is_object()) {
      if (!value.empty() && value != "") std::printf("- %s: %s\n", name.c_str(),
          value.is_string() ? value.get_ref<const std::string&>().c_str() : text_of_json(value).c_str());
      continue;
    }
    std::string head = "|", line = "|";
    for (const auto& [column, ignored] : value.front().items()) {
      head += fmt::format(" {} |", column);
      line += "---|";
    }
    std::printf("\n%s\n%s\n", head.c_str(), line.c_str());
    for (const Json& row : value) {
      std::string text = "|";
      for (const auto& [column, field] : row.items()) text += fmt::format(" {} |",
          cell(field.is_string() ? field.get<std::string>() : field.dump()));
      std::printf("%s\n", text.c_str());
    }
    std::printf("\n");
  }
}

void print_markdown(const ComplianceFacts& facts, const std::vector<Control>& controls) {
  std::size_t attention = 0;
  for (const Control& control : controls) attention += control.state != ControlState::in_place;
  std::printf("# %s: what the software carries\n\ntollgate %s, %sZ. Configuration %s, data directory %s.\n"
              "%zu controls, %zu of them off, in need of attention or not shown.\n\n",
              std::string(standard).c_str(), std::string(version).c_str(), time_text(facts.now_us).substr(0, 19).c_str(),
                  facts.config_path.c_str(),
              facts.config.data_dir.c_str(), controls.size(), attention);
  std::printf("| requirement | control | state here |\n|---|---|---|\n");
  for (const Control& control : controls)
    std::printf("| %s | %s | **%s**: %s |\n", control.requirement.c_str(), cell(control.what).c_str(),
        std::string(word_of(control.state)).c_str(), cell(control.here).c_str());
  std::printf("\n## Evidence\n");
  for (const Control& control : controls) {
    const auto is_told = [](const Json& value) { return !value.empty() && value != ""; };
    if (std::none_of(control.evidence.begin(), control.evidence.end(), is_told)) continue;
    std::printf("\n### %s %s\n\n", control.requirement.c_str(), control.what.c_str());
    print_evidence(control.evidence);
  }
  std::printf("\n## Left to the organisation that operates it\n\n| requirement | what |\n|---|---|\n");
  for (const LeftOver& one : left_to_the_organisation()) std::printf("| %s | %s |\n", one.requirement.c_str(), cell(one.what).c_str());
}

int report(const std::string& path, bool as_json, bool sbom) {
  if (sbom) {
    std::printf("%s\n", text_of_json(cyclonedx(linked_components(), SystemClock().now_us()), 2).c_str());
    return exit_ok;
  }
  const auto facts = gather_facts(path);
  if (!facts.ok()) return complain(facts.status(), exit_usage);
  const auto controls = controls_of(*facts);
  if (as_json) std::printf("%s\n", text_of_json(to_json(*facts, controls), 2).c_str());
  else print_markdown(*facts, controls);
  return exit_ok;
}

}  // namespace

void add_compliance(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("compliance", "What a card-data assessor asks of the software");
  command->require_subcommand(1);
  CLI::App* sub = command->add_subcommand("report",
      "Print the controls of PCI DSS v4.0.1 that the software carries, with their state here and the evidence");
  struct Options {
    std::string config;
    bool as_json = false, sbom = false;
  };
  auto options = std::make_shared<Options>();
  auto* config = sub->add_option("--config", options->config, "The node's configuration")->type_name("FILE");
  sub->add_flag("--json", options->as_json, "JSON instead of Markdown");
  auto* sbom = sub->add_flag("--sbom", options->sbom, "Only the software that is linked, as CycloneDX JSON");
  sub->footer("It reads the configuration and the data directory, beside a running node or without one, and changes nothing.\n"
              "Exit status 0 also if controls are off: the report says which.");
  sub->callback([options, config, sbom, &run] {
    if (config->count() == 0 && sbom->count() == 0) throw CLI::RequiredError("--config");
    run = [options] { return report(options->config, options->as_json, options->sbom); };
  });
}

}  // namespace tollgate::cli
