// nebula-adapter/succession.h — the CA certificates of one authority: all of one key, each ready
// to take over from the one before, so that no host is ever without a valid one.
//
//   the first   |---------- validity ----------|
//   the second                 |· lead ·|------- issues -------|
//                              begins   its turn
//
// From its beginning on hosts trust a certificate; after a sixteenth of its life, when they had the
// time to install it, it issues; the one before ends when its own time is over.
// docs/decisions/0011-ca-certificates-in-advance.md.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "nebula-adapter/certificate.h"
#include "nebula-adapter/verify.h"

namespace jointca::nebula {

/// When certificate `number`, from 0, of a succession is valid that begins at `start`: each begins
/// at half of the life of the one before.
struct Validity {
  Time not_before;
  Time not_after;
};
[[nodiscard]] Validity validity_in_succession(Time start, Duration valid, unsigned number);

class Succession {
 public:
  /// Of PEM texts, one certificate each. Fails unless there is one, all are CAs signed by their own
  /// key and agree in everything but validity, and each begins during the life of the one before
  /// and outlasts it, within the years 1970 to 9999.
  static Parsed<Succession> from_pem(const std::vector<std::string>& texts);

  /// Under which a host certificate that begins at `not_before` is issued.
  [[nodiscard]] const Certificate& issuing_at(Time not_before) const;
  /// From when on a certificate issues: its number in `certificates()`.
  [[nodiscard]] Time turn_of(std::size_t number) const;
  /// Those that are valid at `now`, as PEM: what a host trusts. Before the first begins that one,
  /// after the end of all the last, so that whoever reads it finds what is wrong.
  [[nodiscard]] std::string trusted_at(Time now) const;

  [[nodiscard]] const std::vector<Certificate>& certificates() const { return certificates_; }
  /// All of them; which of them is valid when, verify() sees.
  [[nodiscard]] const CaPool& pool() const { return pool_; }
  [[nodiscard]] Time not_before() const;  ///< of the first
  [[nodiscard]] Time not_after() const;   ///< of the last

 private:
  Succession() = default;

  std::vector<Certificate> certificates_;
  CaPool pool_;
};

}  // namespace jointca::nebula
