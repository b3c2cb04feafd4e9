// The controls of PCI DSS v4.0.1 that this software carries, with their state on this node.
#pragma once
#include <string>
#include <vector>

#include "cli/compliance_facts.h"

namespace tollgate::cli {

// not_shown: what it would be judged by cannot be read.
enum class ControlState : uint8_t { in_place, attention, off, not_shown };

struct Control {
  std::string requirement;  // "3.5.1"
  std::string what;
  ControlState state = ControlState::in_place;
  std::string here;         // its state on this node, in words
  Json evidence = Json::object();
};
[[nodiscard]] std::vector<Control> controls_of(const ComplianceFacts& facts);

// What the software cannot do for the organisation that operates it.
struct LeftOver {
  std::string requirement, what;
};
[[nodiscard]] std::vector<LeftOver> left_to_the_organisation();

}  // namespace tollgate::cli
