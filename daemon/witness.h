// daemon/witness.h — the C2SP witness of a party, for outside logs that its operator chose
// (https://c2sp.org/tlog-witness). The decision is log/witness.h; here it is remembered and signed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crypto/signing_key.h"
#include "log/witness.h"
#include "log/witness_policy.h"
#include "transport/http.h"

namespace jointca::daemon {

class Store;

class Witness {
 public:
  /// `name` is that of the key. What was cosigned before stands in the store, whichever logs are
  /// set: a log that is taken off the list and put on it again goes on where it was.
  Witness(Store& store, SigningKey key, std::string name, std::function<Time()> clock);

  /// The logs to witness from now on.
  void set_logs(std::vector<log::PolicyLog> logs) { logs_ = std::move(logs); }
  [[nodiscard]] const log::NoteVerifier& verifier() const { return verifier_; }

  /// Answers POST /witness/add-checkpoint and GET /witness/<hex sha256(origin)>/checkpoint; nothing
  /// for any other request. A cosignature is given only after it is durable.
  [[nodiscard]] std::optional<transport::HttpResponse> answer(
      const transport::HttpRequest& request);

 private:
  [[nodiscard]] transport::HttpResponse add(const std::string& body);
  [[nodiscard]] transport::HttpResponse newest(std::string_view hex_sha256_of_origin) const;

  Store& store_;
  SigningKey key_;
  log::NoteVerifier verifier_;
  std::function<Time()> clock_;
  std::vector<log::PolicyLog> logs_;
};

}  // namespace jointca::daemon
