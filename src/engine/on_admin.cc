// Admin users, their tokens and approvals, and the trail of what they did.
#include "engine/processor.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/wire.h"

namespace tollgate::engine {

Status Processor::load_admins() {
  if (admins_) return absl::OkStatus();
  auto state = std::make_shared<AdminState>();
  std::string row;
  if (const Status found = log_.get(Table::meta, keys::admins, row); found.ok()) {
    TOLLGATE_RETURN_IF_ERROR(wire::decode(row, *state));
  } else if (!absl::IsNotFound(found)) {
    return found;
  }
  admins_ = std::move(state);
  return absl::OkStatus();
}

void Processor::apply_admin_event(const AdminEvent& event, const RecordHeader& header) {
  auto after = std::make_shared<AdminState>(*admins_);
  if (!apply(*after, event, header.sequence, header.time_us)) return;
  admins_ = std::move(after);
  admins_changed_ = true;
}

Status Processor::on_admin(Work& work, OnAdmin& target) {
  TOLLGATE_RETURN_IF_ERROR(load_admins());
  const AdminDecision decision = decide(*admins_, target.command, work.now_us);
  if (decision.refusal != AdminRefusal::none) {
    work.result.admin_refusal = decision.refusal;
    refuse(work, Refusal::none);
    return absl::OkStatus();
  }
  std::vector<Event> events;
  for (const AdminEvent& event : decision.events) events.push_back(widen(event));
  if (!add_records(work, events)) {
    refuse(work, Refusal::too_many, "body");
    return absl::OkStatus();
  }
  for (std::size_t i = 0; i < events.size(); ++i) apply_admin_event(decision.events[i], work.headers[i]);
  work.result.admins = admins_;
  finish(work);
  return absl::OkStatus();
}

}  // namespace tollgate::engine
