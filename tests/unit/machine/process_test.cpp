// tests/unit/machine/process_test.cpp — programs are run without a shell, bounded in time and
// output.
#include "machine/process.h"

#include <csignal>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

namespace jointca::machine {
namespace {

ProcessResult run(const std::vector<std::string>& argv, std::string_view input = {}) {
  const auto result = run_process(argv, {as_bytes(input)});
  INFO((result ? "" : result.error().message));
  REQUIRE(result);
  return *result;
}

TEST_CASE("a program's output, errors and exit status come back") {
  const ProcessResult result = run({"sh", "-c", "echo out; echo err >&2; exit 3"});
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
  CHECK(result.status == 3);
  CHECK(run({"true"}).status == 0);
}

TEST_CASE("arguments reach the program as they are") {
  CHECK(run({"printf", "%s|", "a b", "$HOME", "*", "", "';x"}).out == "a b|$HOME|*||';x|");
}

TEST_CASE("standard input is the given bytes, also by name") {
  const std::string large(300'000, 'x');
  CHECK(run({"cat"}, large).out == large);
  CHECK(run({"cat", "/dev/stdin"}, "text").out == "text");
  CHECK(run({"cat"}).out.empty());
  CHECK(run({"true"}, large).status == 0);  // which reads nothing of it
}

TEST_CASE("a program inherits no open files and no blocked signals") {
  const int leak = ::open("/dev/null", O_RDONLY);  // NOLINT: without O_CLOEXEC on purpose
  sigset_t block;
  sigset_t before;
  sigemptyset(&block);
  sigaddset(&block, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &block, &before);
  CHECK(run({"sh", "-c", "ls /proc/$$/fd"}).out == "0\n1\n2\n");
  CHECK(run({"sh", "-c", "kill -TERM $$; sleep 5"}).status == 128 + SIGTERM);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::close(leak);
}

TEST_CASE("a program that goes on for too long is killed, and its children with it") {
  const test::TempDir dir;
  const std::string mark = dir.file("mark");
  const auto result = run_process({"sh", "-c", "(sleep 2; echo alive > " + mark + ") & sleep 30"},
                                  {{}, std::chrono::milliseconds(100)});
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "sh: not done after 100 ms");
  ::usleep(2'300'000);
  CHECK(::access(mark.c_str(), F_OK) != 0);
}

TEST_CASE("a program that writes too much is killed") {
  const auto result = run_process({"yes"}, {{}, std::chrono::seconds(10), 10'000});
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "yes: wrote more than 10000 bytes");
  const auto errors = run_process({"sh", "-c", "yes >&2"}, {{}, std::chrono::seconds(10), 10'000});
  REQUIRE_FALSE(errors);
}

TEST_CASE("what stays in the background is not waited for") {
  const ProcessResult result = run({"sh", "-c", "sleep 60 & echo $!"});
  CHECK(::kill(std::stoi(result.out), SIGKILL) == 0);  // it was still there
}

TEST_CASE("a program is looked for in the directories of system programs too") {
  CHECK(find_program("sh"));
  CHECK(find_program("/bin/sh") == "/bin/sh");
  CHECK_FALSE(find_program("no-such-program-anywhere"));
  CHECK_FALSE(find_program("/etc/passwd"));
  const auto result = run_process({"no-such-program-anywhere"});
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "no-such-program-anywhere: no such program on this machine");
}

TEST_CASE("a complaint is the line that says ERROR, or the last that the program wrote") {
  CHECK(ProcessResult{1, "out\n", "first\nlast\n"}.complaint() == "last");
  CHECK(ProcessResult{1, "out\n", "\n"}.complaint() == "out");
  // wireguard-go frames a remark on standard error, and says elsewhere what is wrong.
  const std::string remark = "+---+\n|   |\n+---+\n", error = "ERROR: (wg0) Failed to create TUN";
  CHECK(ProcessResult{1, "DEBUG: begin\n" + error + "\n", remark}.complaint() == error);
  CHECK(ProcessResult{1, "out\n", error + "\n" + remark}.complaint() == error);
  CHECK(ProcessResult{1, "out\n", "no ERROR\nlast\n"}.complaint() == "last");
  CHECK(ProcessResult{7, "", ""}.complaint() == "exit status 7");
}

}  // namespace
}  // namespace jointca::machine
