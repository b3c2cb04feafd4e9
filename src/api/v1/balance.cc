// /v1/balance
#include "api/as_of.h"
#include "api/render.h"
#include "api/v1/resources.h"

namespace tollgate::api {
namespace {

void write_amounts(Writer& out, std::string_view key, const std::vector<Currency>& currencies, const Books& books, Account account) {
  out.array(key);
  for (const Currency currency : currencies) {
    // What is owed to the partner is a credit.
    const int64_t amount = -books.total(account, currency);
    out.begin_object();
    out.number("amount", amount);
    out.text("currency", currency.lower());
    out.object("source_types");
    out.number("card", amount);
    out.end_object();
    out.end_object();
  }
  out.end_array();
}

Reply retrieve(CallPtr& call) {
  read_as_of(*call);
  if (const auto error = call->params.finish()) return *error;
  const auto books = call->services.views.books(call->stream, call->known_at);
  if (!books.ok()) return read_failed(*call, books.status(), internal());
  std::vector<Currency> currencies = books->currencies();
  if (currencies.empty()) {
    const Currency own = call->who.partner->config.default_currency;
    currencies.push_back(own.empty() ? *Currency::parse("usd") : own);
  }
  Renderer r(*call);
  r.out.begin_object();
  r.out.text("object", "balance");
  write_amounts(r.out, "available", currencies, *books, Account::partner_available);
  r.out.boolean("livemode", call->live());
  write_amounts(r.out, "pending", currencies, *books, Account::partner_pending);
  r.out.end_object();
  return r.reply();
}

constexpr Route routes[] = {
    {Method::get, "/v1/balance", retrieve, Kind::balance},
};

}  // namespace

Routes balance_routes() { return routes; }

}  // namespace tollgate::api
