// The shape of every answer of the admin API.
#pragma once
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

#include "tollgate/access/access.h"
#include "tollgate/api/http_message.h"
#include "tollgate/base/status.h"
#include "tollgate/partner/partner.h"

namespace tollgate::admin {

using Json = nlohmann::ordered_json;

[[nodiscard]] HttpResponse reply(const Json& body, int status = 200);
// {"error":{"code","message","field"}}; an empty field is left out.
[[nodiscard]] HttpResponse failure(int status, std::string_view code, std::string_view message,
                                   std::string_view field = {});
[[nodiscard]] HttpResponse failure(const Status& status);
[[nodiscard]] HttpResponse failure(const RefusalDetail& refusal);
[[nodiscard]] HttpResponse failure(AdminRefusal refusal);
// The engine did not take the command.
[[nodiscard]] HttpResponse busy();

}  // namespace tollgate::admin
