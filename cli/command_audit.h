// cli/command_audit.h — reading all logs of an authority, and saying what is wrong.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace jointca::cli {

struct AuditOptions {
  std::string authority;  ///< file whose id the caller trusts
  std::vector<std::string>
      parties;  ///< NAME=https://HOST:PORT or NAME=DIR; others: their card's api
  std::optional<std::string> state;  ///< directory
  std::optional<std::string> csv, html, evidence;
  std::optional<std::string> certificate;  ///< explain this file instead
  bool full = false, force = false, json = false;
};

/// Exit 0: nothing worse than warnings; 5: errors; 6: evidence against a party was written; 1: a
/// file cannot be read or written. With a certificate: 0 if it is well and in the logs, else 5.
int audit(const AuditOptions& options, Time now);

}  // namespace jointca::cli
