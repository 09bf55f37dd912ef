#include "journal/text.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace uow {

absl::string_view ClipText(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  auto is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  while (max_bytes > 0 && is_continuation(text[max_bytes])) --max_bytes;
  return text.substr(0, max_bytes);
}

std::string Quoted(absl::string_view text, size_t max_bytes) {
  absl::string_view shown = ClipText(text, max_bytes);
  return absl::StrCat("\"", absl::Utf8SafeCEscape(shown), shown.size() < text.size() ? "…\"" : "\"");
}

}  // namespace uow
