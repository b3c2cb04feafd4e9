// From Event back to one of the variants it is made of.
#pragma once
#include <optional>
#include <utility>
#include <variant>

#include "tollgate/record/event.h"

namespace tollgate::audit {

template <class E, class Variant>
inline constexpr bool is_one_of = false;
template <class E, class... Alternatives>
inline constexpr bool is_one_of<E, std::variant<Alternatives...>> = (std::is_same_v<E, Alternatives> || ...);

// Nothing if it is none of them; otherwise moved out of `event`.
template <class Narrow>
std::optional<Narrow> narrow(Event& event) {
  return std::visit(
      []<class E>(E& e) -> std::optional<Narrow> {
        if constexpr (is_one_of<E, Narrow>) return Narrow(std::move(e));
        else return std::nullopt;
      },
      event);
}

// The way back.
template <class Narrow>
void move_back(Narrow& from, Event& to) {
  std::visit([&]<class E>(E& e) { to.template emplace<E>(std::move(e)); }, from);
}

}  // namespace tollgate::audit
