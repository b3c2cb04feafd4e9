// SIGHUP: the configuration and the certificates are read again, and the log says what changed and what needs a restart.
#pragma once
#include <string>

#include "cli/config.h"
#include "cli/node_observe.h"

namespace tollgate::cli {

// What of a node can change while it runs.
struct Reloadable {
  Config& config;
  const std::string& config_path;  // empty: there is none
  observe::Log* log;               // nullptr: it is not ours to change
  NodeObserver& observer;
  HttpServer& api;
  HttpServer& admin;
};

void reload(const Reloadable& node);

}  // namespace tollgate::cli
