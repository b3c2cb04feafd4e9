#include <cmath>

#include "tollgate/plan/plan.h"

namespace tollgate::plan {
namespace {

struct Given {
  std::string_view name;
  double per_s;
};
// Requests a second of one instance.
constexpr Given given[] = {{"API gateway", 1'000},    {"load balancer", 1'200}, {"message queue", 800},    {"cache, reads", 5'000},
                           {"cache, writes", 1'000},  {"database, reads", 2'000}, {"database, writes", 500}, {"core process", 700}};

uint64_t instances(double per_s, double of_one) { return static_cast<uint64_t>(std::ceil(per_s / of_one)); }

}  // namespace

std::vector<Component> components(double average_per_s, double peak_per_s) {
  std::vector<Component> all;
  for (const Given& one : given) all.push_back({one.name, one.per_s, instances(average_per_s, one.per_s), instances(peak_per_s,
      one.per_s)});
  return all;
}

}  // namespace tollgate::plan
