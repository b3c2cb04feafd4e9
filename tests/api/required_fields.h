// The fields that strict clients insist on, by kind of object. "?": may be null, but must be there.
#pragma once
#include <nlohmann/json.hpp>

#include <map>
#include <sstream>
#include <string>

namespace tollgate::testing {

inline const std::map<std::string, const char*>& required_fields() {
  static const std::map<std::string, const char*> fields = {
      {"payment_intent",
       "id object amount amount_capturable amount_received capture_method confirmation_method created currency livemode metadata "
       "payment_method_types status application? application_fee_amount? automatic_payment_methods? canceled_at? cancellation_reason? "
       "client_secret? customer? customer_account? description? excluded_payment_method_types? last_payment_error? managed_payments? "
       "next_action? on_behalf_of? payment_method? payment_method_configuration_details? payment_method_options? processing? "
       "receipt_email? review? setup_future_usage? shipping? source? statement_descriptor? statement_descriptor_suffix? transfer_group?"},
      {"charge",
       "id object amount amount_captured amount_refunded billing_details captured created currency disputed livemode metadata paid "
       "refunded status balance_transaction? customer? failure_code? failure_message? outcome? payment_intent? payment_method? "
       "payment_method_details? receipt_email? receipt_number? receipt_url?"},
      {"refund", "id object amount created currency charge? payment_intent? status? reason? balance_transaction? metadata?"},
      {"payment_method", "id object billing_details created livemode type card customer?"},
      {"customer", "id object created livemode email? name? phone? description? address? shipping? metadata invoice_settings"},
      {"setup_intent",
       "id object created livemode payment_method_types status usage client_secret? customer? payment_method? last_setup_error? "
       "next_action? latest_attempt?"},
      {"event", "id object created data livemode pending_webhooks type api_version? request?"},
      {"balance", "object available livemode pending"},
      {"balance_transaction",
       "id object amount available_on balance_type created currency fee fee_details net reporting_category status type source?"},
      {"account", "id object charges_enabled country? default_currency details_submitted payouts_enabled type"},
  };
  return fields;
}

// The first thing that a strict client would stumble over, here or in any object inside; empty if there is none.
inline std::string first_flaw(const nlohmann::json& value, const std::string& path = "$") {
  if (value.is_number_float()) return path + " is a float";
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (auto flaw = first_flaw(value[i], path + "[" + std::to_string(i) + "]"); !flaw.empty()) return flaw;
    }
    return {};
  }
  if (!value.is_object()) return {};
  const std::string kind = value.contains("object") && value["object"].is_string() ? value["object"].get<std::string>() : "";
  if (const auto found = required_fields().find(kind); found != required_fields().end() && !value.contains("deleted")) {
    std::istringstream names(found->second);
    for (std::string name; names >> name;) {
      const bool nullable = name.back() == '?';
      if (nullable) name.pop_back();
      if (!value.contains(name)) return path + " (" + kind + ") lacks " + name;
      if (!nullable && value[name].is_null()) return path + "." + name + " is null";
    }
  }
  for (const auto& [name, inner] : value.items()) {
    if (auto flaw = first_flaw(inner, path + "." + name); !flaw.empty()) return flaw;
  }
  return {};
}

}  // namespace tollgate::testing
