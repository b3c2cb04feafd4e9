#include "api/router.h"

#include "tollgate/base/assert.h"

namespace tollgate::api {
namespace {

constexpr std::size_t segments_max = 8;
// Stands where ids do in paths that we do not have; never an id.
constexpr std::string_view search_segment = "search";

struct Segments {
  std::array<std::string_view, segments_max> parts{};
  std::size_t count = 0;
};

// False for a path that is no path of ours: empty segments, too many, a slash at the end.
bool split(std::string_view path, Segments& to) {
  if (path.empty() || path[0] != '/') return false;
  path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || to.count == segments_max) return false;
    to.parts[to.count++] = part;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

std::string_view resource_of(std::string_view path, const Segments& segments) {
  const std::string_view last = segments.parts[std::min<std::size_t>(segments.count, 2) - 1];
  return path.substr(1, static_cast<std::size_t>(last.data() + last.size() - path.data()) - 1);
}

}  // namespace

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::post: return "POST";
    case Method::del: return "DELETE";
    case Method::put: return "PUT";
    case Method::other: break;
  }
  return "?";
}

Router::Router(std::span<const std::span<const Route>> resources) {
  for (const auto& routes : resources) {
    for (const Route& route : routes) add(route);
  }
}

void Router::add(const Route& route) {
  Segments segments;
  TOLLGATE_ASSERT(split(route.pattern, segments));
  names_.push_back(fmt::format("{} {}", name_of(route.method), route.pattern));
  Entry entry{&route,
              {segments.parts.begin(), segments.parts.begin() + static_cast<std::ptrdiff_t>(segments.count)},
              static_cast<uint16_t>(names_.size())};
  entries_[std::string(resource_of(route.pattern, segments))].push_back(std::move(entry));
}

Router::Match Router::match(Method method, std::string_view path) const {
  Match match;
  Segments segments;
  if (!split(path, segments)) return match;
  const auto found = entries_.find(resource_of(path, segments));
  if (found == entries_.end()) return match;
  for (const Entry& entry : found->second) {
    if (entry.segments.size() != segments.count) continue;
    std::array<std::string_view, path_ids_max> ids{};
    std::size_t id_count = 0;
    bool fits = true;
    for (std::size_t i = 0; i < segments.count && fits; ++i) {
      if (entry.segments[i] != "{}") fits = entry.segments[i] == segments.parts[i];
      else if (segments.parts[i] == search_segment) fits = false;
      else ids[id_count++] = segments.parts[i];
    }
    if (!fits) continue;
    if (entry.route->method == method) {
      match.route = entry.route;
      match.number = entry.number;
      match.ids = ids;
      return match;
    }
    match.allowed.append(match.allowed.empty() ? "" : ", ").append(name_of(entry.route->method));
  }
  return match;
}

}  // namespace tollgate::api
