// tests/unit/nebula-adapter/reload_test.cpp — what Nebula's log says about a reload.
#include "nebula-adapter/reload.h"

#include <catch2/catch.hpp>

namespace jointca::nebula {
namespace {

TEST_CASE("the log of either version says whether the certificate was taken") {
  CHECK(log_verdict("") == LogVerdict::nothing);
  CHECK(log_verdict("level=info msg=\"Caught HUP, reloading config\"\n") == LogVerdict::nothing);
  CHECK(log_verdict("level=error msg=\"Failed to write outgoing packet\"\n") ==
        LogVerdict::nothing);
  CHECK(log_verdict("level=info msg=\"Client cert refreshed from disk\" cert=x\n") ==
        LogVerdict::refreshed);
  CHECK(log_verdict("level=INFO msg=\"Client certificate(s) refreshed from disk\"\n") ==
        LogVerdict::refreshed);
}

TEST_CASE("a refusal in the log counts more than what came before it, and is quoted") {
  const std::string line = "level=ERROR msg=\"Failed to load ca from config\" error=x";
  const std::string text = "Client certificate(s) refreshed from disk\n" + line + "\nmore\n";
  CHECK(log_verdict(text) == LogVerdict::refused);
  CHECK(log_complaint(text) == line);
  for (const auto* refusal :
       {"Could not refresh client cert", "Could not load client cert",
        "Networks in new cert was different from old", "Curve in new cert was different from old",
        "Error occurred while reloading config"})
    CHECK(log_verdict(refusal) == LogVerdict::refused);
}

}  // namespace
}  // namespace jointca::nebula
