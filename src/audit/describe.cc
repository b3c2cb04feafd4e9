#include "tollgate/audit/describe.h"

#include <algorithm>

#include "tollgate/audit/balances.h"
#include "tollgate/record/json.h"

namespace tollgate::audit {

namespace {

constexpr std::size_t bytes_shown_max = 8;

bool is_amount(std::string_view name) {
  return name == "amount" || name == "fee" || name == "fixed" || name.starts_with("amount_");
}

// The event's own currency, wherever it stands.
struct CurrencyOf {
  Currency found;
  template <class F>
  void operator()(int, const char*, const F& field) {
    if constexpr (std::is_same_v<F, Currency>) found = found.empty() ? field : found;
  }
};

class Fields {
 public:
  Fields(std::vector<FieldText>& to, Currency currency, std::string_view left_out) : to_(to), currency_(currency), left_out_(left_out) {}

  template <class F>
  void operator()(int, const char* name, const F& field) {
    if constexpr (!std::is_same_v<F, Postings>) add(prefix_ + name, name, field);
  }

 private:
  template <class F>
  void add(const std::string& path, std::string_view name, const F& field) {
    if constexpr (wire::is_optional<F>) {
      if (field) add(path, name, *field);
    } else if constexpr (std::is_same_v<F, Metadata>) {
      for (const auto& [key, value] : field) put(path + "." + key, value);
    } else if constexpr (wire::is_vector<F>) {
      for (std::size_t i = 0; i < field.size(); ++i) add(fmt::format("{}[{}]", path, i), name, field[i]);
    } else if constexpr (std::is_same_v<F, MethodSnapshot>) {
      add_method(field);
    } else if constexpr (HasFields<F>) {
      const std::string outer = std::exchange(prefix_, path + ".");
      F::fields(field, *this);
      prefix_ = outer;
    } else if (field != F{}) {
      put(path, text_of(name, field));
    }
  }
  // What a reader wants of it, instead of its nine fields.
  void add_method(const MethodSnapshot& method) {
    put("payment_method", method.id.empty() ? method.card_token : method.id.text());
    if (const std::string card = card_text(method.card); !card.empty()) put("card", card);
    if (!method.customer.empty()) put("customer of it", method.customer.text());
    if (!method.sealed_billing.empty()) put("billing details", "sealed");
  }
  template <class F>
  std::string text_of(std::string_view name, const F& field) {
    if constexpr (std::is_same_v<F, bool>) return "yes";
    else if constexpr (std::is_enum_v<F>) return name_of(field).empty() ? std::to_string(static_cast<int>(field)) : std::string(name_of(field));
    else if constexpr (std::is_same_v<F, int64_t>) {
      if (is_amount(name) && !currency_.empty()) return amount_text(field, currency_);
      return name.ends_with("_us") ? time_text(field) : std::to_string(field);
    } else if constexpr (std::is_integral_v<F>) return std::to_string(field);
    else if constexpr (std::is_same_v<F, std::string>) {
      if (name.starts_with("sealed_")) return "sealed";
      if (!holds_bytes(name)) return field;
      return to_hex(std::string_view(field).substr(0, bytes_shown_max)) + (field.size() > bytes_shown_max ? "..." : "");
    } else if constexpr (std::is_same_v<F, Currency>) return field.upper();
    else return field.text();
  }
  void put(std::string name, std::string text) {
    if (text == left_out_) return;
    if (name.ends_with("_us")) name.resize(name.size() - 3);
    to_.emplace_back(std::move(name), std::move(text));
  }

  std::vector<FieldText>& to_;
  Currency currency_;
  std::string_view left_out_;
  std::string prefix_;
};

}  // namespace

std::vector<FieldText> describe(const Event& event, Currency currency, std::string_view left_out) {
  std::vector<FieldText> texts;
  std::visit(
      [&](const auto& e) {
        CurrencyOf own;
        e.fields(e, own);
        Fields fields(texts, own.found.empty() ? currency : own.found, left_out);
        e.fields(e, fields);
      },
      event);
  // An amount says its currency itself.
  const bool has_amount = std::any_of(texts.begin(), texts.end(), [](const FieldText& one) { return one.first == "amount"; });
  if (has_amount) std::erase_if(texts, [](const FieldText& one) { return one.first == "currency"; });
  return texts;
}

bool continues_command(const Event& event) {
  return std::visit(
      []<class E>(const E&) {
        // A capture stands behind the update that brings its metadata.
        return std::is_same_v<E, AuthorizationRequested> || std::is_same_v<E, CaptureRequested> || std::is_same_v<E, SetupVerificationRequested> ||
               std::is_same_v<E, CustomerUpdated> || std::is_same_v<E, CustomerDeleted> || std::is_same_v<E, PaymentMethodDetached> ||
               std::is_same_v<E, KeyCreated> || std::is_same_v<E, KeyExpirySet>;
      },
      event);
}

std::string who_asked(const Record& record) {
  const Cause& cause = record.cause;
  if (cause.empty()) return continues_command(record.event) ? "the same request" : "the node";
  std::string text = cause.actor.empty() ? "somebody"
                     : cause.actor == "admin" ? "the operator"
                     : cause.actor.starts_with("admin:") ? "admin user " + cause.actor.substr(6) : "key " + cause.actor;
  if (!cause.operation.empty()) text += ", " + cause.operation;
  text += ", " + cause.request.text();
  if (!cause.api_version.empty()) text += ", version " + cause.api_version;
  if (!cause.idempotency_key.empty()) text += fmt::format(", idempotency key \"{}\"", cause.idempotency_key);
  return text;
}

std::string amount_text(int64_t minor, Currency currency) { return major_units(minor, currency) + " " + currency.upper(); }

std::string card_text(const Card& card) {
  if (card.last4.empty()) return {};
  std::string text = fmt::format("{} **** {}", name_of(card.brand), card.last4);
  if (card.exp_month != 0) text += fmt::format(", {:02}/{}", card.exp_month, card.exp_year);
  return text;
}

}  // namespace tollgate::audit
