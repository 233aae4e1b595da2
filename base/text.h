// base/text.h — lists as text for people.
#pragma once

#include <string>
#include <vector>

namespace jointca {

/// "a, b, c"; empty for nothing.
[[nodiscard]] inline std::string join(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

}  // namespace jointca
