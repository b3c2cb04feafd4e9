// The requests of a run, as bytes: what the Stripe SDKs send, with only key, partner, amount and order number varying.
// Payment i is the same bytes whenever it is asked for, so a replay needs no memory of it.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::load {

// card: a payment method of a card number that is new to its partner, until each has all the test cards (`new_cards_max`).
enum class Operation : uint8_t { payment, raw_card, retrieve, list, replay, card, trivial };

[[nodiscard]] std::optional<Operation> parse_operation(std::string_view name);
[[nodiscard]] std::string_view name_of(Operation operation);

// "pi_" and 17 characters.
using PaymentName = std::array<char, 20>;

class Requests {
 public:
  // `keys`: one secret key a partner. `seed` keeps the idempotency keys of two runs apart.
  Requests(std::string host, std::vector<std::string> keys, uint64_t seed);

  // Replaces `to`. `payment` is the index of the payment that is made, read or replayed.
  void build(Operation operation, uint64_t payment, std::string& to) const;
  void made(uint64_t payment, std::string_view name);
  [[nodiscard]] std::size_t partners() const { return keys_.size(); }
  [[nodiscard]] std::size_t new_cards_max() const;

 private:
  void append_head(std::string& to, std::string_view method_and_path, uint64_t payment) const;
  void append_post(std::string& to, std::string_view path, uint64_t payment, std::string_view body) const;
  void append_payment(std::string& to, uint64_t payment, bool raw_card) const;
  void append_card(std::string& to, uint64_t number) const;

  std::string common_head_;  // headers that never vary
  std::vector<std::string> keys_;
  uint64_t seed_;
  std::vector<PaymentName> names_;  // of payments made, for reading them
};

}  // namespace tollgate::load
