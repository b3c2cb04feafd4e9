// Whatever body a partner sends: a tree of parameters within its bounds, or an error. The first byte chooses form or JSON.
#include "api/param_tree.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  tollgate::api::ParamTree tree;
  tree.reserve(body.size());
  const auto error = data[0] % 2 == 0 ? tree.add_form(body) : tree.add_json(body);
  if (error) return 0;
  std::string canonical;
  tree.append_canonical(canonical, tollgate::api::ParamTree::root);
  if (const uint32_t unused = tree.first_unused(); unused != tollgate::api::ParamTree::none) static_cast<void>(tree.path(unused));
  return 0;
}
