#include <algorithm>
#include <functional>

#include "projection/world.h"
#include "support/catch.h"
#include "tollgate/projection/views.h"

using namespace tollgate;
using tollgate::testing::World;

namespace {

using Ids = std::vector<PaymentMethodId>;

// A list under test, whatever it lists: a page as ids.
struct Listed {
  Ids ids;
  bool has_more = false;
};
using List = std::function<Listed(const PageQuery&)>;

template <class T, class IdOf>
Listed flat(const StatusOr<Page<T>>& page, IdOf id_of) {
  REQUIRE(page.ok());
  Listed listed;
  listed.has_more = page->has_more;
  for (const T& item : page->items) listed.ids.push_back(id_of(item));
  return listed;
}

List payments_of(const World& world) {
  return [&](const PageQuery& query) {
    return flat(world.views().payments(world.stream(), query),
                [](const auto& payment) { return PaymentMethodId{payment->id.core, 0}; });
  };
}
List charges_of(const World& world) {
  return [&](const PageQuery& query) {
    return flat(world.views().charges(world.stream(), query),
                [](const auto& ref) { return PaymentMethodId{ref.payment->id.core, ref.attempt}; });
  };
}
List refunds_of(const World& world) {
  return [&](const PageQuery& query) {
    return flat(world.views().refunds(world.stream(), query),
                [](const auto& ref) { return PaymentMethodId{ref.payment->id.core, ref.refund}; });
  };
}
List transactions_of(const World& world) {
  return [&](const PageQuery& query) {
    return flat(world.views().transactions(world.stream(), query),
                [](const auto& ref) { return PaymentMethodId{ref.payment->id.core, ref.transaction}; });
  };
}

Ids slice(const Ids& all, std::size_t from, std::size_t to) {
  return Ids(all.begin() + static_cast<std::ptrdiff_t>(std::min(from, all.size())),
             all.begin() + static_cast<std::ptrdiff_t>(std::min(to, all.size())));
}

// Every page from every cursor, both ways, against `all`: the whole list, newest first.
void check_pages(const List& list, const Ids& all, PageQuery query = {}) {
  for (const std::size_t limit : {std::size_t{1}, std::size_t{3}, all.size(), std::size_t{100}}) {
    query.limit = limit;
    query.after = query.before = std::nullopt;
    const Listed first = list(query);
    CHECK(first.ids == slice(all, 0, limit));
    CHECK(first.has_more == (all.size() > limit));
    for (std::size_t at = 0; at < all.size(); ++at) {
      query.after = all[at];
      query.before = std::nullopt;
      const Listed after = list(query);
      CHECK(after.ids == slice(all, at + 1, at + 1 + limit));
      CHECK(after.has_more == (all.size() > at + 1 + limit));
      query.after = std::nullopt;
      query.before = all[at];
      const Listed before = list(query);
      CHECK(before.ids == slice(all, at > limit ? at - limit : 0, at));
      CHECK(before.has_more == (at > limit));
    }
  }
}

}  // namespace

TEST_CASE("payments are listed newest first, from every cursor, both ways") {
  World world;
  Ids all;
  for (int i = 0; i < 8; ++i) {
    all.insert(all.begin(), PaymentMethodId{world.created().core, 0});
    if (i == 3) {
      world.switch_to(PartnerId{2}, Mode::test);
      world.created();
      world.switch_to(PartnerId{1}, Mode::live);
      world.created();
      world.switch_to(PartnerId{1}, Mode::test);
    }
  }
  check_pages(payments_of(world), all);
}

TEST_CASE("charges, refunds and transactions are listed newest first, from every cursor, both ways") {
  World world;
  Ids charges, refunds, transactions;
  const auto add = [](Ids& to, PaymentId id, std::size_t ordinal) {
    to.insert(to.begin(), PaymentMethodId{id.core, static_cast<uint16_t>(ordinal)});
  };
  std::vector<PaymentId> paid;
  for (int i = 0; i < 4; ++i) {
    const PaymentId id = world.paid(1000);
    paid.push_back(id);
    add(charges, id, 1);
    add(transactions, id, 1);
    // Of the first payment again and again: its children are spread over the lists.
    add(refunds, paid.front(), world.refund(paid.front(), 10));
    add(transactions, paid.front(), world.payment(paid.front()).transactions.size());
    add(charges, world.declined(), 1);
  }
  check_pages(charges_of(world), charges);
  check_pages(refunds_of(world), refunds);
  check_pages(transactions_of(world), transactions);
}

