// ca/proposal.h — what a party is asked to approve. Every fact in it has been verified already
// (signatures, possession of keys); whether it is allowed is decided by approve.h.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ca/subject.h"
#include "crypto/signing_key.h"

namespace jointca::ca {

inline constexpr std::size_t addresses_max = 8;

/// What an inviter grants to whoever redeems the invitation.
struct Terms {
  std::string name;
  std::vector<std::string> groups;   ///< exactly these, in this order
  std::vector<Kind> kinds;           ///< any of these, ascending
  std::vector<IpAddress> addresses;  ///< the host must get these; other families are allocated
  Duration ttl{};                    ///< longest lifetime of a certificate
  std::uint16_t uses = 1;            ///< how many different requests may redeem it
  Time expires;                      ///< no new request after this
  bool lighthouse = false;           ///< the host may become a lighthouse of Nebula

  bool operator==(const Terms&) const = default;
};

/// Who vouches for a host, and in which terms.
struct Voucher {
  Digest invitation{};       ///< digest of the public invitation: what an operator approves
  PublicKey invitation_key;  ///< counts the uses
  std::string inviter;       ///< name of the party that signed the invitation
  Terms terms;
};

/// A key that a host wants certified, and where its overlay reaches the host from outside.
struct HostKey {
  Digest public_key{};   ///< X25519; Ed25519 for X.509
  std::string endpoint;  ///< "192.0.2.1:4242", as the host says; empty if it cannot be reached

  bool operator==(const HostKey&) const = default;
};

/// One host's certificates, as the coordinator proposes them.
struct Proposal {
  Digest request{};         ///< digest of the host's request; the key of idempotency
  PublicKey host_identity;  ///< who the host is, whatever it is called
  Subject subject;
  bool renewal = false;  ///< asked for by the host itself, not by who holds the invitation's key
  std::vector<Kind> kinds;
  std::map<Kind, HostKey> keys;  ///< one for each kind
  bool lighthouse = false;       ///< it helps other Nebula hosts to find each other
  Voucher voucher;
};

}  // namespace jointca::ca
