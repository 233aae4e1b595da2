// daemon/items.h — from an approved host to the exact bytes that are signed for it, and from
// signatures to what the host gets.
#pragma once

#include <string>
#include <vector>

#include "ca/approve.h"
#include "daemon/asked.h"
#include "daemon/member.h"
#include "issued/statement.h"

namespace jointca::daemon {

/// One statement that is signed for a host or a session.
struct Item {
  issued::Statement statement;
  Bytes to_be_signed;
  PublicKey holder;  ///< whose it is: the proposal's identity, or that of a seat's host

  [[nodiscard]] const std::string& kind() const { return statement.kind; }
};

/// What is issued under: nothing else of an authority goes into the bytes.
struct Issuer {
  const Digest& authority;
  const nebula::Succession& succession;  ///< a certificate's beginning says which of them issues it
  const x509::Details& anchor;
  const std::vector<ca::Prefix>& networks;  ///< the overlay's, in the authority's order
  const issued::Keys& keys;
};

[[nodiscard]] inline Issuer issuer_of(const Member& member) {
  return {member.authority.id, member.succession, member.anchor, member.authority.networks,
          member.keys};
}

/// The networks that a statement names. An address of X.509 gets the length of the first of the
/// overlay's networks that it lies in, as ca::approve() wants it.
[[nodiscard]] std::vector<ca::Prefix> networks_of(const issued::Statement& statement,
                                                  const Issuer& issuer);

/// The statements of an approved host, in a fixed order: a Nebula certificate of version 1 if it
/// has an IPv4 address, of version 2 if it has an IPv6 address; that it is a lighthouse; a
/// WireGuard binding; the authority's X.509 anchor and the host's leaf under it. Of a session the
/// grant and, on the channel `tls`, its anchor and a leaf for each seat. Every signer derives them
/// itself. Applies the rules that the overlays leave to the CA; a violation refuses
/// under "nebula.<rule>", "wireguard.<rule>", "lighthouse.<rule>" or "x509.<rule>"; where a session
/// cannot be, under "session.<rule>".
[[nodiscard]] Result<std::vector<Item>, ca::Refusal> items_of(const ca::Approved& approved,
                                                              const Issuer& issuer);

/// The same for a coordinator, which signs nothing by it: it has to know the bytes to aggregate.
[[nodiscard]] Result<std::vector<Item>, ca::Refusal> expected_items(const ca::Proposal& proposal,
                                                                    const Issuer& issuer);

/// How many items a sealed request has with these addresses. None if it is malformed. Cheaper than
/// checking it.
[[nodiscard]] std::size_t item_count(BytesView sealed_request,
                                     const std::vector<ca::Prefix>& networks);

/// What the host gets, once the parties have signed.
struct Finished {
  std::string text;  ///< issued::signed_text()
  Digest fingerprint{};
};
/// Fails unless it verifies as relying hosts would verify it at `now`.
[[nodiscard]] Result<Finished, Error> finished(const Item& item, const SignatureBytes& signature,
                                               const issued::Keys& keys, const nebula::CaPool& pool,
                                               Time now);

/// What the statements say that were issued for a request: `text` is all of them, as in Holding.
/// Fails unless they are exactly those that the request asks for, and all verify.
[[nodiscard]] Result<ca::Subject, Error> subject_of(const std::string& text, const Asked& asked,
                                                    const Issuer& issuer);

}  // namespace jointca::daemon
