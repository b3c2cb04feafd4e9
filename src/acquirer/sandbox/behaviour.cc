#include "acquirer/sandbox/behaviour.h"

namespace tollgate::sandbox {
namespace {

[[nodiscard]] bool wants_authentication(Authentication authentication, const AcquirerRequest& request) {
  if (request.authenticated) return false;
  switch (authentication) {
    case Authentication::never: return false;
    case Authentication::always: return true;
    case Authentication::unless_set_up: return !request.setup_done;
    case Authentication::on_session: return !request.off_session && request.action != AcquirerAction::verify;
  }
  return false;
}

}  // namespace

Judgement judge(const Behaviour& behaviour, const AcquirerRequest& request) {
  Judgement judgement;
  if (request.cvc != nullptr && !request.cvc->empty()) judgement.cvc_check = behaviour.cvc;
  if (wants_authentication(behaviour.authentication, request)) {
    judgement.outcome = Outcome::authentication_required;
    judgement.code = DeclineCode::authentication_required;
    return judgement;
  }
  judgement.code = request.action == AcquirerAction::verify ? behaviour.verification : behaviour.charge;
  if (judgement.code != DeclineCode::none) judgement.outcome = Outcome::declined;
  return judgement;
}

}  // namespace tollgate::sandbox
