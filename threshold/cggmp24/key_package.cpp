// threshold/cggmp24/key_package.cpp — encodings of a key and of what a party keeps of it.
#include "threshold/cggmp24/key_package.h"

namespace jointca::cggmp24 {
namespace {

/// FROST's group keys and packages begin with 1.
constexpr std::uint8_t version = 2;

struct Sizes {
  explicit Sizes(const Parameters& set)
      : prime(set.prime_bits / 8), modulus(set.modulus_bits() / 8) {
    JCA_ASSERT(set.prime_bits % 8 == 0);
  }
  std::size_t prime, modulus;
  /// Share, four primes, λ.
  [[nodiscard]] std::size_t secrets() const { return 32 + 4 * prime + modulus; }
};

Parsed<p256::Point> read_point(Reader& in) {
  JCA_ASSIGN(const BytesView raw, in.bytes(33));
  auto point = p256::Point::parse(raw);
  if (!point) return in.fail(point.error().reason);
  return *point;
}

// PublicPart
//   u8         version = 2
//   u16        identifier
//   CertifiedKey
//   bytes[32]  rid, transcript of key generation, ρ, transcript of auxiliary information
//   of each party, in the order of the key: integers N, N̂, s, t
Bytes public_part(const KeyPackage& package) {
  Writer out;
  out.integer(version).integer(package.identifier.value());
  encode(package.certified(), out);
  out.bytes(package.key.rid).bytes(package.key.transcript);
  out.bytes(package.aux.rho).bytes(package.aux.transcript);
  FieldWriter write(out);
  for (const auto& [party, aux] : package.aux.parties) {
    write(aux.paillier);
    write(aux.pedersen);
  }
  return std::move(out).take();
}

struct PublicPart {
  Identifier identifier{1};
  CertifiedKey certified;
  Digest rid{}, key_transcript{}, rho{}, aux_transcript{};
  PerParty<aux_info::PublicAux> aux;
};

Parsed<aux_info::PublicAux> read_aux(Reader& in, const Parameters& set) {
  JCA_ASSIGN(const Integer N, read_integer(in, set.residue()));
  JCA_ASSIGN(const Integer N_hat, read_integer(in, set.residue()));
  JCA_ASSIGN(const Integer s, read_integer(in, set.residue()));
  JCA_ASSIGN(const Integer t, read_integer(in, set.residue()));
  const auto paillier = PaillierPublicKey::from(N, set.modulus_bits());
  const auto pedersen = RingPedersen::from(N_hat, s, t, set.modulus_bits());
  if (!paillier || !pedersen) return in.fail("not moduli of these parameters");
  return aux_info::PublicAux{*paillier, *pedersen};
}

Parsed<PublicPart> read_public_part(Reader& in, const Parameters& set) {
  JCA_TRY(in.expect(version, "key package version"));
  PublicPart out;
  JCA_ASSIGN(out.identifier, read_identifier(in));
  JCA_ASSIGN(out.certified, read_certified_key(in));
  for (Digest* digest : {&out.rid, &out.key_transcript, &out.rho, &out.aux_transcript}) {
    JCA_ASSIGN(*digest, in.array<32>());
  }
  for (const auto& [party, digest] : out.certified.aux) {
    JCA_ASSIGN(const auto aux, read_aux(in, set));
    if (aux_digest(aux) != digest) return in.fail("moduli that are not those certified");
    out.aux.emplace(party, aux);
  }
  if (!out.aux.contains(out.identifier)) return in.fail("not a party of the key");
  return out;
}

Parsed<PrimePair> read_primes(Reader& in, std::size_t size) {
  JCA_ASSIGN(const BytesView p, in.bytes(size));
  JCA_ASSIGN(const BytesView q, in.bytes(size));
  auto pair = PrimePair::from(SecretInteger::from_bytes(p), SecretInteger::from_bytes(q));
  if (!pair) return in.fail("not a pair of primes");
  return *std::move(pair);
}

}  // namespace

Digest aux_digest(const aux_info::PublicAux& aux) {
  Writer bytes;
  FieldWriter write(bytes);
  write(aux.paillier);
  write(aux.pedersen);
  Transcript transcript("jointca/cggmp24/aux/public/v1");
  return std::move(transcript.field(std::move(bytes).take())).digest();
}

CertifiedKey KeyPackage::certified() const {
  CertifiedKey out{key.group, {}};
  for (const auto& [party, values] : aux.parties) out.aux.emplace(party, aux_digest(values));
  return out;
}

Digest KeyPackage::transcript() const {
  Transcript out("jointca/cggmp24/ceremony/v1");
  return std::move(out.field(key.transcript).field(aux.transcript)).digest();
}

// CertifiedKey
//   u8      version = 2
//   u16     min_signers, 2 … n
//   u16     n, 2 … parties_max
//   point   public key
//   n times, identifiers ascending:
//     u16        identifier, 1 … parties_max
//     point      verifying share
//     bytes[32]  aux_digest()
// A point is 33 bytes, compressed, not infinity.
void encode(const CertifiedKey& key, Writer& out) {
  JCA_ASSERT(parties_of(key.aux) == parties_of(key.group.verifying_shares));
  out.integer(version).integer(key.group.min_signers);
  out.integer(static_cast<std::uint16_t>(key.aux.size())).bytes(key.group.public_key.bytes());
  for (const auto& [party, share] : key.group.verifying_shares)
    out.integer(party.value()).bytes(share.bytes()).bytes(key.aux.at(party));
}

Parsed<CertifiedKey> read_certified_key(Reader& in) {
  JCA_TRY(in.expect(version, "group key version"));
  CertifiedKey key;
  JCA_ASSIGN(key.group.min_signers, in.integer<std::uint16_t>(2, parties_max));
  JCA_ASSIGN(const auto count, in.integer<std::uint16_t>(key.group.min_signers, parties_max));
  JCA_ASSIGN(key.group.public_key, read_point(in));
  for (std::uint16_t i = 0; i < count; ++i) {
    JCA_ASSIGN(const Identifier party, read_identifier(in));
    if (!key.aux.empty() && party <= key.aux.rbegin()->first)
      return in.fail("identifiers not ascending");
    JCA_ASSIGN(const auto share, read_point(in));
    JCA_ASSIGN(const auto digest, in.array<32>());
    key.group.verifying_shares.emplace(party, share);
    key.aux.emplace(party, digest);
  }
  return key;
}

Parsed<CertifiedKey> parse(std::type_identity<CertifiedKey>, BytesView input) {
  Reader in(input);
  JCA_ASSIGN(CertifiedKey key, read_certified_key(in));
  JCA_TRY(in.finish());
  return key;
}

// KeyPackage, secret
//   PublicPart
//   bytes[32]            share, big-endian, below q
//   bytes[prime_bits/8]  p and q of N, p and q of N̂
//   bytes[2·prime_bits/8] λ
SecretBytes encode_secret(const KeyPackage& package) {
  const PrimePair &paillier = package.aux.paillier.primes(),
                  &pedersen = package.aux.pedersen.primes();
  const std::size_t prime = paillier.modulus().bits() / 16, modulus = 2 * prime;
  const Bytes common = public_part(package);
  // Sized before the secrets go in, so that no reallocation leaves a copy behind.
  Bytes out(common.size() + 32 + 4 * prime + modulus);
  std::copy(common.begin(), common.end(), out.begin());
  std::span<std::uint8_t> rest = std::span(out).subspan(common.size());
  const auto next = [&rest](std::size_t size) {
    const auto field = rest.first(size);
    rest = rest.subspan(size);
    return field;
  };
  const auto share = package.key.share.bytes();
  std::copy(share.expose().begin(), share.expose().end(), next(32).begin());
  for (const SecretInteger* secret : {&paillier.p(), &paillier.q(), &pedersen.p(), &pedersen.q()})
    secret->write(next(prime));
  package.aux.pedersen.lambda().write(next(modulus));
  JCA_ASSERT(rest.empty());
  return SecretBytes(std::move(out));
}

Parsed<KeyPackage> parse_key_package(const Parameters& set, const SecretBytes& input, Rng& rng) {
  Reader in(input.expose());
  JCA_ASSIGN(PublicPart common, read_public_part(in, set));
  if (in.remaining() != Sizes(set).secrets()) return in.fail("of another length");
  JCA_ASSIGN(const BytesView raw_share, in.bytes(32));
  JCA_ASSIGN(auto share, p256::SecretScalar::parse(raw_share));
  JCA_ASSIGN(PrimePair paillier, read_primes(in, Sizes(set).prime));
  JCA_ASSIGN(PrimePair pedersen, read_primes(in, Sizes(set).prime));
  JCA_ASSIGN(const BytesView raw_lambda, in.bytes(Sizes(set).modulus));
  JCA_TRY(in.finish());
  const aux_info::PublicAux& own = common.aux.at(common.identifier);
  if (base_mul(share, rng) != common.certified.group.verifying_shares.at(common.identifier))
    return malformed("", "the share is not the one of its verifying share");
  if (paillier.modulus() != own.paillier.modulus())
    return malformed("", "the primes are not those of the Paillier key");
  auto setup = RingPedersenSecret::from(std::move(pedersen), SecretInteger::from_bytes(raw_lambda),
                                        own.pedersen);
  if (!setup) return malformed("", "the primes or the exponent are not those of s and t");
  return KeyPackage(
      common.identifier,
      {std::move(share), std::move(common.certified.group), common.rid, common.key_transcript},
      {PaillierSecretKey(std::move(paillier)), *std::move(setup), std::move(common.aux), common.rho,
       common.aux_transcript});
}

}  // namespace jointca::cggmp24
