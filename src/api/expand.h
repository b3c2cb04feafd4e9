// expand[]: which references of an answer are shown as whole objects. Paths are checked against a table before anything is done.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/errors.h"

namespace tollgate::api {

inline constexpr std::size_t expand_depth_max = 4;
inline constexpr std::size_t expand_paths_max = 32;

// Kinds of objects (and of the parts of objects that hold references).
enum class Kind : uint8_t {
  none, payment_intent, charge, charge_list, refund, refund_list, payment_method, customer, customer_invoice_settings,
  setup_intent, event, balance, balance_transaction, account, timeline
};

struct ExpandNode {
  std::string name;
  uint16_t first_child = 0, next = 0;  // 0: none
};

// A place in the tree of what was asked for. False: not asked for.
class Expand {
 public:
  Expand() = default;
  Expand(const std::vector<ExpandNode>& nodes, uint16_t at) : nodes_(&nodes), at_(at) {}
  explicit operator bool() const { return nodes_ != nullptr; }
  [[nodiscard]] Expand into(std::string_view name) const;

 private:
  const std::vector<ExpandNode>* nodes_ = nullptr;
  uint16_t at_ = 0;
};

class Expansions {
 public:
  // `path`: "latest_charge.balance_transaction", on a list "data.customer".
  [[nodiscard]] std::optional<ApiError> add(std::string_view path, Kind answer, bool list);
  [[nodiscard]] Expand root() const { return nodes_.empty() ? Expand() : Expand(nodes_, 0); }

 private:
  std::vector<ExpandNode> nodes_;
};

}  // namespace tollgate::api
