// daemon/log_routes.h — the party's log and its mirrors over HTTPS, as C2SP tlog-tiles.
// docs/formats/log-http.md.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "daemon/log_store.h"
#include "transport/http.h"

namespace jointca::daemon {

class LogRoutes {
 public:
  /// The copy of the log whose origin has this SHA-256, in hexadecimal; null if there is none.
  using Mirror = std::function<const LogStore*(std::string_view hex_sha256_of_origin)>;

  LogRoutes(const LogStore& own, Mirror mirror) : own_(own), mirror_(std::move(mirror)) {}

  /// Answers GET and HEAD of /log/… and /mirror/…; nothing for any other request.
  [[nodiscard]] std::optional<transport::HttpResponse> get(
      const transport::HttpRequest& request) const;

 private:
  const LogStore& own_;
  Mirror mirror_;
};

}  // namespace jointca::daemon
