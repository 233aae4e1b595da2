// ca/authority.h — who the authority is: its parties, its key, its networks, its CA certificates.
//
// `authority.json` is public; hosts and auditors pin its `id`. The id is the digest that all
// parties signed at the end of the key ceremony, and it covers every field here; that check needs
// the ceremony's rules and is made in daemon/authority_check.h. Does not check signatures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/codec.h"
#include "base/error.h"
#include "ca/network.h"
#include "crypto/joint_public_key.h"
#include "log/note.h"

namespace jointca::ca {

inline constexpr std::size_t parties_max = 64;
inline constexpr std::size_t networks_max = 16;
inline constexpr std::size_t groups_max = 256;
inline constexpr std::size_t ca_certificates_max = 16;
inline constexpr std::size_t authority_bytes_max = 256 * 1024;

/// What one party tells the others before the ceremony, signed by its identity key.
struct PartyCard {
  std::string name;  ///< 1..63 of a-z 0-9 '-', not starting with '-'
  PublicKey identity;
  std::string log_vkey;       ///< C2SP vkey of its log; the name in it is the log's origin
  std::string cosigner_vkey;  ///< C2SP vkey (0x04) by which it cosigns the logs that it mirrors
  std::string peer;           ///< host:port where other parties reach it
  std::string api;            ///< host:port where hosts reach it (HTTPS)

  bool operator==(const PartyCard&) const = default;
};

/// The keys behind the vkeys of a card.
struct LogKeys {
  log::NoteVerifier log;       ///< its name is the log's origin
  log::NoteVerifier cosigner;  ///< of another key: each role has its own
};
/// Fails unless each is a vkey of its kind.
[[nodiscard]] Parsed<LogKeys> log_keys(const PartyCard& card);

/// As in everything that is signed: text16 name, byte[32] identity, text16 log_vkey, cosigner_vkey,
/// peer, api.
void encode(const PartyCard& card, Writer& out);
Parsed<PartyCard> read_card(Reader& in);

/// One party inside an authority.
struct Party {
  std::uint16_t identifier = 0;  ///< 1 … n, the party's point on the polynomial
  PartyCard card;
  Bytes verifying_share;        ///< its public counterpart of the share, encoded as a group key is
  std::optional<Digest> aux{};  ///< of p256: cggmp24::aux_digest() of its moduli
};

/// The ceremony certificate: n signatures over the ceremony's statement.
struct Ceremony {
  Digest session{};
  Digest transcript{};
  std::vector<SignatureBytes> signatures;  ///< by identifier order, one per party
};

struct Authority {
  Digest id{};
  std::string name;
  std::string scheme;  ///< "ed25519" or "p256", as the group key
  JointPublicKey group_public_key;
  std::uint16_t min_signers = 0;
  std::uint32_t epoch = 1;
  std::vector<Prefix> networks;
  std::vector<std::string> groups;           ///< groups that may be granted; empty: any
  std::vector<std::string> ca_certificates;  ///< Nebula PEM, oldest first
  std::vector<Party> parties;                ///< identifier order
  Ceremony ceremony;

  [[nodiscard]] const Party* party(const PublicKey& identity) const;
  [[nodiscard]] const Party* party(std::uint16_t identifier) const;
};

/// Everything that the ceremony certificate covers besides keys, moduli and transcript: one
/// encoding.
[[nodiscard]] Bytes certified_content(const Authority& authority);

[[nodiscard]] std::string to_json(const Authority& authority);
[[nodiscard]] Parsed<Authority> authority_from_json(std::string_view text);

/// The card as the file NAME.party.json, signed.
[[nodiscard]] std::string to_json(const PartyCard& card, const SigningKey& identity);
/// Parses and checks the signature.
[[nodiscard]] Parsed<PartyCard> card_from_json(std::string_view text);

[[nodiscard]] bool is_party_name(std::string_view name);

}  // namespace jointca::ca