TEST_CASE("transactions of one type are listed from every cursor, both ways, told by their events alone") {
  World world;
  std::map<TransactionType, Ids> by_type;
  const auto note_newest = [&](PaymentId id) {
    const Transaction& newest = world.payment(id).transactions.back();
    Ids& ids = by_type[newest.type];
    ids.insert(ids.begin(), PaymentMethodId{id.core, newest.ordinal});
  };
  for (int i = 0; i < 4; ++i) {
    const PaymentId sold = world.paid(1000);
    note_newest(sold);
    const PaymentId captured = world.authorized(1000);
    world.capture(captured, 400, false);
    note_newest(captured);
    world.capture(captured, 600, true);
    note_newest(captured);
    const uint16_t refund = world.refund(sold, 10);
    note_newest(sold);
    world.happens(RefundFailed{.payment = sold, .refund = refund, .transaction = static_cast<uint16_t>(world.payment(sold).transactions.size() + 1)});
    note_newest(sold);
    world.declined();
  }
  for (const TransactionType type : {TransactionType::charge, TransactionType::refund, TransactionType::refund_failure}) {
    REQUIRE_FALSE(by_type[type].empty());
    check_pages(transactions_of(world), by_type[type], {.transaction_type = type});
  }
}

TEST_CASE("charges made with their payments and later ones are one list, by time") {
  World world;
  Ids all;
  std::vector<PaymentId> waiting;
  const auto add = [&](PaymentId id) { all.insert(all.begin(), PaymentMethodId{id.core, 1}); };
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(world.created());
    add(world.paid());
    world.wait(us_per_second);
    if (i % 2 == 0) continue;
    for (const PaymentId id : waiting) {
      world.pay(id);
      add(id);
    }
    waiting.clear();
  }
  check_pages(charges_of(world), all);
}

TEST_CASE("a customer's payments, charges, setups and methods are those of that customer only") {
  World world;
  const CustomerId mine = world.customer(), other = world.customer();
  Ids payments, charges, setups, methods;
  for (int i = 0; i < 5; ++i) {
    world.paid(100, other);
    const PaymentId id = world.paid(100, mine);
    payments.insert(payments.begin(), PaymentMethodId{id.core, 0});
    charges.insert(charges.begin(), PaymentMethodId{id.core, 1});
    for (const CustomerId& customer : {mine, other}) {
      PaymentMethodAttached attached;
      attached.method = world.card(customer);
      world.happens(CustomerEvent(attached));
      SetupIntentCreated setup;
      setup.setup.id.core = world.new_core();
      setup.setup.created_us = world.now_us();
      setup.setup.customer = customer;
      world.happens(CustomerEvent(setup));
      if (customer != mine) continue;
      methods.insert(methods.begin(), attached.method.id);
      setups.insert(setups.begin(), PaymentMethodId{setup.setup.id.core, 0});
    }
  }
  PageQuery query;
  query.customer = mine;
  check_pages(payments_of(world), payments, query);
  check_pages(charges_of(world), charges, query);
  check_pages(
      [&](const PageQuery& of) {
        return flat(world.views().setups(world.stream(), of),
                    [](const auto& setup) { return PaymentMethodId{setup->id.core, 0}; });
      },
      setups, query);
  check_pages(
      [&](const PageQuery& of) {
        return flat(world.views().methods(world.stream(), of), [](const auto& method) { return method->method.id; });
      },
      methods, query);
}

