// /sandbox/3ds: the page on which a test cardholder completes or fails a challenge. Whoever has its address may: the token in it is
// keyed, and test mode moves no money.
#include "api/render.h"
#include "api/submit.h"
#include "api/text.h"
#include "api/v1/resources.h"
#include "tollgate/base/digest.h"

namespace tollgate::api {
namespace {

constexpr std::string_view page_head =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>3-D Secure test page</title>\n<style>\n"
    "body{font:1.125rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#f4f5f7;margin:0;padding:2rem 1rem}\n"
    "main{max-width:28rem;margin:0 auto;background:#fff;border:1px solid #c9ced6;border-radius:.5rem;padding:1.5rem}\n"
    "h1{font-size:1.375rem;margin:0 0 .75rem}\n"
    "button{font:inherit;padding:.625rem 1.25rem;border-radius:.375rem;border:2px solid #0b57d0;cursor:pointer;margin:.5rem .5rem 0 0}\n"
    "button.primary{background:#0b57d0;color:#fff}\nbutton.secondary{background:#fff;color:#0b57d0}\n"
    "button:focus-visible{outline:3px solid #f2a900;outline-offset:2px}\n"
    "</style>\n</head>\n<body>\n<main>\n";
constexpr std::string_view page_end = "</main>\n</body>\n</html>\n";

Reply page(int status, std::string_view content) {
  Reply reply;
  reply.status = status;
  reply.content_type = "text/html; charset=utf-8";
  reply.body.append(page_head).append(content).append(page_end);
  return reply;
}

Reply gone() {
  return page(404, "<h1>No such challenge</h1>\n<p>This address belongs to no challenge that is waiting. It may be over already.</p>\n");
}

// What waits for the cardholder.
struct Challenge {
  PaymentId payment;
  SetupIntentId setup;
  uint16_t attempt = 0;
  std::string what;        // for people
  std::string return_url;
};

bool token_fits(const Call& call, unsigned step) {
  return equal_in_constant_time(call.ids[2], challenge_token(call.services, call.stream, call.ids[1], step));
}

// False if there is none, or the token is another one's.
bool find_challenge(Call& call, Challenge& found) {
  const auto partner_id = PartnerId::parse(call.ids[0]);
  if (!partner_id) return false;
  call.who.partner = call.services.directory.find(*partner_id);
  if (!call.who.partner) return false;
  call.stream = Stream{*partner_id, Mode::test, call.who.partner->partition};
  if (const auto id = PaymentId::parse(call.ids[1])) {
    const auto payment = call.services.views.payment(call.stream, *id);
    if (!payment.ok() || (*payment)->status != PaymentStatus::requires_action || (*payment)->attempts.empty()) return false;
    found.payment = *id;
    found.attempt = (*payment)->attempts.back().ordinal;
    found.what = "a payment of " + to_text({(*payment)->amount, (*payment)->currency});
    found.return_url = (*payment)->details.return_url;
    return token_fits(call, found.attempt);
  }
  if (const auto id = SetupIntentId::parse(call.ids[1])) {
    const auto setup = call.services.views.setup(call.stream, *id);
    if (!setup.ok() || (*setup)->status != SetupStatus::requires_action) return false;
    found.setup = *id;
    found.what = "saving this card for later payments";
    found.return_url = (*setup)->return_url;
    return token_fits(call, (*setup)->operation);
  }
  return false;
}

Reply show(CallPtr& call) {
  Challenge challenge;
  if (!find_challenge(*call, challenge)) return gone();
  std::string content = "<h1>3-D Secure test page</h1>\n<p>";
  append_html(content, call->who.partner->config.name.empty() ? std::string_view("The merchant") : std::string_view(call->who.partner->config.name));
  content.append(" asks you to authenticate ");
  append_html(content, challenge.what);
  content.append(". This is test mode: no money moves. A real bank would ask for a code here.</p>\n"
                 "<form method=\"post\">\n"
                 "<button class=\"primary\" type=\"submit\" name=\"result\" value=\"complete\">Complete authentication</button>\n"
                 "<button class=\"secondary\" type=\"submit\" name=\"result\" value=\"fail\">Fail authentication</button>\n</form>\n");
  return page(200, content);
}

// Back to the merchant with what came of it, or a page that says it.
Reply back(std::string return_url, std::string_view kind, const std::string& id, const std::string& secret, bool succeeded) {
  const std::string_view status = succeeded ? "succeeded" : "failed";
  if (return_url.empty()) {
    return page(200, succeeded ? "<h1>Authentication complete</h1>\n<p role=\"status\">You may close this page.</p>\n"
                               : "<h1>Authentication failed</h1>\n<p role=\"status\">The card was not charged. You may close this page.</p>\n");
  }
  std::string fragment;
  if (const std::size_t hash = return_url.find('#'); hash != std::string::npos) {
    fragment = return_url.substr(hash);
    return_url.resize(hash);
  }
  return_url.push_back(return_url.find('?') == std::string::npos ? '?' : '&');
  return_url.append(kind).push_back('=');
  append_url_encoded(return_url, id);
  return_url.append("&").append(kind).append("_client_secret=");
  append_url_encoded(return_url, secret);
  return_url.append("&redirect_status=").append(status).append(fragment);
  Reply reply;
  reply.status = 303;
  reply.content_type = "text/html; charset=utf-8";
  reply.location = std::move(return_url);
  return reply;
}

Reply answer_challenge(Call& call, const CommandResult& result) {
  if (result.kind != CommandResult::Kind::done) return gone();
  if (result.payment) {
    const Payment& payment = *result.payment;
    const std::string id = payment.id.text();
    const bool failed = payment.status == PaymentStatus::requires_payment_method || payment.status == PaymentStatus::canceled;
    return back(payment.details.return_url, "payment_intent", id, client_secret(call.services, id), !failed);
  }
  if (result.setup) {
    const SetupIntent& setup = *result.setup;
    const std::string id = setup.id.text();
    return back(setup.return_url, "setup_intent", id, client_secret(call.services, id), setup.status == SetupStatus::succeeded);
  }
  return gone();
}

Reply decide(CallPtr& call) {
  Challenge challenge;
  if (!find_challenge(*call, challenge)) return gone();
  static constexpr std::pair<std::string_view, bool> results[] = {{"complete", true}, {"fail", false}};
  const auto succeeded = call->root().choice<bool>("result", results);
  if (!succeeded || call->params.finish()) return page(400, "<h1>Say complete or fail</h1>\n<p>The form was not understood.</p>\n");
  if (!challenge.payment.empty()) {
    return submit(call, OnPayment{challenge.payment, CompleteAuthentication{challenge.attempt, *succeeded}, nullptr, {}}, answer_challenge);
  }
  OnCustomerObject target;
  target.setup = challenge.setup;
  target.command = CompleteSetupAuthentication{*succeeded};
  return submit(call, std::move(target), answer_challenge);
}

constexpr Route routes[] = {
    {Method::get, "/sandbox/3ds/{}/{}/{}", show, Kind::none, false, true},
    {Method::post, "/sandbox/3ds/{}/{}/{}", decide, Kind::none, false, true},
};

}  // namespace

Routes challenge_routes() { return routes; }

}  // namespace tollgate::api
