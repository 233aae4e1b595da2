// tests/unit/host/session_journal_test.cpp — what a run wrote down before it made it.
#include "host/session_journal.h"

#include <filesystem>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "machine/child.h"
#include "machine/files.h"
#include "machine/marked.h"
#include "tests/support/temp_dir.h"

using namespace jointca;
using namespace jointca::host;
namespace fs = std::filesystem;

TEST_CASE("a journal is read as it was written, and nothing else is") {
  const Journal journal = make_journal("jointca_x_1", "JOINTCA_SESSION=x:1");
  CHECK(journal.runner.pid == ::getpid());
  const std::string text = to_json(journal);
  const auto read = parse_journal(text);
  REQUIRE(read);
  CHECK(*read == journal);
  for (const std::string& wrong : {text.substr(0, text.size() - 4), std::string("{}"),
                                   "{\"more\":1," + text.substr(1), std::string()})
    CHECK(!parse_journal(wrong));
  // Without a mark every process would be the session's.
  Journal unmarked = journal;
  unmarked.mark.clear();
  CHECK(!parse_journal(to_json(unmarked)));
}

TEST_CASE("undoing ends processes, removes the folder and the journal, and may be repeated") {
  const test::TempDir directory;
  const Paths paths{directory.path()};
  const std::string id(32, 'a');
  {
    const auto lock = lock_session(paths, id);
    REQUIRE(lock);
    const auto second = lock_session(paths, id);
    REQUIRE(!second);
    CHECK(second.error().message == "session " + id + ": it is run already on this host");
  }
  const std::string mark = "JOINTCA_SESSION=journal-test:" + std::to_string(::getpid());
  REQUIRE(write_journal(paths, id, make_journal("", mark)));
  fs::create_directories(paths.session_folder(id) + "/deep/.config");
  auto child = machine::Child::start(
      {{"/bin/sh", "-c", "sleep 60 & sleep 60"}, {"PATH=/usr/bin:/bin", mark}, "/", false});
  REQUIRE(child);
  for (int tries = 0; machine::processes_with(mark).size() < 3 && tries < 500; ++tries)
    ::usleep(10'000);
  REQUIRE(undo_session(paths, id));
  CHECK(machine::processes_with(mark).empty());
  CHECK(!fs::exists(paths.session_folder(id)));
  CHECK(!fs::exists(paths.session_journal(id)));
  REQUIRE(undo_session(paths, id));
  const auto closed = close_session(paths, id);
  REQUIRE(closed);
  CHECK(!*closed);
  CHECK(!fs::exists(paths.session(id)));
  CHECK(!*close_session(paths, std::string(32, 'b')));
}

TEST_CASE("rules of another network namespace are not said to be gone") {
  const test::TempDir directory;
  const Paths paths{directory.path()};
  const std::string id(32, 'a');
  REQUIRE(lock_session(paths, id));
  Journal journal = make_journal("jointca_x_1", "JOINTCA_SESSION=elsewhere:0");
  journal.network = "net:[1]";
  REQUIRE(write_journal(paths, id, journal));
  const auto undone = undo_session(paths, id);
  REQUIRE(!undone);
  CHECK(undone.error().message.find("another network namespace") != std::string::npos);
  CHECK(fs::exists(paths.session_journal(id)));
  // After another boot there are none anywhere.
  journal.runner.boot = "another";
  REQUIRE(write_journal(paths, id, journal));
  REQUIRE(undo_session(paths, id));
}
