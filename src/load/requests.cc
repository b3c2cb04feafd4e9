#include "tollgate/load/requests.h"

#include <charconv>
#include <cstring>

namespace tollgate::load {
namespace {

constexpr std::string_view names[] = {"payment", "raw-card", "retrieve", "list", "replay", "card", "trivial"};

void append_number(std::string& to, uint64_t value) {
  char digits[20];
  to.append(digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits));
}

void append_hex(std::string& to, uint64_t value, int digits) {
  static constexpr char alphabet[] = "0123456789abcdef";
  for (int i = digits - 1; i >= 0; --i) to.push_back(alphabet[(value >> (4 * i)) & 15]);
}

// In the form of a UUID, as the SDKs make them.
void append_idempotency_key(std::string& to, uint64_t seed, uint64_t payment) {
  append_hex(to, seed >> 32, 8);
  to.push_back('-');
  append_hex(to, seed >> 16, 4);
  to.append("-4");
  append_hex(to, seed, 3);
  to.append("-8000-");
  append_hex(to, payment, 12);
}

// Test mode takes these only. One of them is new to a partner once.
constexpr std::string_view card_numbers[] = {
    "4242424242424242", "4000056655665556", "5555555555554444", "5200828282828210", "5105105105105100", "6011111111111117", "6200000000000005",
    "4000000760000002", "4000001240000000", "4000004840008001", "4000000400000008", "4000000560000004", "4000007560000009", "4000002760000016",
    "4000002080000001", "4000007240000007", "4000002460000001", "4000002500000003", "4000008260000000", "4000003720000005", "4000003800000008",
    "4000005280000002", "4000005780000007", "4000006160000005", "4000006200000007"};

}  // namespace

std::optional<Operation> parse_operation(std::string_view name) {
  for (std::size_t i = 0; i < std::size(names); ++i) {
    if (names[i] == name) return static_cast<Operation>(i);
  }
  return std::nullopt;
}

std::size_t Requests::new_cards_max() const { return keys_.size() * std::size(card_numbers); }

std::string_view name_of(Operation operation) { return names[static_cast<std::size_t>(operation)]; }

Requests::Requests(std::string host, std::vector<std::string> keys, uint64_t seed)
    : keys_(std::move(keys)), seed_(seed) {
  common_head_ =
      " HTTP/1.1\r\nHost: " + host +
      "\r\nUser-Agent: Stripe/v1 PythonBindings/5.5.0\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n"
      "Connection: keep-alive\r\n"
      "X-Stripe-Client-User-Agent: {\"bindings_version\": \"5.5.0\", \"lang\": \"python\", \"publisher\": \"stripe\", "
      "\"httplib\": \"requests\", \"lang_version\": \"3.11.2\", \"platform\": \"Linux-x86_64\"}\r\n"
      "Stripe-Version: 2023-08-16\r\nAuthorization: Bearer ";
}

void Requests::append_head(std::string& to, std::string_view method_and_path, uint64_t payment) const {
  to.assign(method_and_path);
  to.append(common_head_);
  to.append(keys_[payment % keys_.size()]);
  to.append("\r\n");
}

void Requests::append_post(std::string& to, std::string_view path, uint64_t payment, std::string_view body) const {
  append_head(to, path, payment);
  to.append("Content-Type: application/x-www-form-urlencoded\r\nIdempotency-Key: ");
  append_idempotency_key(to, seed_, payment);
  to.append("\r\nContent-Length: ");
  append_number(to, body.size());
  to.append("\r\n\r\n");
  to.append(body);
}

void Requests::append_payment(std::string& to, uint64_t payment, bool raw_card) const {
  std::string body = "amount=";
  append_number(body, 100 + payment % 9'900);
  body.append("&currency=usd&confirm=true&metadata[order]=");
  append_hex(body, payment, 12);
  if (raw_card) {
    body.append(
        "&payment_method_data[type]=card&payment_method_data[card][number]=4242424242424242"
        "&payment_method_data[card][exp_month]=12&payment_method_data[card][exp_year]=2034"
        "&payment_method_data[card][cvc]=123");
  } else {
    body.append("&payment_method=pm_card_visa");
  }
  append_post(to, "POST /v1/payment_intents", payment, body);
}

void Requests::append_card(std::string& to, uint64_t number) const {
  std::string body = "type=card&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123&card[number]=";
  body.append(card_numbers[number / keys_.size() % std::size(card_numbers)]);
  append_post(to, "POST /v1/payment_methods", number, body);
}

void Requests::build(Operation operation, uint64_t payment, std::string& to) const {
  switch (operation) {
    case Operation::payment:
    case Operation::replay: return append_payment(to, payment, false);
    case Operation::raw_card: return append_payment(to, payment, true);
    case Operation::card: return append_card(to, payment);
    case Operation::retrieve: {
      std::string path = "GET /v1/payment_intents/";
      path.append(names_[payment].data(), names_[payment].size());
      append_head(to, path, payment);
      break;
    }
    case Operation::list: append_head(to, "GET /v1/payment_intents?limit=10", payment); break;
    case Operation::trivial: to.assign("GET / HTTP/1.1\r\nHost: localhost\r\n"); break;
  }
  to.append("\r\n");
}

void Requests::made(uint64_t payment, std::string_view name) {
  if (names_.size() <= payment) names_.resize(payment + 1);
  std::memcpy(names_[payment].data(), name.data(), std::min(name.size(), names_[payment].size()));
}

}  // namespace tollgate::load