TEST_CASE("a setup intent that gets another customer moves to that customer's list") {
  World world;
  const CustomerId first = world.customer(), second = world.customer();
  SetupIntentCreated created;
  created.setup.id.core = world.new_core();
  created.setup.customer = first;
  world.happens(CustomerEvent(created));
  SetupIntentUpdated updated;
  updated.setup = created.setup.id;
  for (const CustomerId& customer : {first, second, CustomerId{}, second}) {
    updated.customer = customer;
    world.happens(CustomerEvent(updated));
    for (const CustomerId& of : {first, second}) {
      PageQuery query;
      query.customer = of;
      CHECK(world.views().setups(world.stream(), query)->items.size() == (of == customer ? 1u : 0u));
    }
  }
}

TEST_CASE("deleted customers are left out, and can still be a cursor") {
  World world;
  std::vector<CustomerId> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(world.customer());
  for (const std::size_t gone : {std::size_t{1}, std::size_t{2}, std::size_t{5}}) {
    CustomerDeleted deleted;
    deleted.customer = ids[gone];
    world.happens(CustomerEvent(deleted));
  }
  const auto listed = [&](const PageQuery& query) {
    return flat(world.views().customers(world.stream(), query),
                [](const auto& customer) { return PaymentMethodId{customer->id.core, 0}; });
  };
  const Ids left{{ids[4].core, 0}, {ids[3].core, 0}, {ids[0].core, 0}};
  check_pages(listed, left);
  PageQuery query;
  query.after = PaymentMethodId{ids[2].core, 0};
  CHECK(listed(query).ids == Ids{left[2]});
}

TEST_CASE("created bounds hold to the microsecond, in every list") {
  World world;
  std::vector<PaymentId> ids;
  std::vector<int64_t> created, charged;
  for (int i = 0; i < 6; ++i) {
    ids.push_back(world.paid(100));
    created.push_back(world.payment(ids.back()).created_us);
    charged.push_back(world.payment(ids.back()).attempts[0].created_us);
    // Within the margin by which ids and times may differ, and beyond it.
    world.wait(i % 2 == 0 ? us_per_second : 600 * us_per_second);
  }
  const auto count = [&](const List& list, int64_t from, int64_t to) {
    PageQuery query;
    query.created_from_us = from;
    query.created_to_us = to;
    const Listed listed = list(query);
    CHECK_FALSE(listed.has_more);
    return listed.ids.size();
  };
  for (std::size_t i = 0; i < ids.size(); ++i) {
    CHECK(count(payments_of(world), created[i], INT64_MAX) == ids.size() - i);
    CHECK(count(payments_of(world), created[i] + 1, INT64_MAX) == ids.size() - i - 1);
    CHECK(count(payments_of(world), 0, created[i]) == i);
    CHECK(count(payments_of(world), 0, created[i] + 1) == i + 1);
    CHECK(count(payments_of(world), created[i], created[i] + 1) == 1);
    CHECK(count(charges_of(world), charged[i], INT64_MAX) == ids.size() - i);
    CHECK(count(charges_of(world), 0, charged[i]) == i);
    CHECK(count(transactions_of(world), charged[i], INT64_MAX) == ids.size() - i);
  }
  CHECK(count(payments_of(world), created[2], created[1]) == 0);
  CHECK(count(charges_of(world), INT64_MAX, 0) == 0);
  CHECK(count(payments_of(world), -5, -1) == 0);
  CHECK(count(payments_of(world), INT64_MAX, INT64_MAX) == 0);
}

TEST_CASE("a cursor that does not exist is not found") {
  World world;
  const PaymentId id = world.created();
  PageQuery query;
  query.after = PaymentMethodId{world.new_core(), 1};
  CHECK(absl::IsNotFound(world.views().payments(world.stream(), query).status()));
  CHECK(absl::IsNotFound(world.views().charges(world.stream(), query).status()));
  CHECK(absl::IsNotFound(world.views().refunds(world.stream(), query).status()));
  CHECK(absl::IsNotFound(world.views().customers(world.stream(), query).status()));
  CHECK(absl::IsNotFound(world.views().methods(world.stream(), query).status()));
  CHECK(absl::IsNotFound(world.views().setups(world.stream(), query).status()));
  // The payment is there, a charge of it is not.
  query.after = PaymentMethodId{id.core, 1};
  CHECK(absl::IsNotFound(world.views().charges(world.stream(), query).status()));
}
