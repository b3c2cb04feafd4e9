// Asks every part of a node how it is.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/node.h"
#include "tollgate/http/server.h"
#include "tollgate/observe/log.h"
#include "tollgate/observe/node_facts.h"

namespace tollgate::cli {

// What is asked. All of it outlives who asks.
struct NodeParts {
  const EventLog& log;
  const Directory& directory;
  const Engine& engine;
  const Dispatcher& dispatcher;
  const HttpServer& api;
  const HttpServer& admin;
};

// What other parts of a node know: ages, what of theirs follows the log, further series.
using FactSource = std::function<void(observe::NodeFacts&)>;

[[nodiscard]] observe::NodeFacts facts_of(const NodeParts& parts, const DataPaths& paths, const Clock& clock, const observe::Log* log);

}  // namespace tollgate::cli
