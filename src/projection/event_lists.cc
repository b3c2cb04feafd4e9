#include <utility>
#include <variant>

#include "projection/index_key.h"
#include "projection/page.h"
#include "projection/public_events.h"
#include "tollgate/projection/views.h"

namespace tollgate {
namespace projection {
namespace {

struct EventRef {
  uint64_t sequence = 0;
  uint8_t ordinal = 0;
};

std::string event_key(const std::string& prefix, const RecordHeader& header) {
  std::string key = prefix;
  append_time(key, header.time_us);
  append_be64(key, header.sequence);
  return key;
}

Status no_such_event(uint64_t sequence) { return not_found("no event at record {}", sequence); }

// Which of a row's events a page may hold.
struct EventFilter {
  const PageQuery& query;
  std::string_view type;
  Order order;

  [[nodiscard]] bool takes(uint64_t sequence, uint8_t ordinal, PublicType of) const {
    if (query.after_sequence && sequence == *query.after_sequence && ordinal >= query.after_ordinal) return false;
    if (query.before_sequence && sequence == *query.before_sequence && ordinal <= query.before_ordinal) return false;
    return matches(type, name_of(of));
  }

  Status operator()(std::string_view key, std::string_view value, std::vector<EventRef>& items) const {
    const auto sequence = sequence_of(key);
    const auto row = parse_event_row(value);
    if (!sequence || !row) return data_loss("a row of the events index is malformed");
    for (std::size_t i = 0; i < row->types.size(); ++i) {
      const std::size_t at = order == Order::backward ? row->types.size() - 1 - i : i;
      const auto ordinal = static_cast<uint8_t>(at);
      if (takes(*sequence, ordinal, static_cast<PublicType>(row->types[at]))) items.push_back({*sequence, ordinal});
    }
    return absl::OkStatus();
  }
};

// The subject of an event, as it was right after it.
class SubjectReader {
 public:
  SubjectReader(const Views& views, const Stream& stream, EventView& into)
      : views_(views), stream_(stream), into_(into) {}

  template <class E>
  Status operator()(const E& event) {
    if constexpr (requires { PaymentId(event.payment); }) {
      TOLLGATE_ASSIGN_OR_RETURN(into_.payment, views_.payment_at(stream_, event.payment, header().sequence));
    } else if constexpr (requires { SetupIntentId(event.setup); }) {
      TOLLGATE_ASSIGN_OR_RETURN(into_.setup, views_.setup_at(stream_, event.setup, header().sequence));
    }
    return absl::OkStatus();
  }
  Status operator()(const SetupIntentCreated& event) {
    TOLLGATE_ASSIGN_OR_RETURN(into_.setup, views_.setup_at(stream_, event.setup.id, header().sequence));
    return absl::OkStatus();
  }
  // These carry the object whole.
  Status operator()(const CustomerCreated& event) { return whole(event.customer); }
  Status operator()(const CustomerUpdated& event) { return whole(event.customer); }
  Status operator()(const PaymentMethodAttached& event) { return whole(event.method, event.metadata); }
  Status operator()(const PaymentMethodUpdated& event) { return whole(event.method, event.metadata); }
  // These are the last that happens to the object.
  Status operator()(const CustomerDeleted& event) {
    TOLLGATE_ASSIGN_OR_RETURN(into_.customer, views_.customer(stream_, event.customer));
    return absl::OkStatus();
  }
  Status operator()(const PaymentMethodDetached& event) {
    TOLLGATE_ASSIGN_OR_RETURN(into_.method, views_.method(stream_, event.method));
    return absl::OkStatus();
  }

 private:
  [[nodiscard]] const RecordHeader& header() const { return into_.record.header; }

  Status whole(const Customer& customer) {
    auto object = std::make_shared<Customer>(customer);
    object->version = header().sequence;
    into_.customer = std::move(object);
    return absl::OkStatus();
  }
  Status whole(const MethodSnapshot& method, const Metadata& metadata) {
    into_.method = std::make_shared<PaymentMethod>(PaymentMethod{.method = method, .metadata = metadata,
                                                                 .version = header().sequence});
    return absl::OkStatus();
  }

  const Views& views_;
  const Stream& stream_;
  EventView& into_;
};

}  // namespace
}  // namespace projection

using namespace projection;

StatusOr<EventView> Views::event(const Stream& stream, uint64_t sequence) const {
  TOLLGATE_ASSIGN_OR_RETURN(const Head head, log_.head(stream.partition));
  if (sequence == 0 || sequence > head.sequence) return no_such_event(sequence);
  EventView view;
  TOLLGATE_ASSIGN_OR_RETURN(view.record, record(stream.partition, sequence));
  const RecordHeader& header = view.record.header;
  if (header.partner != stream.partner || header.mode != stream.mode) return no_such_event(sequence);
  SubjectReader reader(*this, stream, view);
  TOLLGATE_RETURN_IF_ERROR(std::visit(reader, view.record.event));
  view.types = public_event_types(view.record.event, view.payment.get());
  if (view.types.empty()) return no_such_event(sequence);
  return view;
}

StatusOr<Page<EventView>> Views::events(const Stream& stream, const PageQuery& query, std::string_view type) const {
  const auto prefix = index_prefix(stream.partner, stream.mode, IndexKind::events);
  Range range;
  range.from = range.to = prefix;
  append_time(range.from, std::max<int64_t>(query.created_from_us, 0));
  append_time(range.to, std::max<int64_t>(query.created_to_us, 0));
  // The cursor's record stays in the range: its other events may be on this page.
  if (query.after_sequence) {
    TOLLGATE_ASSIGN_OR_RETURN(const EventView cursor, event(stream, *query.after_sequence));
    range.begin_after(event_key(prefix, cursor.record.header) + '\0');
  } else if (query.before_sequence) {
    TOLLGATE_ASSIGN_OR_RETURN(const EventView cursor, event(stream, *query.before_sequence));
    range.from = std::max(range.from, event_key(prefix, cursor.record.header));
    range.order = Order::forward;
  }
  TOLLGATE_ASSIGN_OR_RETURN(const auto refs, walk<EventRef>(log_, Table::index, range, query.limit,
                                                            EventFilter{query, type, range.order}));
  Page<EventView> page;
  page.has_more = refs.has_more;
  page.items.reserve(refs.items.size());
  for (const EventRef& ref : refs.items) {
    if (!page.items.empty() && page.items.back().record.header.sequence == ref.sequence) {
      page.items.push_back(page.items.back());
    } else {
      TOLLGATE_ASSIGN_OR_RETURN(EventView view, event(stream, ref.sequence));
      page.items.push_back(std::move(view));
    }
    page.items.back().ordinal = ref.ordinal;
  }
  return page;
}

}  // namespace tollgate
