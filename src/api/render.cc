#include "api/render.h"

namespace tollgate::api {
namespace {

constexpr std::size_t client_secret_characters = 25;
constexpr std::size_t challenge_token_characters = 32;

}  // namespace

void write_metadata(Writer& out, const Metadata& metadata) {
  out.object("metadata");
  for (const auto& [key, value] : metadata) {
    // Keys are the partner's and need escaping, which key() does not do.
    out.text(key);
    out.out().push_back(':');
    out.text(value);
  }
  out.end_object();
}

std::string client_secret(const Services& services, std::string_view id) {
  std::string secret(id);
  secret.append("_secret_");
  secret.append(services.vault.derive("client_secret", id, client_secret_characters));
  return secret;
}

std::optional<ApiError> check_client_secret(const Call& call, std::optional<std::string_view> given, std::string_view id, std::string_view object) {
  if (!given || *given == client_secret(call.services, id)) return std::nullopt;
  return invalid_param("client_secret", fmt::format("The client_secret does not belong to this {}.", object));
}

std::string challenge_token(const Services& services, const Stream& stream, std::string_view id, unsigned step) {
  return services.vault.derive("3ds", fmt::format("{}/{}/{}", stream.partner.text(), id, step), challenge_token_characters);
}

void write_next_action(Renderer& r, bool required, std::string_view id, unsigned step, std::string_view return_url) {
  // Live challenges are the acquirer's; only the sandbox has a page here.
  if (!required || r.live()) {
    r.out.null("next_action");
    return;
  }
  r.out.object("next_action");
  r.out.object("redirect_to_url");
  r.out.text_or_null("return_url", return_url);
  r.out.text("url", fmt::format("{}/sandbox/3ds/{}/{}/{}", r.services.options.public_base_url, r.stream.partner.text(), id,
                                challenge_token(r.services, r.stream, id, step)));
  r.out.end_object();
  r.out.text("type", "redirect_to_url");
  r.out.end_object();
}

void write_decline(Renderer& r, std::string_view key, const DeclineWords& words, const ChargeId& charge, const MethodSnapshot* method) {
  r.out.object(key);
  if (!charge.empty()) r.out.id("charge", charge);
  r.out.text("code", words.code);
  if (!words.decline_code.empty()) r.out.text("decline_code", words.decline_code);
  r.out.text("message", words.message);
  if (method != nullptr) {
    r.out.key("payment_method");
    write_payment_method(r, *method, {}, {});
  }
  r.out.text("type", "card_error");
  r.out.end_object();
}

}  // namespace tollgate::api
