// transport/web_client.h — requests to ordinary web servers, http:// and https://, without
// blocking.
//
// https:// trusts what the system trusts (OpenSSL's default paths; SSL_CERT_FILE and SSL_CERT_DIR
// name others) and checks the host's name. Not here: redirects, proxies, cookies, connections kept
// open. Parties are called with HttpsClient, which pins their keys.
#pragma once

#include "transport/async.h"
#include "transport/http.h"

namespace jointca::transport {

/// "http://HOST[:PORT][/PATH]" or https://.
struct WebUrl {
  bool tls = false;
  Endpoint endpoint;  ///< port 80 or 443 unless given
  std::string path;   ///< begins with '/', or is empty

  /// Refuses user names, queries, fragments and anything that is not printable ASCII.
  [[nodiscard]] static Parsed<WebUrl> parse(std::string_view text);
  /// Without a port that is the scheme's own.
  [[nodiscard]] std::string text() const;
  /// The same with `suffix` after the path.
  [[nodiscard]] WebUrl operator/(std::string_view suffix) const;

  bool operator==(const WebUrl&) const = default;
};

struct WebLimits {
  std::chrono::milliseconds timeout{10'000};  ///< for all of it, from the name to the last byte
  std::size_t body_bytes_max = std::size_t{64} << 10;
};

class WebClient {
 public:
  explicit WebClient(any_io_executor executor);

  /// A POST of `body` as text/plain. Any status is a value. Errors: `unreachable` (no connection,
  /// no complete answer in time), `verification` (the server's certificate), `failed` (not HTTP, or
  /// too long).
  awaitable<Result<HttpResponse, Error>> post(WebUrl url, std::string body, WebLimits limits = {});

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace jointca::transport
