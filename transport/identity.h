// transport/identity.h — a party's long-term key in the form that TLS needs.
#pragma once

#include <memory>
#include <string_view>

#include "base/error.h"
#include "base/move_only.h"
#include "crypto/signing_key.h"

namespace jointca::transport {

inline constexpr std::size_t identity_name_bytes_max = 64;  // RFC 5280, ub-common-name

/// An Ed25519 key (RFC 8410) and a self-signed certificate for it, held by OpenSSL, which wipes its
/// copy of the key. The certificate is only an envelope: peers pin the key and look at nothing else
/// in it, so it is made anew at each start, with a random serial and no end of validity.
class TlsIdentity : MoveOnly {
 public:
  /// `name` becomes the common name: 1 … 64 bytes of UTF-8, shown by other people's tools.
  static Result<TlsIdentity, Error> make(const SigningKey& key, std::string_view name);

  TlsIdentity(TlsIdentity&&) noexcept;
  TlsIdentity& operator=(TlsIdentity&&) noexcept;
  ~TlsIdentity();

  [[nodiscard]] const PublicKey& public_key() const;
  /// The certificate as PEM, for people who point their own TLS tools at a party.
  [[nodiscard]] std::string certificate_pem() const;

  struct State;
  [[nodiscard]] const State& state() const { return *state_; }  ///< for transport/tls.cpp alone

 private:
  explicit TlsIdentity(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace jointca::transport
