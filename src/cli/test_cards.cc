#include <nlohmann/json.hpp>

#include <cstdio>

#include "cli/command.h"
#include "tollgate/acquirer/sandbox.h"
#include "tollgate/record/names.h"

namespace tollgate::cli {

void add_test_cards(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("test-cards", "List the sandbox's test cards and what each does");
  auto as_json = std::make_shared<bool>(false);
  command->add_flag("--json", *as_json, "One JSON object a line");
  command->callback([as_json, &run] {
    run = [as_json] {
      for (const TestCard& card : test_cards()) {
        if (*as_json) {
          const nlohmann::ordered_json line = {{"payment_method", card.alias},
                                               {"number", card.number},
                                               {"brand", name_of(card.card.brand)},
                                               {"description", card.description},
                                               {"ours", card.ours}};
          std::printf("%s\n", line.dump().c_str());
        } else {
          std::printf("%-48s %-20s %s\n", card.alias.c_str(), card.number.c_str(), card.description.c_str());
        }
      }
      return exit_ok;
    };
  });
}

}  // namespace tollgate::cli
