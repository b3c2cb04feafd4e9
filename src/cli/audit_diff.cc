#include "cli/audit_common.h"
#include "cli/audit_text.h"
#include "tollgate/audit/diff.h"

namespace tollgate::cli {
namespace {

using audit::Relation;

struct Arguments {
  std::string a, b;
  bool exact = false, as_json = false;
};

const char* word_of(Relation relation) {
  switch (relation) {
    case Relation::identical: return "identical";
    case Relation::a_is_prefix: return "a_is_prefix";
    case Relation::b_is_prefix: return "b_is_prefix";
    case Relation::fork: return "fork";
  }
  return "";
}

std::string sentence(const audit::PartitionDiff& one) {
  switch (one.relation) {
    case Relation::identical: return fmt::format("identical, {} records", with_commas(one.a_records));
    case Relation::a_is_prefix: return fmt::format("A is a prefix of B: {} records, B has {} more", with_commas(one.a_records), with_commas(one.b_records - one.a_records));
    case Relation::b_is_prefix: return fmt::format("B is a prefix of A: {} records, A has {} more", with_commas(one.b_records), with_commas(one.a_records - one.b_records));
    case Relation::fork: return fmt::format("FORK at record {}: the {} before it are the same", one.common_records + 1, with_commas(one.common_records));
  }
  return {};
}

void print_record(const char* whose, const std::string& bytes) {
  print_line(fmt::format("  {}: {} bytes, hash {}", whose, bytes.size(), to_hex(view(hash_of_record(bytes)))));
  const auto record = decode_record(bytes);
  if (!record.ok()) {
    print_line(fmt::format("    does not decode: {}", message_of(record.status())));
    return;
  }
  for (const std::string& line : record_lines(*record, {}, {})) print_line("    " + line);
}

Json json_of_bytes(const std::string& bytes) {
  const auto record = decode_record(bytes);
  if (record.ok()) return json_of_record(*record, hash_of_record(bytes));
  return {{"hash", to_hex(view(hash_of_record(bytes)))}, {"error", message_of(record.status())}, {"bytes", to_hex(bytes)}};
}

Json to_json(const audit::Diff& diff) {
  Json partitions = Json::array();
  for (const audit::PartitionDiff& one : diff.partitions) {
    Json json = {{"partition", one.partition}, {"relation", word_of(one.relation)}, {"a_records", one.a_records}, {"b_records", one.b_records},
                 {"common_records", one.common_records}};
    if (one.relation == Relation::fork) {
      json["fork_at"] = one.common_records + 1;
      json["a"] = json_of_bytes(one.a_record);
      json["b"] = json_of_bytes(one.b_record);
    }
    partitions.push_back(std::move(json));
  }
  return {{"identical", diff.identical()}, {"forked", diff.forked()}, {"records_compared", diff.records_compared}, {"partitions", std::move(partitions)}};
}

int compare(const Arguments& arguments, const audit::RecordSource& a, const audit::RecordSource& b) {
  const auto total_a = audit::count_records(a), total_b = audit::count_records(b);
  const auto look = [&] {
    ProgressLine progress("comparing", "records", std::min(total_a.value_or(0), total_b.value_or(0)));
    return audit::diff(a, b, progress.report());
  };
  const auto diff = look();
  if (!diff.ok()) return audit_failed(diff.status());
  if (arguments.as_json) {
    print_json(to_json(*diff));
  } else {
    for (const audit::PartitionDiff& one : diff->partitions) {
      print_line(fmt::format("partition {}: {}", one.partition, sentence(one)));
      if (one.relation != Relation::fork) continue;
      print_record("A", one.a_record);
      print_record("B", one.b_record);
    }
    print_line(diff->identical() ? "identical" : diff->forked() ? "FORKED: the two are not the same history" : "one continues the other, no fork");
  }
  if (diff->forked()) return exit_failed;
  return arguments.exact && !diff->identical() ? exit_failed : exit_ok;
}

}  // namespace

void add_audit_diff(CLI::App& parent, Run& run) {
  auto* command = parent.add_subcommand("diff", "Compare two logs: the same, one continues the other, or where they fork");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("a", arguments->a, "Data directory, log, backup or exported tiles")->required()->type_name("A");
  command->add_option("b", arguments->b, "Another")->required()->type_name("B");
  command->add_flag("--exact", arguments->exact, "Exit status 1 also where one has more records than the other");
  add_json(*command, arguments->as_json);
  command->footer(std::string(works_alone) + "\nEvery byte is compared, also of records whose hashes agree.\n"
                  "Exit status: 0 no fork, 1 a fork (with --exact: any difference), 2 wrong command line or no log to read.");
  command->callback([arguments, &run] {
    run = [arguments] {
      return with_source({arguments->a}, [&](const audit::RecordSource& a) {
        return with_source({arguments->b}, [&](const audit::RecordSource& b) { return compare(*arguments, a, b); });
      });
    };
  });
}

}  // namespace tollgate::cli
