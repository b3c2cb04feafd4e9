// The partners as the node knows them, read from their rows at its start.
#pragma once
#include <map>
#include <memory>

#include "tollgate/directory/directory.h"
#include "tollgate/record/wire.h"

namespace tollgate::sim {

class SimDirectory final : public Directory {
 public:
  [[nodiscard]] Status load(const EventLog& log) {
    Status decoded = absl::OkStatus();
    TOLLGATE_RETURN_IF_ERROR(log.scan(Table::partners, "", "", Order::forward, [&](std::string_view, std::string_view row) {
      auto partner = std::make_shared<Partner>();
      decoded = wire::decode(row, *partner);
      if (decoded.ok()) put(std::move(partner));
      return decoded.ok();
    }));
    return decoded;
  }
  std::optional<Authenticated> authenticate(std::string_view, int64_t, AuthFailure& why) const override {
    why = AuthFailure::unknown;
    return std::nullopt;
  }
  std::shared_ptr<const Partner> find(PartnerId id) const override {
    const auto found = partners_.find(id);
    return found == partners_.end() ? nullptr : found->second;
  }
  std::vector<std::shared_ptr<const Partner>> list(PartnerId, std::size_t) const override { return {}; }
  std::size_t size() const override { return partners_.size(); }
  uint32_t choose_partition() const override { return 1; }
  void put(std::shared_ptr<const Partner> partner) override { partners_[partner->id] = std::move(partner); }
  NewKey new_key(Mode, KeyScope, int64_t, Random&) const override { return {}; }

 private:
  std::map<PartnerId, std::shared_ptr<const Partner>> partners_;
};

}  // namespace tollgate::sim
