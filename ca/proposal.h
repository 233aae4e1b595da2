// ca/proposal.h — what a party is asked to approve: the certificates of one host, or one session.
// Every fact in it has been verified already (signatures, possession of keys); whether it is
// allowed is decided by approve.h.
#pragma once

#include <array>
#include <map>
#include <optional>
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

/// A member of a session of MPyC, as its manifest and its own consent say.
struct Member {
  std::string name;
  PublicKey identity;                 ///< of its host
  IpAddress address;                  ///< where MPyC reaches it
  std::optional<PublicKey> seat_key;  ///< to be certified

  bool operator==(const Member&) const = default;
};

/// A session of MPyC that all its members consent to.
struct Session {
  std::array<std::uint8_t, 16> id{};
  std::string channel;          ///< "direct", "tls", "wireguard" or "nebula"
  bool on_overlay = false;      ///< the members meet in the authority's networks
  std::vector<Member> members;  ///< in seat order

  bool operator==(const Session&) const = default;
};
inline constexpr std::array<std::string_view, 4> session_channels{"direct", "tls", "wireguard",
                                                                  "nebula"};

/// The certificates of one host, as the coordinator proposes them, or one session, of which the
/// coordinator chooses nothing.
///
/// A session has the digest of its manifest for a request and for an identity, session_name() for a
/// name, its window for validity, no kinds and no keys; and for a voucher the consents: their
/// digest is the invitation's key, and the operator decides on the manifest's.
struct Proposal {
  Digest request{};         ///< digest of the host's request; the key of idempotency
  PublicKey host_identity;  ///< who the host is, whatever it is called
  Subject subject;
  bool renewal = false;  ///< asked for by the host itself, not by who holds the invitation's key
  std::vector<Kind> kinds;
  std::map<Kind, HostKey> keys;  ///< one for each kind
  bool lighthouse = false;       ///< it helps other Nebula hosts to find each other
  Voucher voucher;
  std::optional<Session> session{};
};

}  // namespace jointca::ca
