#include "api/versions.h"

#include "tollgate/base/assert.h"

namespace tollgate::api {
namespace {

struct Change {
  int date;  // versions before it have the older form
  void (*undo)(Form& form);
};

// Newest first.
constexpr Change changes[] = {
    {20221115,
     [](Form& form) {
       form.charges_on_payment_intent = true;
       form.refunds_on_charge = true;
     }},
};

bool read_digits(std::string_view text, int& value) {
  value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  return true;
}

}  // namespace

std::optional<ApiVersion> ApiVersion::parse(std::string_view text) {
  constexpr std::size_t date_characters = 10, name_characters_max = 32;
  if (text.size() < date_characters || text[4] != '-' || text[7] != '-') return std::nullopt;
  int year = 0, month = 0, day = 0;
  if (!read_digits(text.substr(0, 4), year) || !read_digits(text.substr(5, 2), month) || !read_digits(text.substr(8, 2), day)) {
    return std::nullopt;
  }
  if (month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  std::string_view name = text.substr(date_characters);
  if (!name.empty()) {
    if (name[0] != '.' || name.size() < 2 || name.size() > name_characters_max + 1) return std::nullopt;
    name.remove_prefix(1);
    for (const char c : name) {
      if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '-') return std::nullopt;
    }
  }
  const int date = year * 10'000 + month * 100 + day;
  if (date < oldest_version_date) return std::nullopt;
  return ApiVersion{std::string(text), date};
}

ApiVersion ApiVersion::current() {
  auto version = parse(current_version);
  TOLLGATE_ASSERT(version.has_value());
  return *std::move(version);
}

Form form_of(const ApiVersion& version) {
  Form form;
  for (const Change& change : changes) {
    if (version.date >= change.date) break;
    change.undo(form);
  }
  return form;
}

}  // namespace tollgate::api
