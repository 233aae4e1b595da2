// audit/source.h — where a log's files come from. The shell implements it: a directory, HTTPS.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace jointca::audit {

/// What one party serves: its own log below "log/", its copies of the others' below
/// "mirror/<hex sha256(origin)>/", both as C2SP tlog-tiles.
class LogSource {
 public:
  LogSource() = default;
  LogSource(const LogSource&) = delete;
  LogSource& operator=(const LogSource&) = delete;
  virtual ~LogSource() = default;

  /// One file into `content`, whose memory is used again, or false if it is not there. An error if
  /// that cannot be found out (unreachable, another key) or the file is longer than `bytes_max`.
  [[nodiscard]] virtual Result<bool, Error> read(const std::string& path, std::size_t bytes_max,
                                                 Bytes& content) = 0;
  /// For people: the directory or address.
  [[nodiscard]] virtual std::string where() const = 0;
  /// Whether asking again may give a newer checkpoint.
  [[nodiscard]] virtual bool is_live() const = 0;
  /// Whether it should have copies of the other parties' logs.
  [[nodiscard]] virtual bool should_mirror() const = 0;
};

}  // namespace jointca::audit
