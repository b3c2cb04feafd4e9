#include "observe/request_line.h"

#include "observe/json_text.h"

namespace tollgate::observe {
namespace {

std::string_view mode_text(Mode mode) { return mode == Mode::live ? "live" : mode == Mode::test ? "test" : ""; }

// The texts that come here are our own and need no escapes, but for the cause.
class Members {
 public:
  explicit Members(std::string& to) : to_(to) {}
  void text(std::string_view name, std::string_view value) {
    begin(name);
    to_.push_back('"');
    to_.append(value);
    to_.push_back('"');
  }
  void number(std::string_view name, int64_t value) {
    begin(name);
    append_number(to_, value);
  }
  void begin(std::string_view name) {
    to_.append(",\"");
    to_.append(name);
    to_.append("\":");
  }

 private:
  std::string& to_;
};

void append_json(std::string& to, std::string_view level, int64_t now_us, const RequestLine& line) {
  to.append("{\"time\":\"");
  append_time(to, now_us);
  to.push_back('"');
  Members members(to);
  members.text("level", level);
  members.text("event", "request");
  members.begin("request");
  to.push_back('"');
  line.request.append_text(to);
  to.push_back('"');
  if (line.partner != 0) {
    members.begin("partner");
    to.push_back('"');
    PartnerId{line.partner}.append_text(to);
    to.push_back('"');
    members.text("mode", mode_text(line.mode));
  }
  members.text("operation", line.operation);
  members.number("status", line.status);
  if (!line.error_code.empty()) members.text("error", line.error_code);
  if (!line.idempotency.empty()) members.text("idempotency", line.idempotency);
  members.number("us", line.total_us);
  if (line.stages != nullptr && line.stages->submitted_us != 0) {
    members.begin("stages_us");
    to.push_back('{');
    for (std::size_t i = 0; i < stage_count; ++i) {
      if (i != 0) to.push_back(',');
      to.push_back('"');
      to.append(stage_names[i]);
      to.append("\":");
      append_number(to, line.stages->us[i]);
    }
    to.push_back('}');
  }
  if (!line.cause.empty()) {
    members.begin("cause");
    append_json_text(to, line.cause);
  }
  to.append("}\n");
}

void append_text(std::string& to, std::string_view level, int64_t now_us, const RequestLine& line) {
  append_time(to, now_us);
  to.push_back(' ');
  to.append(level);
  to.push_back(' ');
  line.request.append_text(to);
  to.push_back(' ');
  if (line.partner != 0) {
    PartnerId{line.partner}.append_text(to);
    to.push_back(' ');
  }
  to.append(line.operation);
  to.push_back(' ');
  append_number(to, line.status);
  if (!line.error_code.empty()) to.append(" ").append(line.error_code);
  to.push_back(' ');
  append_number(to, line.total_us);
  to.append(" us");
  if (!line.cause.empty()) {
    to.append(": ");
    append_json_text(to, line.cause);
  }
  to.push_back('\n');
}

}  // namespace

void append_request_line(std::string& to, LogFormat format, std::string_view level, int64_t now_us, const RequestLine& line) {
  if (format == LogFormat::json) append_json(to, level, now_us, line);
  else append_text(to, level, now_us, line);
}

}  // namespace tollgate::observe
