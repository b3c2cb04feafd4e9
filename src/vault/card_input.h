// What stands for a card in the vault's keyed hashes, its fingerprint and its token.
#pragma once
#include "tollgate/vault/vault.h"

namespace tollgate::vault {

[[nodiscard]] Secret card_input(PartnerId partner, Mode mode, std::string_view number);

}  // namespace tollgate::vault
