#include "simulator/partners.h"

#include "api/replay.h"
#include "engine/state_store.h"
#include "tollgate/eventlog/keys.h"

namespace tollgate::sim {
namespace {

// The audit looks for the key that a request was made with.
std::string key_id(Mode mode) { return mode == Mode::live ? "simulatedliv" : "simulatedtst"; }

std::vector<ApiKey> first_keys() {
  std::vector<ApiKey> keys;
  for (const Mode mode : {Mode::test, Mode::live})
    keys.push_back({.id = key_id(mode), .mode = mode, .scope = KeyScope::all, .hash = std::string(32, mode == Mode::live ? 'l' : 't')});
  return keys;
}

constexpr int sends_max = 6;
constexpr int64_t patience_us = 20 * us_per_second;

// A refusal that says "not now": nothing is kept of it.
bool is_passing(Refusal refusal) {
  return refusal == Refusal::busy || refusal == Refusal::partner_suspended || refusal == Refusal::partner_closed ||
         refusal == Refusal::live_not_configured;
}

}  // namespace

Partners::Partners(World& world, Disk& disk, Node& node)
    : world_(world), disk_(disk), node_(node), choice_(world.seed, 7), wishes_(world, disk), id_random_(world.seed), ids_(id_random_) {}

void Partners::begin() {
  for (uint32_t i = 1; i <= world_.profile.partners; ++i) {
    const PartnerId id{1000 + i};
    const uint32_t partition = 1 + i % world_.profile.engine.partitions;
    Wish wish;
    wish.partner = id;
    wish.mode = Mode::none;
    wish.target = OnPartner{CreatePartner{.partner = id, .partition = partition, .config = Wishes::usual_config(i), .keys = first_keys()}};
    partners_.push_back(id);
    for (const Mode mode : {Mode::test, Mode::live}) members_.push_back({{id, mode, partition}, {}});
    add(std::move(wish));
  }
}

void Partners::act() {
  if (world_.strikes(choice_, world_.profile.faults.suspend)) {
    if (const auto partner = node_.up() ? node_.directory().find(choice_.of(partners_)) : nullptr)
      return add(wishes_.think_of_partner(world_.step, *partner));
  }
  if (!all_.empty() && choice_.one_in(6)) {
    const std::size_t place = choice_.below(all_.size());
    if (all_[place].key.empty()) return;
    if (!choice_.one_in(6)) return send(place);
    // The key of one request with another one's parameters.
    Wish other = wishes_.think_of(world_.step, *stream_of(all_[place]), members_[0].has);
    // What has no key by itself (a deletion) never has one.
    if (!other.key.empty()) other.key = all_[place].key;
    return add(std::move(other));
  }
  const Member& member = members_[choice_.below(members_.size())];
  // Now and then someone names what is not theirs.
  const Member& owner = choice_.one_in(40) ? members_[choice_.below(members_.size())] : member;
  add(wishes_.think_of(world_.step, member.stream, owner.has));
}

void Partners::add(Wish wish) {
  all_.push_back(std::move(wish));
  send(all_.size() - 1);
}

void Partners::send(std::size_t place) {
  ++all_[place].sent;
  // Requests overtake each other on their way.
  const int64_t delay_us = choice_.one_in(10) ? choice_.between(1, 3'000) * us_per_ms : choice_.between(100, 5'000);
  world_.schedule.in(delay_us, [this, place] { submit(place); });
  if (!all_[place].key.empty()) {
    world_.schedule.in(patience_us, [this, place] {
      if (!all_[place].settled && all_[place].sent < sends_max && world_.faults_on) send(place);
    });
  }
}

const Stream* Partners::stream_of(const Wish& wish) const {
  for (const Member& member : members_)
    if (member.stream.partner == wish.partner && (member.stream.mode == wish.mode || wish.mode == Mode::none)) return &member.stream;
  return nullptr;
}

Command Partners::command_of(const Wish& wish) {
  Command command;
  command.partner = wish.partner;
  command.mode = wish.mode;
  const int64_t now_us = world_.clock.now_us();
  command.cause.request = RequestId{ids_.next(now_us)};
  std::visit(
      [&]<class T>(T target) {
        // New objects get new ids each time: the second sending of a request does not know that it is one.
        if constexpr (std::is_same_v<T, OnPayment>) {
          if (auto* create = std::get_if<CreatePayment>(&target.command)) target.payment = create->payment = PaymentId{ids_.next(now_us)};
        } else if constexpr (std::is_same_v<T, OnCustomerObject>) {
          if (auto* customer = std::get_if<CreateCustomer>(&target.command)) customer->customer.id = CustomerId{ids_.next(now_us)};
          if (auto* method = std::get_if<CreatePaymentMethod>(&target.command)) method->method.id = PaymentMethodId{ids_.next(now_us), 0};
          if (auto* setup = std::get_if<CreateSetupIntent>(&target.command)) setup->setup.id = SetupIntentId{ids_.next(now_us)};
        }
        command.target = std::move(target);
      },
      wish.target);
  if (wish.mode == Mode::none) return command;
  command.partition = stream_of(wish)->partition;
  command.config = node_.directory().find(wish.partner);
  command.cause.api_version = "2023-08-16";
  command.cause.actor = key_id(command.mode);
  command.cause.operation = "POST";
  if (!wish.key.empty()) {
    command.cause.idempotency_key = wish.key;
    command.cause.fingerprint = wish.fingerprint;
  }
  return command;
}

void Partners::submit(std::size_t place) {
  Wish& wish = all_[place];
  if (!node_.up()) return;
  Command command = command_of(wish);
  if (wish.mode != Mode::none && !command.config) return;  // no such key: the partner is not there yet
  engine::Input input{std::move(command), this, [this, place](CommandResult result) { on_result(place, std::move(result)); }};
  const bool taken = node_.offer(std::move(input));
  world_.note("partner: wish {}, {} {}{}{}", wish.number, name_of(wish), subject_of(wish), wish.key.empty() ? ", without a key" : "",
              taken ? "" : ", is not taken");
}

void Partners::deliver(std::vector<Item> items) {
  for (Item& item : items) item.handler(std::move(item.result));
}

void Partners::retry_later(std::size_t place) {
  if (all_[place].key.empty() || all_[place].sent >= sends_max || !world_.faults_on) return;
  world_.schedule.in(choice_.between(100, 5'000) * us_per_ms, [this, place] {
    if (!all_[place].settled) send(place);
  });
}

void Partners::on_result(std::size_t place, CommandResult result) {
  ++answers_;
  Wish& wish = all_[place];
  constexpr std::string_view kinds[] = {"done", "refused", "replayed", "mismatch", "in progress", "overloaded", "queue full"};
  world_.note("partner: wish {} gets {} {}", wish.number, kinds[static_cast<std::size_t>(result.kind)],
              result.refusal.refusal == Refusal::none ? "" : std::to_string(static_cast<int>(result.refusal.refusal)));
  if (wish.mode == Mode::none) {
    wish.settled = true;
    return;
  }
  const bool lost = world_.strikes(choice_, world_.profile.faults.reply_lost);
  switch (result.kind) {
    case CommandResult::Kind::done:
    case CommandResult::Kind::refused:
      if (result.kind == CommandResult::Kind::refused && is_passing(result.refusal.refusal)) return retry_later(place);
      on_answer(wish, result);
      break;
    case CommandResult::Kind::replayed: on_replay(wish, std::move(result)); break;
    case CommandResult::Kind::mismatch: on_mismatch(wish, result); break;
    case CommandResult::Kind::in_progress:
      if (wish.key.empty()) wish.settled = true;  // the node stopped: nobody knows
      else if (answer_of(wish).given) world_.fail("wish {} was answered, and is said to be in progress", wish.number);
      return retry_later(place);
    case CommandResult::Kind::overloaded:
    case CommandResult::Kind::queue_full: return retry_later(place);
  }
  if (lost) return retry_later(place);
  wish.settled = true;
}

Partners::Answer& Partners::answer_of(const Wish& wish) {
  Answer& answer = answers_by_key_[fmt::format("{} {} {}", wish.partner.value, static_cast<int>(wish.mode), wish.key)];
  if (answer.row_key.empty()) {
    const engine::EntityKey key = engine::StateStore::idempotency_key(wish.partner, wish.mode, wish.key);
    answer.row_key = keys::object(key.partner, key.mode, key.core);
    append_be32(answer.row_key, key.ordinal);
  }
  return answer;
}

void Partners::compare_with_first(Wish& wish, Answer& answer, std::string payload, const char* how) {
  if (answer.fingerprint.empty()) answer.fingerprint = wish.fingerprint;
  if (answer.fingerprint != wish.fingerprint) return world_.fail("wish {} was {} under a key that another request has", wish.number, how);
  if (!answer.given) {
    answer.given = true;
    answer.by_wish = wish.number;
    answer.name = name_of(wish);
    answer.payload = std::move(payload);
  } else if (answer.payload != payload) {
    world_.fail("wish {} ({}) was {} with another answer than the first time", wish.number, name_of(wish), how);
  }
}

void Partners::on_answer(Wish& wish, const CommandResult& result) {
  learn(wish, result);
  if (wish.key.empty()) return;
  Answer& answer = answer_of(wish);
  if (answer.given) return world_.fail("wish {} was done twice under one key", wish.number);
  compare_with_first(wish, answer, payload_of(wish, result), "done");
}

void Partners::on_replay(Wish& wish, CommandResult result) {
  if (wish.key.empty()) return world_.fail("wish {} has no key and gets another's answer", wish.number);
  if (result.entry.fingerprint != wish.fingerprint) return world_.fail("wish {} gets the answer to another request", wish.number);
  const Status recalled = api::recall(Views(disk_), *stream_of(wish), result);
  if (absl::IsUnavailable(recalled)) return;  // the operation is open: sent again later
  if (!recalled.ok()) return world_.fail("the answer to wish {} cannot be told again: {}", wish.number, message_of(recalled));
  learn(wish, result);
  compare_with_first(wish, answer_of(wish), payload_of(wish, result), "answered again");
}

void Partners::on_mismatch(Wish& wish, const CommandResult& result) {
  if (wish.key.empty()) return world_.fail("wish {} has no key and is said to have used it before", wish.number);
  Answer& answer = answer_of(wish);
  if (result.entry.fingerprint == wish.fingerprint) return world_.fail("wish {} does not match itself", wish.number);
  if (answer.fingerprint.empty()) answer.fingerprint = result.entry.fingerprint;
  if (answer.fingerprint != result.entry.fingerprint) world_.fail("the key of wish {} belongs to two requests", wish.number);
}

void Partners::learn(const Wish& wish, const CommandResult& result) {
  const Stream* stream = stream_of(wish);
  std::size_t at = 0;
  while (&members_[at].stream != stream) ++at;
  Belongings& has = members_[at].has;
  const auto remember = [](auto& ids, const auto& id) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  };
  if (result.payment) {
    const Payment& payment = *result.payment;
    if (payment.partner != wish.partner || payment.mode != wish.mode) return world_.fail("wish {} was answered with another partner's payment", wish.number);
    remember(has.payments, payment.id);
    uint64_t& shown = shown_[{at, payment.id}];
    shown = std::max(shown, payment.history.back());
    if (payment.method) remember(has.methods, payment.method->id);
  }
  if (result.customer) remember(has.customers, result.customer->id);
  if (result.method) remember(has.methods, result.method->method.id);
  if (result.setup) remember(has.setups, result.setup->id);
  if (result.setup && result.setup->method) remember(has.methods, result.setup->method->id);
}

