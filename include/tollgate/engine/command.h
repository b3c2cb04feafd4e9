// What goes into the engine and what comes back.
#pragma once
#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tollgate/access/access.h"
#include "tollgate/base/secret.h"
#include "tollgate/customer/customer.h"
#include "tollgate/ledger/ledger.h"
#include "tollgate/observe/stages.h"
#include "tollgate/partner/partner.h"
#include "tollgate/payment/commands.h"
#include "tollgate/record/event.h"
#include "tollgate/record/idempotency.h"

namespace tollgate {

struct OnPayment {
  PaymentId payment;
  PaymentCommand command;
  // The card's CVC, for the acquirer call that this command may lead to; never stored.
  std::shared_ptr<const Secret> cvc;
  // A payment method that the command names and that the partition must look up (decide sees the snapshot): put into the
  // command's `method` before it is decided. Refusal method_missing_id if there is none.
  PaymentMethodId method;
};
struct OnCustomerObject {
  CustomerId customer;     // the one that is meant or referred to; empty: none
  PaymentMethodId method;  // the same
  SetupIntentId setup;     // the same
  CustomerCommand command;
  std::shared_ptr<const Secret> cvc;
};
struct OnPartner {
  PartnerCommand command;
};
// About the admin users, or into their trail: of partition 0 and of no partner.
struct OnAdmin {
  AdminCommand command;
};
// A timer: funds that are due become available.
struct ReleaseFunds {};

struct Command {
  PartnerId partner;
  Mode mode = Mode::test;
  uint32_t partition = 0;
  std::shared_ptr<const Partner> config;  // as authenticated; null for what the node itself commands
  Cause cause;
  std::variant<OnPayment, OnCustomerObject, OnPartner, ReleaseFunds, OnAdmin> target;
};

// How a command ended. Delivered when what it says is durable.
struct CommandResult {
  enum class Kind : uint8_t {
    done,         // the objects below are as they are after the command
    refused,      // `refusal`; the objects are those that it was about, if they exist
    replayed,     // the key was used before with the same request: `entry` says what was answered
    mismatch,     // the key was used before with another request: `entry` is that one
    in_progress,  // the key's first request is still being worked on
    overloaded,   // not taken: the mailbox is full, or the node is stopping. Nothing happened.
    queue_full,   // not taken: too many of this partner's commands wait already. Nothing happened.
  };
  Kind kind = Kind::done;
  RefusalDetail refusal;
  IdempotencyEntry entry;
  std::shared_ptr<const Payment> payment;
  uint16_t operation = 0;  // the acquirer operation that the answer waited for; 0: it did not wait
  uint16_t refund = 0;     // which refund of the payment the command made or changed
  std::shared_ptr<const Customer> customer;
  std::shared_ptr<const PaymentMethod> method;
  std::shared_ptr<const SetupIntent> setup;
  std::shared_ptr<const Partner> partner;
  std::shared_ptr<const AdminState> admins;
  AdminRefusal admin_refusal = AdminRefusal::none;  // if the refused command was about admin users
  observe::StageTimes stages;  // if the engine measures
};

using ResultHandler = absl::AnyInvocable<void(CommandResult)>;

// Where results are delivered: one per io thread. Called from the engine's threads once a round, with all of that round.
class ResultSink {
 public:
  struct Item {
    ResultHandler handler;
    CommandResult result;
  };
  virtual ~ResultSink() = default;
  virtual void deliver(std::vector<Item> items) = 0;
};

// What the API and the admin API see of the engine.
class CommandPort {
 public:
  virtual ~CommandPort() = default;
  // Never blocks. The handler is called exactly once, through `sink`, also if the command was not taken.
  virtual void submit(Command command, ResultSink& sink, ResultHandler handler) = 0;
};

}  // namespace tollgate
