// tests/unit/machine/child_test.cpp — a program beside us, and all that came of it.
#include "machine/child.h"

#include <csignal>
#include <filesystem>

#include <catch2/catch.hpp>
#include <poll.h>

#include "machine/marked.h"

using namespace jointca::machine;
using namespace std::chrono_literals;

namespace {

ChildOptions shell(const std::string& script) {
  return {{"/bin/sh", "-c", script}, {"PATH=/usr/bin:/bin"}, "/", true};
}

std::string everything(Child& child) {
  std::string out;
  for (pollfd waits{child.output(), POLLIN, 0};;) {
    if (::poll(&waits, 1, 5000) != 1) return out + "…";
    char byte = 0;
    const ssize_t count = ::read(child.output(), &byte, 1);
    if (count == 0) return out;
    if (count == 1) out += byte;
  }
}

}  // namespace

TEST_CASE("a child has the given folder and environment and no other, and tells its status") {
  const std::string variable = "JOINTCA_TEST=" + std::to_string(::getpid());
  auto options = shell("pwd; env | sort | grep -v '^_=' | grep -v ^PWD; exit 7");
  options.environment = {variable};
  options.folder = "/usr";
  auto child = Child::start(options);
  REQUIRE(child);
  CHECK(everything(*child) == "/usr\n" + variable + "\n");
  CHECK(child->wait() == 7);
  CHECK(child->wait() == 7);
}

TEST_CASE("a child that a signal ends tells which, and one that cannot be run is an error") {
  auto child = Child::start(shell("sleep 60"));
  REQUIRE(child);
  child->signal(SIGTERM);
  CHECK(child->wait() == 128 + SIGTERM);
  const auto none = Child::start({{"/nonexistent/program"}, {}, "/", false});
  REQUIRE(!none);
  CHECK(none.error().message == "/nonexistent/program: No such file or directory");
  CHECK(!Child::start({{"/bin/sh"}, {}, "/nonexistent", false}));
}

TEST_CASE("a child does not outlive its scope") {
  int ended = -1;
  {
    auto child = Child::start(shell("sleep 60"));
    REQUIRE(child);
    ended = ::dup(child->ended_descriptor());
  }
  pollfd waits{ended, POLLIN, 0};
  CHECK(::poll(&waits, 1, 5000) == 1);
  ::close(ended);
}

TEST_CASE("what a child left behind is found by its mark, and ended") {
  const std::string mark = "JOINTCA_MARK=" + std::to_string(::getpid());
  auto options = shell("sleep 61 >/dev/null & sleep 61 >/dev/null & exit 0");
  options.environment.push_back(mark);
  auto child = Child::start(options);
  REQUIRE(child);
  CHECK(child->wait() == 0);
  CHECK(processes_with(mark).size() == 2);
  CHECK(processes_with(mark + "0").empty());
  CHECK(processes_with(mark.substr(1)).empty());
  REQUIRE(end_processes_with(mark, 5s));
  CHECK(processes_with(mark).empty());
}
