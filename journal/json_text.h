#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "journal/text.h"

namespace uow {

// JSON documents as text. Out of range: nested deeper than 500, or a number beyond a double's range.

// Whether the text is one JSON document.
TextFit CheckJsonText(absl::string_view text);

// Brings a document to the form that is the same for all documents of the same value: no white space, object keys in order of their
// bytes and the last of equal ones, characters unescaped where they can be, numbers by their exact value (1.0, 10e-1 and 1 are
// one).
TextFit CanonicalizeJsonText(absl::string_view text, std::string& canonical);

}  // namespace uow
