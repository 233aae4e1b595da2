// tests/misbehaviour/checks_test.cpp — every check that threshold/ names can be re-run from
// evidence and has a misbehaviour test of its name.
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "threshold/evidence.h"

namespace {

std::set<std::string> matches(const std::string& folder, const std::regex& pattern) {
  std::set<std::string> found;
  const auto root = std::filesystem::path(JOINTCA_SOURCE_DIR) / folder;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
    std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    const std::string source = text.str();
    for (std::sregex_iterator at(source.begin(), source.end(), pattern), end; at != end; ++at)
      found.insert((*at)[1]);
  }
  return found;
}

}  // namespace

TEST_CASE("every check named in threshold/ is in the evidence table and has its own test") {
  const auto named =
      matches("threshold", std::regex(R"re("((?:frost|broadcast|agreement)\.[a-z0-9_.]+)")re"));
  const auto tested =
      matches("tests/misbehaviour", std::regex(R"re(TEST_CASE\("([a-z0-9_.]+)"\))re"));
  const auto table = jointca::threshold_checks();
  CHECK(named.size() >= 17);
  for (const std::string& check : named) {
    INFO(check);
    CHECK(table.contains(check));
    CHECK(tested.contains(check));
  }
  for (const auto& [check, unused] : table) {
    INFO(check);
    // CGGMP24's are in tests/unit/threshold/cggmp24/rejections_test.cpp.
    CHECK((named.contains(check) || check.starts_with("cggmp24.")));
  }
}