void Partners::check_acknowledged() {
  std::string row;
  for (const auto& [key, answer] : answers_by_key_)
    if (answer.given && !disk_.get(Table::idempotency, answer.row_key, row).ok()) world_.fail("the answer to wish {} ({}) was given, and its key is gone", answer.by_wish, answer.name);
  for (const auto& [key, last_record] : shown_) {
    const auto payment = Views(disk_).payment(members_[key.first].stream, key.second);
    if (!payment.ok()) world_.fail("{} was shown to its partner, and is gone", key.second.text());
    else if (!std::binary_search((*payment)->history.begin(), (*payment)->history.end(), last_record))
      world_.fail("{} was shown with record {}, which is gone", key.second.text(), last_record);
  }
}

void Partners::restore_partners() {
  for (const PartnerId id : partners_) {
    const auto partner = node_.directory().find(id);
    if (!partner || partner->status == PartnerStatus::closed) continue;
    Wish wish;
    wish.partner = id;
    wish.mode = Mode::none;
    PartnerConfig config = partner->config;
    config.live_acquirer = "bank";
    wish.target = OnPartner{UpdatePartner{.config = std::move(config)}};
    add(std::move(wish));
    Wish resume;
    resume.partner = id;
    resume.mode = Mode::none;
    resume.target = OnPartner{ChangePartnerStatus{.status = PartnerStatus::active}};
    add(std::move(resume));
  }
}

std::size_t Partners::send_unsettled() {
  std::size_t count = 0;
  for (std::size_t place = 0; place < all_.size(); ++place) {
    const Wish& wish = all_[place];
    const auto partner = node_.directory().find(wish.partner);
    if (wish.settled || wish.key.empty() || !partner || partner->status != PartnerStatus::active) continue;
    ++count;
    world_.schedule.in(static_cast<int64_t>(count) * us_per_ms, [this, place] { submit(place); });
  }
  return count;
}

void Partners::send_all_again() {
  int64_t delay_us = 0;
  for (std::size_t place = 0; place < all_.size(); ++place)
    if (!all_[place].key.empty()) world_.schedule.in(delay_us += us_per_ms, [this, place] { submit(place); });
}

}  // namespace tollgate::sim
