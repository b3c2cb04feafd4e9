#include "simulator/wishes.h"

namespace tollgate::sim {
namespace {

const char* const currencies[] = {"usd", "eur", "jpy", "kwd"};

}  // namespace

Wish Wishes::think_of(uint64_t number, const Stream& stream, const Belongings& has) {
  number_ = number;
  Wish wish;
  wish.number = number;
  wish.partner = stream.partner;
  wish.mode = stream.mode;
  switch (choice_.weighted(std::array{70, 8, 10, 12})) {
    case 0: wish.target = about_payment(stream, has); break;
    case 1: wish.target = about_customer(has); break;
    case 2: wish.target = about_method(has); break;
    default: wish.target = about_setup(has);
  }
  const auto* object = std::get_if<OnCustomerObject>(&wish.target);
  const bool deletes = object != nullptr && std::holds_alternative<DeleteCustomer>(object->command);
  if (!deletes && !choice_.one_in(8)) wish.key = fmt::format("key-{}", number);
  wish.fingerprint = fmt::format("print-{:09}-", number);
  wish.fingerprint.resize(16, '.');
  return wish;
}

OnPayment Wishes::about_payment(const Stream& stream, const Belongings& has) {
  if (has.payments.empty() || choice_.one_in(3)) return create_payment(has);
  OnPayment target;
  target.payment = any(has.payments);
  const auto payment = views_.payment(stream, target.payment);
  if (payment.ok()) target.command = change(**payment, has, target);
  else target.command = CancelPayment{};
  return target;
}

OnPayment Wishes::create_payment(const Belongings& has) {
  OnPayment target;
  CreatePayment create;
  create.amount = amount(20'000);
  create.currency = currency();
  create.capture_method = choice_.one_in(2) ? CaptureMethod::automatic : choice_.one_in(4) ? CaptureMethod::automatic_async : CaptureMethod::manual;
  if (choice_.one_in(6)) create.confirmation_method = ConfirmationMethod::manual;
  if (choice_.one_in(3)) create.customer = any(has.customers);
  if (choice_.one_in(4)) target.method = any(has.methods);
  else if (!choice_.one_in(8)) create.method = new_card();
  create.details.metadata = metadata();
  if (choice_.one_in(5)) create.details.setup_future_usage = FutureUsage::off_session;
  if (!choice_.one_in(5)) {
    create.confirm = confirmation(has, target);
    create.confirm->method.reset();
  }
  target.command = std::move(create);
  return target;
}

Confirmation Wishes::confirmation(const Belongings& has, OnPayment& target) {
  Confirmation confirm;
  if (choice_.one_in(4)) target.method = any(has.methods);
  else if (!choice_.one_in(6)) confirm.method = new_card();
  confirm.off_session = choice_.one_in(5);
  confirm.error_on_requires_action = choice_.one_in(8);
  if (choice_.one_in(6)) confirm.return_url = "https://shop.example/return";
  if (choice_.one_in(8)) confirm.setup_future_usage = FutureUsage::off_session;
  return confirm;
}

PaymentCommand Wishes::change(const Payment& payment, const Belongings& has, OnPayment& target) {
  enum { confirm, capture, increment, cancel, refund, update, update_refund, authenticate };
  std::array<uint32_t, 8> weights{1, 1, 1, 1, 1, 2, 1, 1};
  switch (payment.status) {
    case PaymentStatus::requires_payment_method:
    case PaymentStatus::requires_confirmation: weights[confirm] = 20, weights[cancel] = 2, weights[update] = 4; break;
    case PaymentStatus::requires_action: weights[authenticate] = 20, weights[confirm] = 3, weights[cancel] = 2; break;
    case PaymentStatus::requires_capture: weights[capture] = 16, weights[increment] = 6, weights[cancel] = 5; break;
    case PaymentStatus::succeeded: weights[refund] = 16, weights[update_refund] = payment.refunds.empty() ? 1 : 4; break;
    default: break;
  }
  const int64_t left = payment.attempts.empty() ? 0 : payment.attempts.back().amount_captured - payment.attempts.back().amount_refunded;
  switch (choice_.weighted(weights)) {
    case confirm: return ConfirmPayment{confirmation(has, target)};
    case capture: {
      CapturePayment command{.amount_to_capture = part_of(payment.amount_capturable()), .final_capture = choice_.one_in(2)};
      if (choice_.one_in(4)) command.metadata = metadata();
      return command;
    }
    case increment: {
      IncrementAuthorization command{.amount = payment.amount + choice_.between(-1, 500)};
      if (choice_.one_in(4)) command.description = fmt::format("incremented by wish {}", number_);
      return command;
    }
    case cancel: return CancelPayment{choice_.one_in(2) ? CancellationReason::requested_by_customer : CancellationReason::none};
    case refund: return CreateRefund{.amount = part_of(left), .metadata = metadata()};
    case update_refund:
      return UpdateRefund{.refund = static_cast<uint16_t>(choice_.below(payment.refunds.size() + 2)), .metadata = metadata()};
    case authenticate:
      return CompleteAuthentication{.attempt = static_cast<uint16_t>(payment.attempts.size()), .succeeded = !choice_.one_in(5)};
    default: break;
  }
  UpdatePayment command;
  if (choice_.one_in(3)) command.amount = amount(20'000);
  if (choice_.one_in(8)) command.currency = currency();
  if (choice_.one_in(6)) command.capture_method = choice_.one_in(2) ? CaptureMethod::manual : CaptureMethod::automatic;
  if (choice_.one_in(5)) command.customer = any(has.customers);
  if (choice_.one_in(5)) target.method = any(has.methods);
  else if (choice_.one_in(5)) command.method = new_card();
  else if (choice_.one_in(12)) command.clear_method = true;
  if (choice_.one_in(3)) command.description = fmt::format("wish {}", number_);
  if (choice_.one_in(3)) command.metadata = metadata();
  return command;
}

OnCustomerObject Wishes::about_customer(const Belongings& has) {
  OnCustomerObject target;
  if (has.customers.empty() || choice_.one_in(2)) {
    CreateCustomer create;
    create.customer.description = fmt::format("customer of wish {}", number_);
    create.customer.metadata = metadata();
    target.command = std::move(create);
    return target;
  }
  target.customer = any(has.customers);
  if (choice_.one_in(8)) {
    target.command = DeleteCustomer{};
    return target;
  }
  UpdateCustomer update;
  update.description = fmt::format("changed by wish {}", number_);
  if (choice_.one_in(3) && !has.methods.empty()) {
    target.method = any(has.methods);
    update.default_method = target.method;
  }
  target.command = std::move(update);
  return target;
}

OnCustomerObject Wishes::about_method(const Belongings& has) {
  OnCustomerObject target;
  if (has.methods.empty() || choice_.one_in(3)) {
    target.command = CreatePaymentMethod{.method = new_card(), .metadata = metadata()};
    return target;
  }
  target.method = any(has.methods);
  switch (choice_.weighted(std::array{5, 2, 2})) {
    case 0:
      target.customer = any(has.customers);
      target.command = AttachPaymentMethod{.customer = target.customer};
      break;
    case 1: target.command = UpdatePaymentMethod{.exp_month = static_cast<uint8_t>(choice_.between(1, 12)), .metadata = metadata()}; break;
    default: target.command = DetachPaymentMethod{};
  }
  return target;
}

OnCustomerObject Wishes::about_setup(const Belongings& has) {
  OnCustomerObject target;
  if (has.setups.empty() || choice_.one_in(3)) {
    CreateSetupIntent create;
    if (choice_.one_in(2)) target.customer = create.setup.customer = any(has.customers);
    if (choice_.one_in(4)) target.method = any(has.methods);
    else if (!choice_.one_in(6)) create.setup.method = new_card();
    create.confirm = !choice_.one_in(3);
    target.command = std::move(create);
    return target;
  }
  target.setup = any(has.setups);
  switch (choice_.weighted(std::array{4, 2, 1, 3})) {
    case 0: {
      ConfirmSetupIntent confirm;
      if (choice_.one_in(3)) target.method = any(has.methods);
      else if (!choice_.one_in(4)) confirm.method = new_card();
      target.command = std::move(confirm);
      break;
    }
    case 1: {
      UpdateSetupIntent update;
      if (choice_.one_in(2)) target.customer = any(has.customers), update.customer = target.customer;
      if (choice_.one_in(3)) update.method = new_card();
      update.description = fmt::format("wish {}", number_);
      target.command = std::move(update);
      break;
    }
    case 2: target.command = CancelSetupIntent{}; break;
    default: target.command = CompleteSetupAuthentication{!choice_.one_in(4)};
  }
  return target;
}

PartnerConfig Wishes::usual_config(uint32_t ordinal) {
  PartnerConfig config;
  config.name = fmt::format("Shop {}", ordinal);
  config.fees = {{.currency = {}, .basis_points = 290, .fixed = 30}, {.currency = *Currency::parse("jpy"), .basis_points = 175, .fixed = 0}};
  config.live_acquirer = "bank";
  config.availability_delay_days = ordinal % 3;
  return config;
}

Wish Wishes::think_of_partner(uint64_t number, const Partner& partner) {
  Wish wish;
  wish.number = number;
  wish.partner = partner.id;
  wish.mode = Mode::none;
  PartnerConfig config = partner.config;
  switch (choice_.below(8)) {
    case 0: config.limits.amount_max = choice_.one_in(2) ? 0 : choice_.between(100, 15'000); break;
    case 1: config.fees = {{.currency = {}, .basis_points = static_cast<int32_t>(choice_.between(0, 900)), .fixed = choice_.between(0, 200)}}; break;
    case 2: config.availability_delay_days = static_cast<uint32_t>(choice_.between(0, 3)); break;
    case 3: config.currencies.clear(); if (choice_.one_in(2)) config.currencies = {*Currency::parse("usd"), *Currency::parse("eur")}; break;
    case 4: config.live_acquirer = choice_.one_in(2) ? "bank" : ""; break;
    default: {
      const auto status = partner.status == PartnerStatus::suspended ? PartnerStatus::active
                          : choice_.one_in(20)                       ? PartnerStatus::closed
                                                                     : PartnerStatus::suspended;
      wish.target = OnPartner{ChangePartnerStatus{.status = status, .reason = "simulated"}};
      return wish;
    }
  }
  wish.target = OnPartner{UpdatePartner{.config = std::move(config), .expected_version = choice_.one_in(2) ? partner.version : 0}};
  return wish;
}

MethodSnapshot Wishes::new_card() {
  MethodSnapshot card;
  card.card_token = "pm_card_visa";
  card.card = {.brand = CardBrand::visa, .funding = CardFunding::credit, .last4 = "4242", .exp_month = 12, .exp_year = 2030, .country = "US"};
  return card;
}

int64_t Wishes::amount(int64_t usual_max) {
  if (choice_.one_in(40)) return choice_.between(-1, 1);
  if (choice_.one_in(60)) return amount_max + choice_.between(-1, 1);
  return choice_.between(1, usual_max);
}

std::optional<int64_t> Wishes::part_of(int64_t all) {
  switch (choice_.below(8)) {
    case 0:
    case 1: return std::nullopt;
    case 2: return all;
    case 3: return all + choice_.between(1, 3);
    default: return choice_.between(0, std::max<int64_t>(all, 1));
  }
}

Metadata Wishes::metadata() {
  Metadata entries{{"wish", std::to_string(number_)}};
  if (choice_.one_in(6)) entries.emplace_back("note", "");
  return entries;
}

Currency Wishes::currency() { return *Currency::parse(currencies[choice_.one_in(2) ? 0 : choice_.below(4)]); }

}  // namespace tollgate::sim
