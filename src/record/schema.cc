#include "tollgate/record/schema.h"

#include <fmt/format.h>

#include <set>
#include <variant>

#include "tollgate/record/field_types.h"
#include "tollgate/record/idempotency.h"
#include "tollgate/record/names.h"
#include "tollgate/record/record.h"

namespace tollgate {

namespace {

// "CAPTURE_METHOD": proto enum values share the scope of their enum, so each carries its name.
std::string screaming(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z' && !text.empty()) text += '_';
    text += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return text;
}

// The messages and enums met so far, each once, in the order in which they are complete.
class Schema {
 public:
  template <class T>
  void message() {
    if (!begun_.insert(type_name<T>).second) return;
    Message fields(*this);
    T value{};
    T::fields(value, fields);
    text_ += fmt::format("message {} {{\n{}}}\n\n", type_name<T>, fields.text);
  }
  void text(std::string_view text) { text_ += text; }
  std::string take() { return std::move(text_); }

 private:
  struct Message {
    explicit Message(Schema& of) : schema(of) {}
    template <class F>
    void operator()(int number, const char* name, F&) {
      text += fmt::format("  {} {} = {};{}\n", schema.type_of<F>(name), name, number, schema.comment_of<F>());
    }
    Schema& schema;
    std::string text;
  };

  template <class F>
  std::string type_of(const char* field) {
    if constexpr (wire::is_vector<F>) return "repeated " + type_of<typename F::value_type>(field);
    else if constexpr (wire::is_optional<F>) return (HasFields<typename F::value_type> ? "" : "optional ") + type_of<typename F::value_type>(field);
    else if constexpr (std::is_same_v<F, wire::MetadataEntry>) return "MetadataEntry";
    else if constexpr (HasFields<F>) return message<F>(), std::string(type_name<F>);
    else if constexpr (std::is_enum_v<F>) return enumeration<F>(), std::string(type_name<F>);
    else if constexpr (std::is_same_v<F, bool>) return "bool";
    else if constexpr (std::is_integral_v<F>) return fmt::format("{}{}", std::is_signed_v<F> ? "sint" : "uint", sizeof(F) > 4 ? 64 : 32);
    else if constexpr (std::is_same_v<F, std::string>) return holds_bytes(field) ? "bytes" : "string";
    else if constexpr (std::is_same_v<F, Currency>) return "string";
    else if constexpr (std::is_same_v<F, PartnerId>) return "fixed64";
    else return "bytes";
  }
  template <class F>
  static std::string comment_of() {
    if constexpr (std::is_same_v<F, Currency>) return "  // ISO 4217, three capitals";
    else if constexpr (std::is_same_v<F, PartnerId>) return "  // acct_";
    else if constexpr (wire::is_object_id<F>) return fmt::format("  // {} 12 bytes", F{}.text().substr(0, F{}.text().find('_') + 1));
    else if constexpr (wire::is_child_id<F>) return fmt::format("  // {} 12 bytes and an ordinal of 2, big-endian", F{}.text().substr(0, F{}.text().find('_') + 1));
    else return "";
  }
  template <class E>
  void enumeration() {
    if (!begun_.insert(type_name<E>).second) return;
    const std::string prefix = screaming(type_name<E>);
    text_ += fmt::format("enum {} {{\n", type_name<E>);
    if (enum_names<E>[0].empty()) text_ += fmt::format("  {}_UNSET = 0;\n", prefix);
    for (std::size_t number = 0; number < enum_names<E>.size(); ++number) {
      if (!enum_names<E>[number].empty()) text_ += fmt::format("  {}_{} = {};\n", prefix, screaming(enum_names<E>[number]), number);
    }
    text_ += "}\n\n";
  }

  std::string text_;
  std::set<std::string_view> begun_;
};

template <class... E>
void events(Schema& schema, const std::variant<E...>*) {
  (schema.message<E>(), ...);
  schema.text("// The payload of a record: FORMAT.md describes the header in front of it.\nmessage Record {\n");
  schema.text("  Cause cause = 1;  // absent on what the node itself decided\n  oneof event {\n");
  (schema.text(fmt::format("    {} {} = {};\n", type_name<E>, E::event_name, 16 + E::event_type)), ...);
  schema.text("  }\n}\n\n");
}

}  // namespace

std::string proto_schema() {
  Schema schema;
  schema.text(
      "// The payloads of tollgate's records and its state rows. Generated (tollgate/record/schema.h), never edited by hand.\n"
      "// Field numbers are never reused. Fields at zero, empty or false are left out.\n"
      "syntax = \"proto3\";\n\npackage tollgate;\n\n"
      "message MetadataEntry {\n  string key = 1;\n  string value = 2;\n}\n\n");
  schema.message<Cause>();
  events(schema, static_cast<const Event*>(nullptr));
  schema.text("// State rows: what folding the records gives.\n\n");
  schema.message<Payment>();
  schema.message<PaymentMethod>();
  schema.message<Books>();
  schema.message<Partner>();
  schema.message<IdempotencyEntry>();
  schema.message<AdminState>();
  std::string text = schema.take();
  text.pop_back();
  return text;
}

}  // namespace tollgate
