// Bytes that were once written must be read for ever. tests/record/golden/v1.txt holds one record of every event type, name and
// hex; its lines are never edited, new ones are added.
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "record/samples.h"
#include "support/catch.h"
#include "tollgate/record/json.h"
#include "tollgate/record/schema.h"

namespace tollgate {
namespace {

const std::string golden_dir = TOLLGATE_SOURCE_DIR "/tests/record/golden/";

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.good());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Golden {
  std::string name, bytes;
};
std::vector<Golden> golden() {
  std::vector<Golden> all;
  std::istringstream in(file_text(golden_dir + "v1.txt"));
  std::string name, hex;
  while (in >> name >> hex) {
    const auto bytes = from_hex(hex);
    REQUIRE(bytes);
    all.push_back({name, *bytes});
  }
  return all;
}

TEST_CASE("records written by earlier versions are read, and written again give the same bytes") {
  for (const Golden& line : golden()) {
    INFO(line.name);
    const auto record = decode_record(line.bytes);
    REQUIRE(record.ok());
    CHECK(name_of(record->event) == line.name);
    std::string again;
    REQUIRE(append_record(again, record->header, record->cause, record->event).ok());
    CHECK(again == line.bytes);
  }
}

TEST_CASE("there are golden bytes of every event type, with every field that it has today") {
  std::set<std::string> lines;
  for (const Golden& line : golden()) lines.insert(line.bytes);
  std::string missing;
  for (const Event& event : samples::filled_events()) {
    const std::string bytes = samples::record(event);
    if (!lines.contains(bytes)) missing += fmt::format("{} {}\n", name_of(event), to_hex(bytes));
  }
  if (missing.empty()) return;
  std::ofstream(TOLLGATE_BINARY_DIR "/golden_missing.txt") << missing;
  FAIL("new event types or fields: add the lines of " TOLLGATE_BINARY_DIR "/golden_missing.txt to golden/v1.txt");
}

TEST_CASE("golden records mean what they meant") {
  std::string text;
  for (const Golden& line : golden()) {
    const auto record = decode_record(line.bytes);
    REQUIRE(record.ok());
    append_json(text, *record, hash_of_record(line.bytes));
    text += '\n';
  }
  const std::string expected = file_text(golden_dir + "v1.jsonl");
  std::istringstream is(text), want(expected);
  std::string is_line, want_line;
  while (std::getline(want, want_line)) {
    REQUIRE(std::getline(is, is_line));
    CHECK(is_line == want_line);
  }
  std::string missing;
  while (std::getline(is, is_line)) missing += is_line + '\n';
  if (missing.empty()) return;
  std::ofstream(TOLLGATE_BINARY_DIR "/golden_missing.jsonl") << missing;
  FAIL("new golden records: add the lines of " TOLLGATE_BINARY_DIR "/golden_missing.jsonl to golden/v1.jsonl");
}

TEST_CASE("the published schema is the one that the structs tell") {
  const std::string path = TOLLGATE_SOURCE_DIR "/src/record/events.proto";
  const std::string generated = proto_schema();
  if (file_text(path) != generated) {
    std::ofstream(TOLLGATE_BINARY_DIR "/events.proto") << generated;
    FAIL("src/record/events.proto differs from the structs: if the change is meant, copy " TOLLGATE_BINARY_DIR "/events.proto over it");
  }
}

TEST_CASE("protoc reads golden records with the published schema") {
  if (std::system("protoc --version > /dev/null 2>&1") != 0) {
    WARN("skipped: protoc is not on this machine");
    return;
  }
  const std::string payload_file = TOLLGATE_BINARY_DIR "/golden_payload.bin", text_file = TOLLGATE_BINARY_DIR "/golden_payload.txt";
  std::set<std::string> sampled = {"payment_created", "payment_captured", "partner_created", "setup_intent_created", "request_refused"};
  for (const Golden& line : golden()) {
    if (sampled.erase(line.name) == 0) continue;
    INFO(line.name);
    std::ofstream(payload_file, std::ios::binary) << line.bytes.substr(record_header_bytes);
    const std::string command = "protoc --decode=tollgate.Record -I " TOLLGATE_SOURCE_DIR "/src/record events.proto < " + payload_file + " > " + text_file;
    REQUIRE(std::system(command.c_str()) == 0);
    const std::string text = file_text(text_file);
    CHECK(text.find(line.name + " {") != std::string::npos);
    CHECK(text.find("idempotency_key: \"idempotency_key") != std::string::npos);
    // protoc shows a field that the schema does not know by its bare number.
    std::istringstream lines(text);
    for (std::string l; std::getline(lines, l);) {
      const auto first = l.find_first_not_of(' ');
      CHECK_FALSE((first != std::string::npos && l[first] >= '0' && l[first] <= '9'));
    }
  }
  CHECK(sampled.empty());
}

}  // namespace
}  // namespace tollgate
