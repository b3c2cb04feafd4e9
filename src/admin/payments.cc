// Payments as an operator sees them: searched, one with its timeline, and its receipt.
#include "admin/admin_api.h"
#include "admin/payment_json.h"
#include "admin/payment_search.h"
#include "tollgate/api/receipts.h"
#include "tollgate/eventlog/keys.h"

namespace tollgate::admin {
namespace {

constexpr std::size_t page_payments_default = 25, page_payments_max = 100;
// Which partner a payment belongs to does not stand in its id: they are asked one by one, up to here.
constexpr std::size_t partners_asked_max = 20'000, partners_page = 1'000;

// Of the payment itself, or of a charge, refund or balance transaction of it.
std::optional<IdCore> core_in(std::string_view text) {
  if (const auto id = PaymentId::parse(text)) return id->core;
  if (const auto id = ChargeId::parse(text)) return id->core;
  if (const auto id = RefundId::parse(text)) return id->core;
  if (const auto id = TransactionId::parse(text)) return id->core;
  return std::nullopt;
}

HttpResponse no_payment(std::string_view id) { return failure(404, "payment_not_found", fmt::format("There is no payment {}.", id)); }

}  // namespace

HttpResponse AdminApi::list_payments(const HttpRequest& request) const {
  Query query(request.query, {"partner", "mode", "status", "amount", "currency", "last4", "metadata", "after", "limit"});
  const auto limit = query.limit(page_payments_default, page_payments_max);
  std::optional<FieldError> wrong;
  const PaymentFilter filter = read_filter(query, wrong);
  std::optional<PaymentId> after;
  if (const std::string* text = query.find("after")) {
    after = PaymentId::parse(*text);
    if (!after) wrong = FieldError{"after", "must be a payment's id"};
    else if (query.find("partner") == nullptr) wrong = FieldError{"after", "needs a partner: over all of them only the newest payments are listed"};
  }
  if (query.error()) wrong = query.error();
  if (wrong) return failure(*wrong);
  StatusOr<FoundPayments> found = FoundPayments{};
  if (const std::string* text = query.find("partner")) {
    const auto id = PartnerId::parse(*text);
    const auto partner = id ? ports_.directory.find(*id) : nullptr;
    if (partner == nullptr) return failure(404, "partner_not_found", fmt::format("There is no partner {}.", *text));
    found = search_partner(ports_.log, partner->id, filter, after, *limit);
  } else {
    found = search_newest(ports_.log, filter, *limit);
  }
  if (!found.ok()) return failure(found.status());
  Json data = Json::array();
  for (const auto& payment : found->items) data.push_back(to_json(*payment));
  return reply({{"data", std::move(data)}, {"has_more", found->has_more}, {"looked_at_all", found->looked_at_all}});
}

StatusOr<Stream> AdminApi::stream_of(const IdCore& core, const std::string* partner_text) const {
  std::string row;
  const auto stream_in = [&](const Partner& partner) -> std::optional<Stream> {
    for (const Mode mode : {Mode::test, Mode::live})
      if (ports_.log.get(Table::payments, keys::object(partner.id, mode, core), row).ok()) return Stream{partner.id, mode, partner.partition};
    return std::nullopt;
  };
  if (partner_text != nullptr) {
    const auto id = PartnerId::parse(*partner_text);
    const auto partner = id ? ports_.directory.find(*id) : nullptr;
    if (partner == nullptr) return not_found("There is no partner {}.", *partner_text);
    if (const auto stream = stream_in(*partner)) return *stream;
    return not_found("The partner has no such payment.");
  }
  PartnerId after{};
  for (std::size_t asked = 0; asked < partners_asked_max;) {
    const auto page = ports_.directory.list(after, partners_page);
    for (const auto& partner : page)
      if (const auto stream = stream_in(*partner)) return *stream;
    if (page.size() < partners_page) return not_found("No partner has such a payment.");
    asked += page.size();
    after = page.back()->id;
  }
  return not_found("The first {} partners have no such payment: name its partner.", partners_asked_max);
}

void AdminApi::show_payment(std::span<const std::string_view> path, const HttpRequest& request, Call call) const {
  Query query(request.query, {"partner"});
  if (query.error()) return call.respond(failure(*query.error()));
  const auto core = core_in(path[0]);
  if (!core) return call.respond(no_payment(path[0]));
  const auto stream = stream_of(*core, query.find("partner"));
  if (!stream.ok()) return call.respond(failure(stream.status()));
  const Views views(ports_.log);
  const auto payment = views.payment(*stream, PaymentId{*core});
  if (!payment.ok()) return call.respond(failure(payment.status()));
  if (path.size() == 2) return give_receipt(*stream, **payment, std::move(call));
  const auto story = story_of(views, stream->partition, **payment);
  if (!story.ok()) return call.respond(failure(story.status()));
  call.respond(reply(details_json(**payment, *story)));
}

// A record that no signed checkpoint covers yet has one made: the call waits for it.
void AdminApi::give_receipt(const Stream& stream, const Payment& payment, Call call) const {
  if (ports_.receipts == nullptr)
    return call.respond(failure(404, "receipts_off", "This node signs no checkpoints, so there are no receipts: transparency.signing is off."));
  ResultSink& sink = call.sink;
  ports_.receipts->when_covered(
      stream.partition, payment.history.back(), sink,
      [receipts = ports_.receipts, respond = std::move(call.respond), id = payment.id, partition = stream.partition,
       sequences = payment.history](CommandResult result) mutable {
        const auto receipt = result.kind == CommandResult::Kind::done ? receipts->receipt(id, partition, sequences)
                                                                      : StatusOr<proof::Receipt>(unavailable("no checkpoint covers it"));
        if (absl::IsResourceExhausted(receipt.status()))
          return respond(failure(413, "receipt_too_large", "The payment has too many records for one receipt: its partner can ask for it in parts."));
        if (!receipt.ok())
          return respond(failure(503, "receipt_not_ready", "The newest records of this payment are not covered by a signed checkpoint yet. Try again."));
        HttpResponse response;
        response.body = receipt->text();
        response.headers.emplace_back("Cache-Control", "no-store");
        respond(std::move(response));
      });
}

}  // namespace tollgate::admin
