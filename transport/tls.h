// transport/tls.h — TLS 1.3 contexts that trust pinned Ed25519 keys and nothing else.
//
// Internal to transport. A certificate is accepted for its key alone: names, validity, issuer and
// self-signature are not looked at; TLS itself proves possession of the key (RFC 8446 §4.4.3).
// No session tickets and no resumption, so every connection proves its identity afresh. ALPN keeps
// the two protocols that share an identity apart (the ALPACA attack, 2021).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "crypto/signing_key.h"
#include "transport/identity.h"

struct evp_pkey_st;
struct ssl_ctx_st;
struct ssl_st;
struct x509_st;

namespace jointca::transport {

struct OpensslFree {
  void operator()(evp_pkey_st* key) const;
  void operator()(ssl_ctx_st* context) const;
  void operator()(x509_st* certificate) const;
};

/// Keeps its own references to the identity's key, so it may outlive the identity.
using SslContext = std::unique_ptr<ssl_ctx_st, OpensslFree>;

struct TlsIdentity::State {
  std::unique_ptr<evp_pkey_st, OpensslFree> key;
  std::unique_ptr<x509_st, OpensslFree> certificate;
  PublicKey public_key;
};

/// The listening side of a link: a client without a certificate of an allowed key is refused.
[[nodiscard]] SslContext peer_server_context(const TlsIdentity& identity,
                                             std::vector<PublicKey> allowed);
/// The dialling side of a link.
[[nodiscard]] SslContext peer_client_context(const TlsIdentity& identity, const PublicKey& pin);
/// The API: any client. ALPN is optional, but must allow http/1.1 where it is used.
[[nodiscard]] SslContext https_server_context(const TlsIdentity& identity);
[[nodiscard]] SslContext https_client_context(const PublicKey& pin);

/// The key that the other side proved to hold; nothing before the handshake or without one.
[[nodiscard]] std::optional<PublicKey> peer_key(const ssl_st* ssl);
/// Whether both sides agreed to speak frames.
[[nodiscard]] bool speaks_frames(const ssl_st* ssl);
/// Whether the handshake failed because the other side's key is none of the pinned ones.
[[nodiscard]] bool refused_key(const ssl_st* ssl);

}  // namespace jointca::transport
