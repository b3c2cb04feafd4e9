// From a path to its route. Routes of one resource stand together in its file of v1/; routes.cc names the resources.
#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"

namespace tollgate::api {

class Router {
 public:
  // All routes there are.
  Router();
  explicit Router(std::span<const std::span<const Route>> resources);

  struct Match {
    const Route* route = nullptr;  // nullptr: no such path, or not with this method
    std::array<std::string_view, path_ids_max> ids{};
    std::string allowed;  // if the path exists with other methods: which
    uint16_t number = 0;  // of the route, from 1 in the order of names(); 0: none
  };
  [[nodiscard]] Match match(Method method, std::string_view path) const;
  // "POST /v1/payment_intents/{}/confirm"
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  struct Entry {
    const Route* route;
    std::vector<std::string_view> segments;
    uint16_t number;
  };
  void add(const Route& route);
  // By the first two segments: "v1/charges".
  std::map<std::string, std::vector<Entry>, std::less<>> entries_;
  std::vector<std::string> names_;
};

[[nodiscard]] std::string_view name_of(Method method);

}  // namespace tollgate::api
