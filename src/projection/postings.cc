#include "tollgate/projection/postings.h"

#include <array>

namespace tollgate {
namespace {

constexpr std::size_t event_type_end = 256;

template <class... E>
constexpr std::array<bool, event_type_end> posting_types(const std::variant<E...>*) {
  std::array<bool, event_type_end> types{};
  ((types[E::event_type] = requires(const E& e) { Postings(e.postings); }), ...);
  return types;
}
constexpr auto types_with_postings = posting_types(static_cast<const Event*>(nullptr));

}  // namespace

const Postings* postings_of(const Event& event) {
  return std::visit(
      []<class E>(const E& e) -> const Postings* {
        if constexpr (requires { Postings(e.postings); }) return &e.postings;
        else return nullptr;
      },
      event);
}

bool may_post(uint16_t event_type) { return event_type < event_type_end && types_with_postings[event_type]; }

}  // namespace tollgate
