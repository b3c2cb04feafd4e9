// How the API spells what the domain has as enums.
#pragma once
#include <array>
#include <string_view>
#include <utility>

#include "tollgate/customer/customer.h"
#include "tollgate/payment/types.h"

namespace tollgate::api {

template <class E, std::size_t N>
using Names = std::array<std::pair<std::string_view, E>, N>;

inline constexpr Names<PaymentStatus, 7> payment_statuses{{
    {"requires_payment_method", PaymentStatus::requires_payment_method},
    {"requires_confirmation", PaymentStatus::requires_confirmation},
    {"requires_action", PaymentStatus::requires_action},
    {"processing", PaymentStatus::processing},
    {"requires_capture", PaymentStatus::requires_capture},
    {"canceled", PaymentStatus::canceled},
    {"succeeded", PaymentStatus::succeeded},
}};
inline constexpr Names<SetupStatus, 6> setup_statuses{{
    {"requires_payment_method", SetupStatus::requires_payment_method},
    {"requires_confirmation", SetupStatus::requires_confirmation},
    {"requires_action", SetupStatus::requires_action},
    {"processing", SetupStatus::processing},
    {"canceled", SetupStatus::canceled},
    {"succeeded", SetupStatus::succeeded},
}};
inline constexpr Names<CaptureMethod, 3> capture_methods{{
    {"automatic", CaptureMethod::automatic},
    {"automatic_async", CaptureMethod::automatic_async},
    {"manual", CaptureMethod::manual},
}};
inline constexpr Names<ConfirmationMethod, 2> confirmation_methods{{
    {"automatic", ConfirmationMethod::automatic},
    {"manual", ConfirmationMethod::manual},
}};
inline constexpr Names<FutureUsage, 2> future_usages{{
    {"off_session", FutureUsage::off_session},
    {"on_session", FutureUsage::on_session},
}};
inline constexpr Names<CancellationReason, 8> cancellation_reasons{{
    {"duplicate", CancellationReason::duplicate},
    {"fraudulent", CancellationReason::fraudulent},
    {"requested_by_customer", CancellationReason::requested_by_customer},
    {"abandoned", CancellationReason::abandoned},
    {"failed_invoice", CancellationReason::failed_invoice},
    {"void_invoice", CancellationReason::void_invoice},
    {"automatic", CancellationReason::automatic},
    {"expired", CancellationReason::expired},
}};
// What a partner may say.
inline constexpr Names<CancellationReason, 4> payment_cancellation_choices{{
    {"duplicate", CancellationReason::duplicate},
    {"fraudulent", CancellationReason::fraudulent},
    {"requested_by_customer", CancellationReason::requested_by_customer},
    {"abandoned", CancellationReason::abandoned},
}};
inline constexpr Names<CancellationReason, 3> setup_cancellation_choices{{
    {"abandoned", CancellationReason::abandoned},
    {"duplicate", CancellationReason::duplicate},
    {"requested_by_customer", CancellationReason::requested_by_customer},
}};
inline constexpr Names<RefundReason, 3> refund_reasons{{
    {"duplicate", RefundReason::duplicate},
    {"fraudulent", RefundReason::fraudulent},
    {"requested_by_customer", RefundReason::requested_by_customer},
}};
inline constexpr Names<RefundStatus, 5> refund_statuses{{
    {"pending", RefundStatus::pending},
    {"succeeded", RefundStatus::succeeded},
    {"failed", RefundStatus::failed},
    {"canceled", RefundStatus::canceled},
    {"requires_action", RefundStatus::requires_action},
}};
inline constexpr Names<CardBrand, 8> card_brands{{
    {"unknown", CardBrand::unknown},
    {"visa", CardBrand::visa},
    {"mastercard", CardBrand::mastercard},
    {"amex", CardBrand::amex},
    {"discover", CardBrand::discover},
    {"diners", CardBrand::diners},
    {"jcb", CardBrand::jcb},
    {"unionpay", CardBrand::unionpay},
}};
inline constexpr Names<CardFunding, 4> card_fundings{{
    {"unknown", CardFunding::unknown},
    {"credit", CardFunding::credit},
    {"debit", CardFunding::debit},
    {"prepaid", CardFunding::prepaid},
}};
// Check::none has no word: null.
inline constexpr Names<Check, 4> checks{{
    {"pass", Check::pass},
    {"fail", Check::fail},
    {"unavailable", Check::unavailable},
    {"unchecked", Check::unchecked},
}};
inline constexpr Names<TransactionType, 3> transaction_types{{
    {"charge", TransactionType::charge},
    {"refund", TransactionType::refund},
    {"refund_failure", TransactionType::refund_failure},
}};

template <class E, std::size_t N>
constexpr std::string_view word_in(const Names<E, N>& names, E value) {
  for (const auto& [word, known] : names) {
    if (known == value) return word;
  }
  return {};  // rendered as null
}

constexpr std::string_view word_of(PaymentStatus v) { return word_in(payment_statuses, v); }
constexpr std::string_view word_of(SetupStatus v) { return word_in(setup_statuses, v); }
constexpr std::string_view word_of(CaptureMethod v) { return word_in(capture_methods, v); }
constexpr std::string_view word_of(ConfirmationMethod v) { return word_in(confirmation_methods, v); }
constexpr std::string_view word_of(FutureUsage v) { return word_in(future_usages, v); }
constexpr std::string_view word_of(CancellationReason v) { return word_in(cancellation_reasons, v); }
constexpr std::string_view word_of(RefundReason v) { return word_in(refund_reasons, v); }
constexpr std::string_view word_of(RefundStatus v) { return word_in(refund_statuses, v); }
constexpr std::string_view word_of(CardBrand v) { return word_in(card_brands, v); }
constexpr std::string_view word_of(CardFunding v) { return word_in(card_fundings, v); }
constexpr std::string_view word_of(Check v) { return word_in(checks, v); }
constexpr std::string_view word_of(TransactionType v) { return word_in(transaction_types, v); }

}  // namespace tollgate::api
