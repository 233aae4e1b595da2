// mpyc-adapter/facts.cpp — what a member's machine has, beside what the manifest says.
#include "mpyc-adapter/facts.h"

#include <algorithm>

namespace jointca::mpyc {
namespace {

constexpr std::string_view missing = "missing";

/// Collects what differs.
class Comparison {
 public:
  void compare(std::string field, std::string agreed, std::string here) {
    if (agreed != here) add(std::move(field), std::move(agreed), std::move(here));
  }
  void add(std::string field, std::string agreed, std::string here) {
    found_.push_back({std::move(field), std::move(agreed), std::move(here)});
  }
  [[nodiscard]] std::vector<Difference> take() && { return std::move(found_); }

 private:
  std::vector<Difference> found_;
};

void compare_file(const std::string& field, const File& file, const Facts& facts,
                  Comparison& comparison) {
  const auto here = facts.files.find(file.path);
  comparison.compare(field, to_hex(file.sha256),
                     here == facts.files.end() ? std::string(missing) : to_hex(here->second));
}

void compare_seat(const Manifest& manifest, const Facts& facts, Comparison& comparison) {
  const auto place = seat_of(manifest, facts.identity);
  if (!place) return comparison.add("seats", "a seat", "none has this host's identity");
  const Seat& seat = manifest.seats[*place];
  const std::string field = "seats." + std::to_string(*place);
  comparison.compare(field + ".name", seat.name, facts.name);
  if (std::find(facts.addresses.begin(), facts.addresses.end(), seat.address) ==
      facts.addresses.end())
    comparison.add(field + ".address", seat.address.text(), std::string(missing));
}

void compare_window(const Manifest& manifest, const Facts& facts, Comparison& comparison) {
  const std::string now = to_rfc3339(facts.now);
  if (facts.now < manifest.not_before)
    comparison.add("not_before", to_rfc3339(manifest.not_before), now);
  if (facts.now >= manifest.not_after)
    comparison.add("not_after", to_rfc3339(manifest.not_after), now);
  if (facts.revocations < manifest.revocations)
    comparison.add("revocations", std::to_string(manifest.revocations),
                   std::to_string(facts.revocations));
}

void compare_runtime(const Runtime& runtime, const Facts& facts, Comparison& comparison) {
  const bool tested = std::find(tested_versions.begin(), tested_versions.end(), runtime.mpyc) !=
                      tested_versions.end();
  const std::string here = facts.mpyc.empty() ? std::string(missing) : facts.mpyc;
  if (!tested)
    comparison.add("runtime.mpyc", runtime.mpyc, "not a version that jointca was tried with");
  else
    comparison.compare("runtime.mpyc", runtime.mpyc, here);
  if (!facts.mpyc.empty())
    comparison.compare("runtime.package", to_hex(runtime.package), to_hex(facts.package));
  if (facts.python < runtime.python_min || runtime.python_max < facts.python)
    comparison.add("runtime.python", runtime.python_min.text() + " to " + runtime.python_max.text(),
                   facts.python.text());
}

}  // namespace

std::vector<Difference> differences(const Manifest& manifest, const Facts& facts) {
  Comparison comparison;
  comparison.compare("authority", to_hex(manifest.authority), to_hex(facts.authority));
  compare_window(manifest, facts, comparison);
  compare_seat(manifest, facts, comparison);
  compare_file("program.main", manifest.program.main, facts, comparison);
  for (const File& file : manifest.program.files)
    compare_file("program.files." + file.path, file, facts, comparison);
  compare_runtime(manifest.runtime, facts, comparison);
  for (const std::string& name : facts.environment)
    if (name.starts_with("MPYC_")) comparison.add("environment." + name, "not set", "set");
  return std::move(comparison).take();
}

}  // namespace jointca::mpyc
