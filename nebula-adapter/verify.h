// nebula-adapter/verify.h — whether a certificate holds, decided as nebula-cert 1.11.0 decides.
#pragma once

#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "nebula-adapter/certificate.h"

namespace jointca::nebula {

/// Whether the signature is one by `ca_public_key` under the certificate's own curve. ECDSA with
/// high s holds; an unknown curve does not.
[[nodiscard]] bool check_signature(const Certificate& certificate, BytesView ca_public_key);

/// The CA certificates of one file, by fingerprint. There are no intermediates in Nebula.
class CaPool {
 public:
  /// Reads a file of PEM blocks. Fails on text after the last block, on a block of another kind, on
  /// a certificate that is not a CA's or not signed by its own key, on a block above 64 KiB with
  /// the text before it. Expired CAs are kept: verify() refuses under them. May be empty.
  static Parsed<CaPool> from_pem(std::string_view text);

  /// Adds one CA. The rules: "not a CA", "self-signature".
  [[nodiscard]] Result<Ok, Rejection> add(Certificate ca);

  /// Refuses the certificate from now on; a P-256 one in either form of its signature.
  void block(const Digest& fingerprint) { blocked_.insert(fingerprint); }
  [[nodiscard]] bool is_blocked(const Digest& fingerprint) const {
    return blocked_.contains(fingerprint);
  }

  /// The CA named by an `issuer` field, or null.
  [[nodiscard]] const Certificate* find(BytesView issuer) const;
  [[nodiscard]] const std::map<Digest, Certificate>& certificates() const {
    return by_fingerprint_;
  }
  /// The CAs that `now` is outside the validity of: worth a warning, an error if all are.
  [[nodiscard]] std::vector<const Certificate*> expired_at(Time now) const;

 private:
  std::map<Digest, Certificate> by_fingerprint_;
  std::set<Digest> blocked_;
};

/// Fails at the first rule that does not hold, in this order: "blocked", "issuer", "unknown CA",
/// "curve", "CA expired", "expired", "signature", "ca validity", "ca group", "ca network", "ca
/// unsafe network", "blocked" (in the other form of a P-256 signature).
[[nodiscard]] Result<Ok, Rejection> verify(const Certificate& certificate, const CaPool& pool,
                                           Time now);

/// The last four rules alone: what a CA certificate lets a leaf say.
[[nodiscard]] Result<Ok, Rejection> check_constraints(const Details& leaf, const Details& ca);

}  // namespace jointca::nebula
