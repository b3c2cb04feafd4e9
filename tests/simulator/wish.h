// What a partner or the operator asks for: one request, however often it is sent.
#pragma once
#include <string>
#include <variant>

#include "tollgate/engine/command.h"

namespace tollgate::sim {

struct Wish {
  uint64_t number = 0;
  PartnerId partner;
  Mode mode = Mode::test;
  std::string key;          // empty: none, so that it is sent once
  std::string fingerprint;  // of its parameters
  std::variant<OnPayment, OnCustomerObject, OnPartner> target;
  int sent = 0;
  bool settled = false;  // whoever asked has the answer, or has given up
};

// "capture", "attach method", ...: for the trace.
[[nodiscard]] std::string_view name_of(const Wish& wish);
// What it is about, as text; empty for what is to be made.
[[nodiscard]] std::string subject_of(const Wish& wish);
// The object of an answer, as bytes: two answers are the same if these are.
[[nodiscard]] std::string payload_of(const Wish& wish, const CommandResult& result);

}  // namespace tollgate::sim
