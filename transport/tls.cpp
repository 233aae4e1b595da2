// transport/tls.cpp — TLS 1.3 contexts and the comparison of pinned keys.
#include "transport/tls.h"

#include <algorithm>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "base/bytes.h"

namespace jointca::transport {
namespace {

// RFC 7301 §3.1: one name, prefixed by its length.
constexpr std::string_view frames_protocol = "\x0ejointca/peer/1";
constexpr std::string_view http_protocol = "\x08http/1.1";
static_assert(frames_protocol.size() == 1 + 14 && http_protocol.size() == 1 + 8);

/// Before it is authenticated, a peer may make us hold this much certificate.
constexpr long certificate_bytes_max = 16 << 10;

const unsigned char* raw(std::string_view text) { return as_bytes(text).data(); }

std::optional<PublicKey> ed25519_key(const X509* certificate) {
  EVP_PKEY* key = certificate ? X509_get0_pubkey(certificate) : nullptr;
  if (!key || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) return std::nullopt;
  PublicKey out;
  std::size_t size = out.bytes.size();
  if (EVP_PKEY_get_raw_public_key(key, out.bytes.data(), &size) != 1 || size != out.bytes.size())
    return std::nullopt;
  return out;
}

using Allowed = std::vector<PublicKey>;

/// Takes the place of chain building: OpenSSL calls it with the certificates as they were sent.
int verify_pinned(X509_STORE_CTX* store, void* argument) {
  const auto& allowed = *static_cast<const Allowed*>(argument);
  const auto key = ed25519_key(X509_STORE_CTX_get0_cert(store));
  if (key && std::find(allowed.begin(), allowed.end(), *key) != allowed.end()) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

void free_allowed(void*, void* allowed, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<Allowed*>(allowed);
}

/// The list lives as long as the context, which OpenSSL shares with every connection.
void pin(SSL_CTX* context, Allowed allowed, int mode) {
  static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_allowed);
  auto owned = std::make_unique<Allowed>(std::move(allowed));
  JCA_ASSERT(slot >= 0 && SSL_CTX_set_ex_data(context, slot, owned.get()) == 1);
  SSL_CTX_set_cert_verify_callback(context, verify_pinned, owned.release());
  SSL_CTX_set_verify(context, mode, nullptr);
}

SslContext make_context(const SSL_METHOD* method) {
  SslContext context(SSL_CTX_new(method));
  JCA_ASSERT(context);
  SSL_CTX* raw_context = context.get();
  JCA_ASSERT(SSL_CTX_set_min_proto_version(raw_context, TLS1_3_VERSION) == 1);
  JCA_ASSERT(SSL_CTX_set_max_proto_version(raw_context, TLS1_3_VERSION) == 1);
  JCA_ASSERT(SSL_CTX_set1_sigalgs_list(raw_context, "ed25519") == 1);
  JCA_ASSERT(SSL_CTX_set1_groups_list(raw_context, "X25519:P-256") == 1);
  SSL_CTX_set_options(raw_context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(raw_context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(raw_context, certificate_bytes_max);
  JCA_ASSERT(SSL_CTX_set_num_tickets(raw_context, 0) == 1);
  return context;
}

void present(SSL_CTX* context, const TlsIdentity& identity) {
  JCA_ASSERT(SSL_CTX_use_certificate(context, identity.state().certificate.get()) == 1);
  JCA_ASSERT(SSL_CTX_use_PrivateKey(context, identity.state().key.get()) == 1);
}

/// Chooses our one protocol if the client offers it, and ends the handshake otherwise.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned int offered_size, void* argument) {
  const auto& ours = *static_cast<const std::string_view*>(argument);
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_size, raw(ours), static_cast<unsigned>(ours.size()),
                            offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

void accept_protocol(SSL_CTX* context, const std::string_view& protocol) {
  // OpenSSL passes the argument back as it is; select_protocol() only reads it.
  SSL_CTX_set_alpn_select_cb(context, select_protocol,
                             const_cast<std::string_view*>(&protocol));  // NOLINT
}

void offer_protocol(SSL_CTX* context, std::string_view protocol) {
  JCA_ASSERT(
      SSL_CTX_set_alpn_protos(context, raw(protocol), static_cast<unsigned>(protocol.size())) == 0);
}

}  // namespace

void OpensslFree::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void OpensslFree::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void OpensslFree::operator()(x509_st* certificate) const { X509_free(certificate); }

SslContext peer_server_context(const TlsIdentity& identity, std::vector<PublicKey> allowed) {
  SslContext context = make_context(TLS_server_method());
  present(context.get(), identity);
  pin(context.get(), std::move(allowed), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
  accept_protocol(context.get(), frames_protocol);
  return context;
}

SslContext peer_client_context(const TlsIdentity& identity, const PublicKey& pinned) {
  SslContext context = make_context(TLS_client_method());
  present(context.get(), identity);
  pin(context.get(), {pinned}, SSL_VERIFY_PEER);
  offer_protocol(context.get(), frames_protocol);
  return context;
}

SslContext https_server_context(const TlsIdentity& identity) {
  SslContext context = make_context(TLS_server_method());
  present(context.get(), identity);
  accept_protocol(context.get(), http_protocol);
  return context;
}

SslContext https_client_context(const PublicKey& pinned) {
  SslContext context = make_context(TLS_client_method());
  pin(context.get(), {pinned}, SSL_VERIFY_PEER);
  offer_protocol(context.get(), http_protocol);
  return context;
}

std::optional<PublicKey> peer_key(const ssl_st* ssl) {
  return ed25519_key(SSL_get0_peer_certificate(ssl));
}

bool speaks_frames(const ssl_st* ssl) {
  const unsigned char* selected = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &selected, &size);
  return equal(BytesView(selected, size), as_bytes(frames_protocol.substr(1)));
}

bool refused_key(const ssl_st* ssl) {
  return SSL_get_verify_result(ssl) == X509_V_ERR_APPLICATION_VERIFICATION;
}

}  // namespace jointca::transport
