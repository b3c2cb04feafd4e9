#include <charconv>

#include "tollgate/proof/tile.h"

namespace tollgate::proof {
namespace {

constexpr uint64_t index_max = UINT64_MAX >> tile_height;  // of the tile with the last entry that can be counted

std::string index_path(uint64_t index) {
  std::string path = fmt::format("{:03}", index % 1'000);
  for (index /= 1'000; index != 0; index /= 1'000) path = fmt::format("x{:03}/{}", index % 1'000, path);
  return path;
}

std::string with_width(std::string path, uint16_t width) {
  if (width != tile_width) path += fmt::format(".p/{}", width);
  return path;
}

std::optional<uint64_t> decimal(std::string_view text, uint64_t max) {
  uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return value;
}

std::optional<uint64_t> three_digits(std::string_view text) {
  if (text.size() != 3) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return value;
}

// "x001/x234/067" or "x001/x234/067.p/5" into index and width.
bool parse_index(std::string_view path, TileId& tile) {
  const std::size_t suffix = path.find(".p/");
  if (suffix != std::string_view::npos) {
    const auto width = decimal(path.substr(suffix + 3), tile_width - 1);
    if (!width || *width == 0) return false;
    tile.width = static_cast<uint16_t>(*width);
    path = path.substr(0, suffix);
  }
  tile.index = 0;
  for (bool first = true;; first = false) {
    const bool more = path.starts_with('x');
    if (more) path.remove_prefix(1);
    const auto digits = three_digits(path.substr(0, 3));
    if (!digits || (first && more && *digits == 0)) return false;
    if (tile.index > index_max / 1'000) return false;
    tile.index = tile.index * 1'000 + *digits;
    path.remove_prefix(3);
    if (!more) return path.empty() && tile.index <= index_max;
    if (!path.starts_with('/')) return false;
    path.remove_prefix(1);
  }
}

}  // namespace

std::string tile_path(const TileId& tile) {
  return with_width(fmt::format("tile/{}/{}", tile.level, index_path(tile.index)), tile.width);
}

std::string entries_path(uint64_t index, uint16_t width) { return with_width("tile/entries/" + index_path(index), width); }

std::optional<Resource> parse_path(std::string_view path) {
  Resource resource;
  if (path == "checkpoint") return resource;
  constexpr std::string_view prefix = "tile/", entries = "entries";
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view kind = path.substr(0, slash);
  if (kind == entries) {
    resource.kind = Resource::Kind::entries;
  } else {
    const auto level = decimal(kind, 63);
    if (!level) return std::nullopt;
    resource.kind = Resource::Kind::tile;
    resource.tile.level = static_cast<uint8_t>(*level);
  }
  if (!parse_index(path.substr(slash + 1), resource.tile)) return std::nullopt;
  return resource;
}

}  // namespace tollgate::proof
