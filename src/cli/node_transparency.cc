#include "cli/node_transparency.h"

#include <spdlog/spdlog.h>

namespace tollgate::cli {

StatusOr<std::unique_ptr<Transparency>> open_transparency(const Config& config, const EventLog& log) {
  if (config.transparency_signing == "off") return nullptr;
  TransparencyOptions options;
  options.data_dir = config.data_dir;
  options.origin = config.transparency_origin;
  options.checkpoint_interval_us = config.checkpoint_interval_ms * us_per_ms;
  options.block_cache_bytes = static_cast<std::size_t>(config.transparency_block_cache_mib) << 20;
  options.witness_file = config.witness_file;
  options.witness_interval_us = config.witness_interval_ms * us_per_ms;
  options.witness_timeout_ms = static_cast<uint32_t>(config.witness_timeout_ms);
  options.witness_ca_file = config.witness_ca_file;
  options.report = [](const std::string& what) { spdlog::warn("log: {}", what); };
  options.complain = [](const std::string& what) { spdlog::error("log: {}", what); };
  return Transparency::open(options, log);
}

}  // namespace tollgate::cli
