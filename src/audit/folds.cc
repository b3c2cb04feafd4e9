#include "tollgate/audit/folds.h"

#include "audit/legal.h"
#include "audit/narrow.h"
#include "tollgate/payment/commands.h"

namespace tollgate::audit {

namespace {

Status illegal_record(const RecordHeader& header, std::string_view why) {
  return data_loss("record {} of partition {}: {}", header.sequence, header.partition, why);
}

template <class T>
Status fold_customer_event(std::optional<T>& object, const Record& record) {
  Event event = record.event;
  const auto narrowed = narrow<CustomerEvent>(event);
  if (!narrowed) return illegal_record(record.header, "it is about no such object");
  if (const std::string why = illegal(object ? &*object : nullptr, *narrowed); !why.empty()) return illegal_record(record.header, why);
  if (!object) object.emplace();
  if (!apply(*object, *narrowed, record.header.sequence, record.header.time_us))
    return illegal_record(record.header, "it is about another object");
  return absl::OkStatus();
}

}  // namespace

Status fold(std::optional<Payment>& payment, const Record& record) {
  Event event = record.event;
  const RecordHeader& header = record.header;
  const auto narrowed = narrow<PaymentEvent>(event);
  if (!narrowed) return illegal_record(header, "it is about no payment");
  if (const std::string why = illegal(payment ? &*payment : nullptr, *narrowed, header.time_us); !why.empty()) return illegal_record(header, why);
  const PaymentId id = std::visit([](const auto& e) { return e.payment; }, *narrowed);
  if (payment && (payment->id != id || payment->partner != header.partner || payment->mode != header.mode))
    return illegal_record(header, "it is about another payment");
  if (!payment) payment.emplace();
  apply(*payment, *narrowed, header.partner, header.mode, header.sequence, header.time_us);
  return absl::OkStatus();
}

Status fold(std::optional<Customer>& customer, const Record& record) { return fold_customer_event(customer, record); }
Status fold(std::optional<PaymentMethod>& method, const Record& record) { return fold_customer_event(method, record); }
Status fold(std::optional<SetupIntent>& setup, const Record& record) { return fold_customer_event(setup, record); }

StatusOr<Partners> partners_at(const RecordSource& source, const Cut& cut) {
  Partners partners;
  Status bad;
  TOLLGATE_RETURN_IF_ERROR(source.read(0, 1, [&](uint64_t sequence, std::string_view bytes) {
    if (sequence > cut.last_sequence(0)) return false;
    auto record = decode_record(bytes);
    if (!record.ok()) {
      bad = record.status();
      return false;
    }
    const auto event = narrow<PartnerEvent>(record->event);
    if (!event) return true;  // a refusal
    const PartnerId id = std::visit([](const auto& e) { return e.partner; }, *event);
    const auto state = partners.find(id);
    if (const std::string why = illegal(state == partners.end() ? nullptr : &state->second, *event); !why.empty()) {
      bad = illegal_record(record->header, why);
      return false;
    }
    apply(partners[id], *event, sequence, record->header.time_us);
    return true;
  }));
  TOLLGATE_RETURN_IF_ERROR(bad);
  return partners;
}

Subject subject_of(const Event& event) {
  return std::visit(
      []<class E>(const E& e) -> Subject {
        if constexpr (is_one_of<E, PartnerEvent>) return {ObjectKind::partner, {}, 0};
        else if constexpr (is_one_of<E, PaymentEvent>) return {ObjectKind::payment, e.payment.core, 0};
        else if constexpr (is_one_of<E, LedgerEvent>) return {ObjectKind::balance, {}, 0};
        else if constexpr (requires { e.setup.id; }) return {ObjectKind::setup_intent, e.setup.id.core, 0};
        else if constexpr (requires { e.setup; }) return {ObjectKind::setup_intent, e.setup.core, 0};
        else if constexpr (requires { e.method.id; }) return {ObjectKind::payment_method, e.method.id.core, e.method.id.ordinal};
        else if constexpr (std::is_same_v<E, PaymentMethodDetached>) return {ObjectKind::payment_method, e.method.core, e.method.ordinal};
        else if constexpr (requires { e.customer.id; }) return {ObjectKind::customer, e.customer.id.core, 0};
        else if constexpr (requires { e.customer; }) return {ObjectKind::customer, e.customer.core, 0};
        else if constexpr (std::is_same_v<E, RequestRefused>) {
          if (const auto payment = PaymentId::parse(e.subject)) return {ObjectKind::payment, payment->core, 0};
          if (const auto refund = RefundId::parse(e.subject)) return {ObjectKind::payment, refund->core, 0};
          if (const auto customer = CustomerId::parse(e.subject)) return {ObjectKind::customer, customer->core, 0};
          if (const auto setup = SetupIntentId::parse(e.subject)) return {ObjectKind::setup_intent, setup->core, 0};
          if (const auto method = PaymentMethodId::parse(e.subject)) return {ObjectKind::payment_method, method->core, method->ordinal};
          return {};
        } else {
          return {};
        }
      },
      event);
}

std::string Subject::text() const {
  switch (kind) {
    case ObjectKind::payment: return PaymentId{core}.text();
    case ObjectKind::customer: return CustomerId{core}.text();
    case ObjectKind::payment_method: return PaymentMethodId{core, ordinal}.text();
    case ObjectKind::setup_intent: return SetupIntentId{core}.text();
    case ObjectKind::none:
    case ObjectKind::partner:
    case ObjectKind::balance: break;
  }
  return {};
}

}  // namespace tollgate::audit
