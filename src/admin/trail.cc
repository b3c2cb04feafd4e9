// The trail: every action and every refused access as a record of partition 0, and the list of them.
#include "admin/trail.h"

#include <algorithm>
#include <charconv>

#include "admin/admin_api.h"
#include "admin/body.h"
#include "tollgate/record/names.h"
#include "tollgate/record/record.h"

namespace tollgate::admin {
namespace {

constexpr std::size_t page_default = 50, page_max = 500;
constexpr uint64_t window_records = 512, scanned_records_max = 20'480;
constexpr std::size_t subject_bytes_max = 64;
// Of a record that stands for refused accesses which have none of their own.
constexpr std::string_view action_of_several = "several";

std::string code_of(const HttpResponse& response) {
  if (response.status == 202) return "accepted";
  if (response.status < 400) return "done";
  const Json body = Json::parse(response.body, nullptr, false);
  if (body.is_object() && body.contains("error")) return body["error"].value("code", std::string("failed"));
  return "failed";
}

// What an answer was about, where the path does not say it: a new partner or user.
std::string made_in(const HttpResponse& response) {
  const Json body = response.status < 400 ? Json::parse(response.body, nullptr, false) : Json();
  if (!body.is_object()) return {};
  for (const char* field : {"id", "name"})
    if (body.contains(field) && body[field].is_string()) return std::string(clean_subject(body[field].get<std::string>()));
  return {};
}

Json item_of(const RecordHeader& header, const AdminActed& acted) {
  Json item = {{"sequence", header.sequence}, {"time_us", header.time_us},  {"user", acted.user},     {"role", tollgate::text_of(acted.role)},
               {"action", acted.action},      {"subject", acted.subject},   {"from", acted.from},     {"result", acted.result},
               {"status", acted.status},      {"token", acted.token_id}};
  if (!acted.approval.empty()) {
    item["approval"] = acted.approval;
    item["approved_by"] = acted.approved_by;
  }
  return item;
}

Json item_of(const RecordHeader& header, const AccessRefused& refused) {
  Json item = {{"sequence", header.sequence}, {"time_us", header.time_us}, {"user", refused.user}, {"role", tollgate::text_of(refused.role)},
               {"action", refused.action},    {"subject", ""},             {"from", refused.from}, {"result", refused.result},
               {"refused", true},             {"token", refused.token_id}};
  if (refused.suppressed != 0) item["suppressed"] = refused.suppressed;
  return item;
}

// Nothing if the record is none of the trail.
std::optional<Json> item_of(const Record& record) {
  if (const auto* acted = std::get_if<AdminActed>(&record.event)) return item_of(record.header, *acted);
  if (const auto* refused = std::get_if<AccessRefused>(&record.event)) return item_of(record.header, *refused);
  return std::nullopt;
}

}  // namespace

std::string_view clean_subject(std::string_view text) {
  const bool clean = text.size() <= subject_bytes_max && std::all_of(text.begin(), text.end(), [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.';
                     });
  // No id of ours is a number; a card's is.
  const bool number = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return clean && !number ? text : std::string_view();
}

void AdminApi::submit_note(AdminCommand command, ResultSink& sink, absl::AnyInvocable<void(bool recorded)> then) {
  ports_.commands.submit(envelope(OnAdmin{std::move(command)}, {}, {}), sink,
                         [then = std::move(then)](CommandResult result) mutable { then(result.kind == CommandResult::Kind::done); });
}

void AdminApi::note_refusal(AccessRefused refused, ResultSink& sink, absl::AnyInvocable<void()> then) {
  // The one that the record is about, if it is about one, and those that it tells of.
  const uint64_t refusals = refused.suppressed + (refused.action == action_of_several ? 0u : 1u);
  std::string user = refused.user;
  submit_note(NoteRefusal{std::move(refused)}, sink, [this, refusals, user = std::move(user), then = std::move(then)](bool recorded) mutable {
    if (!recorded) {
      const std::scoped_lock lock(trail_mutex_);
      refusals_.not_recorded(user, refusals);
    }
    then();
  });
}

// The refusal is answered when its record is durable: who was refused finds it in the trail. One without a record of its own, of a flood or while
// the node takes no commands, is answered all the same.
void AdminApi::note_refused(const Principal& who, std::string_view action, std::string_view why, std::string_view from, ResultSink& sink,
                            absl::AnyInvocable<void()> then) {
  std::optional<uint64_t> suppressed;
  {
    const std::scoped_lock lock(trail_mutex_);
    suppressed = refusals_.take(who.user, ports_.clock.now_us());
  }
  if (!suppressed) return then();
  note_refusal({.user = who.user,
                .role = who.role,
                .token_id = who.token_id,
                .action = std::string(action),
                .from = std::string(from),
                .result = std::string(why),
                .suppressed = *suppressed},
               sink, std::move(then));
}

// What was done while the node took no commands, and how many refused accesses no record has told of.
void AdminApi::catch_up(ResultSink& sink) {
  std::vector<AdminActed> late;
  std::optional<std::pair<std::string, uint64_t>> refusals;
  {
    const std::scoped_lock lock(trail_mutex_);
    late.swap(unrecorded_);
    recording_late_ += late.size();
    refusals = refusals_.due(ports_.clock.now_us());
  }
  for (AdminActed& acted : late) {
    AdminActed copy = acted;
    submit_note(NoteAction{std::move(acted)}, sink, [this, copy = std::move(copy)](bool recorded) mutable {
      const std::scoped_lock lock(trail_mutex_);
      --recording_late_;
      if (!recorded) unrecorded_.push_back(std::move(copy));
    });
  }
  if (!refusals) return;
  const auto state = ports_.directory.admins();
  const AdminUser* user = refusals->first.empty() ? nullptr : state->find(refusals->first);
  note_refusal({.user = refusals->first,
                .role = user == nullptr ? AdminRole::none : user->role,
                .token_id = {},
                .action = std::string(action_of_several),
                .from = {},
                .result = "not_recorded_singly",
                .suppressed = refusals->second},
               sink, [] {});
}

// Nothing more is done while something that was done is not recorded: so at most the actions that were in work at the same time are, one of each
// connection of the admin listener.
bool AdminApi::may_act() const {
  const std::scoped_lock lock(trail_mutex_);
  return unrecorded_.empty() && recording_late_ == 0;
}

HttpResponse AdminApi::cannot_record() {
  return failure(503, "not_recorded", "The node cannot record now who does what, so nothing was done: try again.");
}

// The answer leaves when the record of what was done is durable. What was only read is not shown without one.
Respond AdminApi::noted(AdminActed acted, bool is_read, ResultSink& sink, Respond respond) {
  return [this, acted = std::move(acted), is_read, &sink, respond = std::move(respond)](HttpResponse response) mutable {
    acted.status = static_cast<uint32_t>(response.status);
    acted.result = code_of(response);
    if (acted.subject.empty()) acted.subject = made_in(response);
    AdminActed copy = acted;
    submit_note(NoteAction{std::move(acted)}, sink,
                [this, is_read, copy = std::move(copy), respond = std::move(respond), response = std::move(response)](bool recorded) mutable {
                  if (!recorded && is_read) return respond(cannot_record());
                  if (!recorded) {
                    const std::scoped_lock lock(trail_mutex_);
                    unrecorded_.push_back(std::move(copy));
                  }
                  respond(std::move(response));
                });
  };
}

// What leaves no trace in the log by itself is in the trail before it is done: that it was begun, and then how it ended.
void AdminApi::run_when_noted(AdminActed acted, const HttpRequest& request, Call call) {
  acted.result = "begun";
  ResultSink& sink = call.sink;
  submit_note(NoteAction{std::move(acted)}, sink,
              [this, path = std::string(request.path), body = std::string(request.body), call = std::move(call)](bool recorded) mutable {
                if (!recorded) return call.respond(cannot_record());
                HttpRequest kept;
                kept.method = Method::post;
                kept.path = path;
                kept.body = body;
                route_post(parts_of(kept.path.substr(admin_prefix.size())), kept, std::move(call));
              });
}

// Newest first. Records of partners lie between those of the trail, so one page looks at a bounded number of records.
HttpResponse AdminApi::trail(const HttpRequest& request) const {
  Query query(request.query, {"before", "limit", "user"});
  const auto limit = query.limit(page_default, page_max);
  if (query.error()) return failure(*query.error());
  const auto head = ports_.log.head(0);
  if (!head.ok()) return failure(head.status());
  uint64_t end = head->sequence;  // the last record that is still to be looked at
  if (const std::string* text = query.find("before")) {
    uint64_t before = 0;
    const auto [at, problem] = std::from_chars(text->data(), text->data() + text->size(), before);
    if (problem != std::errc{} || at != text->data() + text->size() || before == 0) return failure(FieldError{"before", "must be a record's sequence"});
    end = std::min(end, before - 1);
  }
  const std::string* user = query.find("user");
  Json data = Json::array();
  uint64_t scanned = 0;
  while (end > 0 && data.size() < *limit && scanned < scanned_records_max) {
    const uint64_t from = end > window_records ? end - window_records + 1 : 1;
    std::vector<Json> items;
    Status bad;
    const Status read = ports_.log.read(0, from, [&](uint64_t sequence, std::string_view bytes) {
      if (sequence > end) return false;
      const auto record = decode_record(bytes);
      if (!record.ok()) bad = record.status();
      else if (auto item = item_of(*record); item && (user == nullptr || (*item)["user"] == *user)) items.push_back(*std::move(item));
      return bad.ok() && sequence < end;
    });
    if (!read.ok() || !bad.ok()) return failure(read.ok() ? bad : read);
    scanned += end - from + 1;
    end = from - 1;
    for (auto item = items.rbegin(); item != items.rend(); ++item) {
      if (data.size() == *limit) {
        // The page ends within the window.
        end = data.back()["sequence"].get<uint64_t>() - 1;
        break;
      }
      data.push_back(std::move(*item));
    }
  }
  uint64_t untold = 0;
  {
    const std::scoped_lock lock(trail_mutex_);
    untold = refusals_.untold();
  }
  return reply({{"data", std::move(data)},
                {"has_more", end > 0},
                {"next_before", end > 0 ? Json(end + 1) : Json(nullptr)},
                {"refusals_not_recorded", untold}});
}

}  // namespace tollgate::admin
