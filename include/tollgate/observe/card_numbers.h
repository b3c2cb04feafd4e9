// The last line of defence: card numbers in text that is about to leave. No code writes one there; if some ever does, it must
// still not end up in a file.
#pragma once
#include <cstddef>
#include <string>

namespace tollgate::observe {

// Runs of 13 to 19 digits whose check digit is right (Luhn) are overwritten with '*' but for their last four digits; also where single
// spaces, dashes, plus signs or "%20" stand between groups of digits. Returns how many there were.
std::size_t mask_card_numbers(std::string& text);

}  // namespace tollgate::observe
