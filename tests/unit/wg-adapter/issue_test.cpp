// tests/unit/wg-adapter/issue_test.cpp — each rule of issuing bindings, where it holds and where it
// fails.
#include <catch2/catch.hpp>

#include "tests/support/bindings.h"

namespace jointca::wireguard {
namespace {

ca::Prefix prefix(std::string_view text) { return *ca::Prefix::parse(text); }

/// The rule that a changed binding breaks, or "ok".
template <class Change>
std::string rule(Change change) {
  Binding value = test::binding(1);
  change(value);
  const auto result = check_issuable(value);
  return result ? "ok" : result.error().rule;
}

std::string rule_of_networks(std::vector<ca::Prefix> networks) {
  return rule([&](Binding& value) { value.networks = std::move(networks); });
}

TEST_CASE("an ordinary binding may be issued") {
  CHECK(rule([](Binding&) {}) == "ok");
  CHECK(rule([](Binding& value) { value.endpoint = ""; }) == "ok");
  CHECK(rule_of_networks({prefix("10.42.0.1/16"), prefix("fd77::1/64")}) == "ok");
  CHECK(rule_of_networks({prefix("10.42.0.1/31"), prefix("10.42.0.3/32")}) == "ok");
}

TEST_CASE("names and groups are safe in files and shells") {
  CHECK(rule([](Binding& value) { value.name = ""; }) == "name");
  CHECK(rule([](Binding& value) { value.name = "a b"; }) == "name");
  CHECK(rule([](Binding& value) { value.groups = {"a,b"}; }) == "group");
  CHECK(rule([](Binding& value) { value.groups = {"a", "b", "a"}; }) == "group");
  CHECK(rule([](Binding& value) {
          value.groups.clear();
          for (std::size_t i = 0; i <= ca::host_groups_max; ++i)
            value.groups.push_back("g" + std::to_string(i));
        }) == "group");
}

TEST_CASE("a key of low order is never bound") {
  CHECK(rule([](Binding& value) { value.public_key = {}; }) == "low order key");
  CHECK(rule([](Binding& value) { value.public_key = {1}; }) == "low order key");
}

TEST_CASE("every network is an address that a host can have") {
  CHECK(rule_of_networks({}) == "no network");
  CHECK(rule_of_networks({prefix("0.0.0.0/16")}) == "zero address");
  CHECK(rule_of_networks({prefix("::/64")}) == "zero address");
  CHECK(rule_of_networks({prefix("::ffff:10.42.0.1/112")}) == "4in6 address");
  CHECK(rule_of_networks({prefix("10.42.0.1/0")}) == "prefix");
  CHECK(rule_of_networks({{prefix("10.42.0.1/32").address, 33}}) == "prefix");
  CHECK(rule_of_networks({prefix("10.42.0.0/16")}) == "network address");
  CHECK(rule_of_networks({prefix("fd77::/64")}) == "network address");
  CHECK(rule_of_networks({prefix("10.42.255.255/16")}) == "broadcast address");
  CHECK(rule_of_networks({prefix("255.255.255.255/16")}) == "broadcast address");
  CHECK(rule_of_networks({prefix("10.42.0.2/16"), prefix("10.42.0.1/16")}) == "network order");
  CHECK(rule_of_networks({prefix("10.42.0.1/16"), prefix("10.42.0.1/24")}) == "network order");
  std::vector<ca::Prefix> many;
  for (int i = 1; i <= 9; ++i) many.push_back(prefix("10.42.0." + std::to_string(i) + "/16"));
  CHECK(rule_of_networks(many) == "network count");
  many.pop_back();
  CHECK(rule_of_networks(many) == "ok");
}

TEST_CASE("endpoint, validity, size and encoding are checked") {
  CHECK(rule([](Binding& value) { value.endpoint = "host.example:1"; }) == "endpoint");
  CHECK(rule([](Binding& value) { value.not_before = time_from_unix(-1); }) == "validity");
  CHECK(rule([](Binding& value) { value.not_after = value.not_before; }) == "validity");
  CHECK(rule([](Binding& value) { value.not_after = time_from_unix(253402300800); }) == "encoding");
  CHECK(rule([](Binding& value) {
          value.name = std::string(ca::host_name_bytes_max, 'n');
          value.groups.clear();
          for (std::size_t i = 0; i < ca::host_groups_max; ++i)
            value.groups.push_back(std::string(ca::group_name_bytes_max - 2, 'g') +
                                   std::to_string(10 + i));
          value.networks.clear();
          for (int i = 1; i <= 8; ++i)
            value.networks.push_back(
                prefix("fd77:1111:2222:3333:4444:5555:6666:777" + std::to_string(i) + "/64"));
        }) == "size");
}

TEST_CASE("a subject's binding says what the subject says, networks sorted") {
  const ca::Subject subject{"web",
                            {prefix("fd77::1/64"), prefix("10.42.0.1/16")},
                            {"servers"},
                            test::bindings_now,
                            test::bindings_now + Duration(60)};
  const Binding value = binding_of(subject, Digest{1}, Digest{2}, Digest{9}, "192.0.2.1:1");
  CHECK(value.networks == std::vector{prefix("10.42.0.1/16"), prefix("fd77::1/64")});
  CHECK(value.name == "web");
  CHECK(value.authority == Digest{1});
  CHECK(value.serial == Digest{2});
  CHECK(value.public_key == Digest{9});
  CHECK(value.endpoint == "192.0.2.1:1");
  CHECK(value.groups == subject.groups);
  CHECK(value.not_before == subject.not_before);
  CHECK(value.not_after == subject.not_after);
  CHECK(check_issuable(value));
}

}  // namespace
}  // namespace jointca::wireguard
