#include "api/expand.h"

#include "api/text.h"

namespace tollgate::api {
namespace {

struct Rule {
  Kind in;
  std::string_view field;
  Kind gives;
};

// What gives nothing is null here, always, or a list without entries: to ask for it is no mistake.
constexpr Rule rules[] = {
    {Kind::payment_intent, "customer", Kind::customer},
    {Kind::payment_intent, "payment_method", Kind::payment_method},
    {Kind::payment_intent, "latest_charge", Kind::charge},
    {Kind::payment_intent, "charges", Kind::charge_list},
    {Kind::payment_intent, "application", Kind::none},
    {Kind::payment_intent, "invoice", Kind::none},
    {Kind::payment_intent, "on_behalf_of", Kind::none},
    {Kind::payment_intent, "review", Kind::none},
    {Kind::charge_list, "data", Kind::charge},
    {Kind::charge, "customer", Kind::customer},
    {Kind::charge, "payment_intent", Kind::payment_intent},
    {Kind::charge, "balance_transaction", Kind::balance_transaction},
    {Kind::charge, "failure_balance_transaction", Kind::none},
    {Kind::charge, "refunds", Kind::refund_list},
    {Kind::charge, "application", Kind::none},
    {Kind::charge, "application_fee", Kind::none},
    {Kind::charge, "invoice", Kind::none},
    {Kind::charge, "on_behalf_of", Kind::none},
    {Kind::charge, "review", Kind::none},
    {Kind::charge, "source_transfer", Kind::none},
    {Kind::charge, "transfer", Kind::none},
    {Kind::refund_list, "data", Kind::refund},
    {Kind::refund, "charge", Kind::charge},
    {Kind::refund, "payment_intent", Kind::payment_intent},
    {Kind::refund, "balance_transaction", Kind::balance_transaction},
    {Kind::refund, "failure_balance_transaction", Kind::balance_transaction},
    {Kind::refund, "source_transfer_reversal", Kind::none},
    {Kind::refund, "transfer_reversal", Kind::none},
    {Kind::payment_method, "customer", Kind::customer},
    {Kind::customer, "cash_balance", Kind::none},
    {Kind::customer, "default_source", Kind::none},
    {Kind::customer, "sources", Kind::none},
    {Kind::customer, "subscriptions", Kind::none},
    {Kind::customer, "tax_ids", Kind::none},
    {Kind::customer, "test_clock", Kind::none},
    {Kind::customer, "invoice_settings", Kind::customer_invoice_settings},
    {Kind::customer_invoice_settings, "default_payment_method", Kind::payment_method},
    {Kind::setup_intent, "customer", Kind::customer},
    {Kind::setup_intent, "payment_method", Kind::payment_method},
    {Kind::setup_intent, "latest_attempt", Kind::none},
    {Kind::setup_intent, "application", Kind::none},
    {Kind::setup_intent, "on_behalf_of", Kind::none},
    {Kind::setup_intent, "mandate", Kind::none},
    {Kind::setup_intent, "single_use_mandate", Kind::none},
    // Of a transaction's source, a charge or a refund, what both have.
    {Kind::balance_transaction, "source", Kind::charge},
};

const Rule* find_rule(Kind in, std::string_view field) {
  for (const Rule& rule : rules) {
    if (rule.in == in && rule.field == field) return &rule;
  }
  return nullptr;
}

}  // namespace

Expand Expand::into(std::string_view name) const {
  if (nodes_ == nullptr) return {};
  for (uint16_t i = (*nodes_)[at_].first_child; i != 0; i = (*nodes_)[i].next) {
    if ((*nodes_)[i].name == name) return {*nodes_, i};
  }
  return {};
}

std::optional<ApiError> Expansions::add(std::string_view path, Kind answer, bool list) {
  if (nodes_.empty()) nodes_.emplace_back();
  Kind kind = answer;
  std::string_view rest = path;
  uint16_t at = 0;
  bool in_list = list;
  for (std::size_t depth = 1;; ++depth) {
    if (depth > expand_depth_max) {
      return invalid_param("expand", fmt::format("Expansions may be at most {} levels deep: {}", expand_depth_max, shown(path)));
    }
    const std::size_t dot = rest.find('.');
    const std::string_view segment = rest.substr(0, dot);
    if (in_list && segment == "data") {
      in_list = false;
    } else {
      const Rule* rule = in_list ? nullptr : find_rule(kind, segment);
      if (rule == nullptr) {
        return invalid_param("expand", fmt::format("This property cannot be expanded: {}{}", shown(path),
                                                   list ? ". On a list, expansions begin with `data.`" : ""));
      }
      kind = rule->gives;
    }
    uint16_t child = nodes_[at].first_child;
    while (child != 0 && nodes_[child].name != segment) child = nodes_[child].next;
    if (child == 0) {
      child = static_cast<uint16_t>(nodes_.size());
      nodes_.push_back({std::string(segment), 0, nodes_[at].first_child});
      nodes_[at].first_child = child;
    }
    at = child;
    if (dot == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace tollgate::api
