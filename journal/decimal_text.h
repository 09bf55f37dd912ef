#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "journal/text.h"

namespace uow {

// Decimal numbers as text: optional sign, digits, optional point and digits; or "NaN".

// Whether the text is such a number and, where `precision` isn't 0, has at most precision - scale digits before the point and no
// digit but 0 beyond `scale` after it: nothing is ever rounded.
TextFit CheckDecimalText(absl::string_view text, uint32_t precision, uint32_t scale);

// The canonical form of a text that fits: exactly `scale` digits after the point where `precision` isn't 0, else as few as the
// value needs; no superfluous zeros before it; no "+" and no "-0".
std::string CanonicalDecimalText(absl::string_view text, uint32_t precision, uint32_t scale);

// Order by value of two canonical decimals, whatever their scales; NaN is the greatest.
int CompareDecimalText(absl::string_view a, absl::string_view b);

}  // namespace uow
