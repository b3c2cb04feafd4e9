// ?as_of=: a read as it would have been answered at an earlier moment: unix seconds (to the end of that second), an RFC 3339 time, or "seq:N",
// the record N of the partner's partition. Reads that cannot look back refuse the parameter by name.
#pragma once
#include "api/call.h"
#include "api/lists.h"

namespace tollgate::api {

// Into call.known_at. Called by every read that can look back, before it ends its parameters.
void read_as_of(Call& call);
// With as_of this filter would need to know what belonged to what then.
void refuse_with_as_of(Call& call, std::string_view filter);

// A page of a list as of call.known_at: what exists now is read, and each of it is brought by `then(item)`, a StatusOr<bool>, to what it was;
// false: it was not there. Only for lists from which nothing ever disappears.
template <class T, class Read, class Then, class Cursor>
[[nodiscard]] StatusOr<Page<T>> page_as_of(const Call& call, PageQuery query, Read&& read, Then&& then, Cursor&& cursor) {
  if (call.known_at.is_now()) return read(query);
  query.created_to_us = std::min(query.created_to_us, call.known_at.time_us + 1);
  Status failed;
  auto page = filtered_page<T>(
      query, read,
      [&](T& item) {
        const StatusOr<bool> was_there = then(item);
        failed.Update(was_there.status());
        return was_there.ok() && *was_there;
      },
      cursor);
  TOLLGATE_RETURN_IF_ERROR(failed);
  return page;
}

// For page_as_of(): brings the payment of a charge, refund or transaction to what it was; `exists(item)` decides then.
template <class Ref, class Exists>
[[nodiscard]] auto then_of_payment(const Call& call, Exists&& exists) {
  return [&call, exists](Ref& ref) -> StatusOr<bool> {
    auto payment = call.services.views.payment(call.stream, ref.payment->id, call.known_at);
    if (absl::IsNotFound(payment.status())) return false;
    TOLLGATE_RETURN_IF_ERROR(payment.status());
    ref.payment = *std::move(payment);
    return exists(ref);
  };
}

}  // namespace tollgate::api
