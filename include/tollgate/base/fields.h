// How a struct tells its fields, once, to everything that walks them: the codec, the published schema, JSON for people,
// comparison in tests. A struct declares
//
//   template <class Self, class V>
//   static void fields(Self& self, V& v) {
//     v(1, "amount", self.amount);
//     v(2, "currency", self.currency);
//   }
//
// Numbers are the protobuf field numbers of the published schema (events.proto): never reused, never changed.
// A visitor sees: bool, integers, enums, std::string, Currency, the ids of base/id.h, structs with fields(),
// std::optional and std::vector of these, and std::pair<std::string, std::string> (a metadata entry).
#pragma once
#include <type_traits>

namespace tollgate {

namespace fields_internal {
struct Probe {
  template <class T>
  void operator()(int, const char*, T&) {}
};
}  // namespace fields_internal

template <class T>
concept HasFields = requires(T& t, fields_internal::Probe& p) { T::fields(t, p); };

}  // namespace tollgate
