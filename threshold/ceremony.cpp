#include "threshold/ceremony.h"

#include "crypto/transcript.h"

namespace jointca::ceremony {
namespace {

constexpr std::uint8_t version = 1;

Bytes signed_bytes(const Digest& statement) {
  return std::move(Writer().text16("jointca/ceremony/signature/v1").bytes(statement)).take();
}

}  // namespace

Digest Statement::digest() const {
  return std::move(Transcript("jointca/ceremony/v1")
                       .field(session)
                       .field(transcript)
                       .field(encoded(group))
                       .field(extra))
      .digest();
}

bool verify(const SignatureMessage& message, const PublicKey& signer) {
  return jointca::verify(signer, signed_bytes(message.statement), message.signature);
}

Step<AwaitingSignatures> begin(const Statement& statement, Identifier self,
                               const SigningKey& identity, PerParty<PublicKey> roster) {
  JCA_ASSERT(parties_of(roster) == parties_of(statement.group));
  JCA_ASSERT(roster.at(self) == identity.public_key());
  const Digest digest = statement.digest();
  const SignatureMessage own{digest, identity.sign(signed_bytes(digest))};
  return {AwaitingSignatures(self, std::move(roster), own), {own, {}}};
}

Outcome<Certificate> AwaitingSignatures::receive(Inbox<Awaits> inbox) && {
  JCA_ASSERT(inbox.from_all.size() + 1 == roster_.size());
  Certificate certificate{{{self_, own_.signature}}};
  Blame blame{"ceremony certificate", {}};
  for (const auto& [signer, message] : inbox.from_all) {
    if (!verify(message, roster_.at(signer)))
      blame.faults.push_back({signer,
                              Fault::Standing::proven,
                              "frost.ceremony.signature",
                              {{round_number::ceremony_signatures, Exhibit::Kind::to_all}}});
    else if (message.statement != own_.statement)
      blame.faults.push_back({signer, Fault::Standing::local, "frost.ceremony.statement", {}});
    certificate.signatures.emplace(signer, message.signature);
  }
  if (!blame.faults.empty()) return Unexpected{std::move(blame)};
  return certificate;
}

Result<Ok, Error> verify_certificate(const Statement& statement, const Certificate& certificate,
                                     const PerParty<PublicKey>& roster) {
  const auto invalid = [](std::string why) {
    return failed(Error::Code::verification, "ceremony certificate: " + std::move(why));
  };
  if (parties_of(roster) != parties_of(statement.group))
    return invalid("the key is not that of these parties");
  if (parties_of(certificate.signatures) != parties_of(roster))
    return invalid("not signed by exactly the parties");
  const Digest digest = statement.digest();
  for (const auto& [signer, signature] : certificate.signatures)
    if (!verify({digest, signature}, roster.at(signer)))
      return invalid("the signature of party " + std::to_string(signer.value()) +
                     " does not verify");
  return Ok{};
}

// Statement
//   u8           version = 1
//   bytes[32]    session
//   bytes[32]    transcript
//   JointKey
//   u32 + bytes  extra, at most extra_bytes_max
void encode(const Statement& statement, Writer& out) {
  out.integer(version).bytes(statement.session).bytes(statement.transcript);
  encode(statement.group, out);
  out.prefixed32(statement.extra);
}

Parsed<Statement> parse(std::type_identity<Statement>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(version, "version"));
  Statement statement;
  JCA_ASSIGN(statement.session, in.array<32>());
  JCA_ASSIGN(statement.transcript, in.array<32>());
  JCA_ASSIGN(statement.group, read_joint_key(in));
  JCA_ASSIGN(const BytesView extra, in.prefixed32(extra_bytes_max));
  statement.extra = to_bytes(extra);
  JCA_TRY(in.finish());
  return statement;
}

// SignatureMessage
//   u8         version = 1
//   bytes[32]  statement
//   bytes[64]  signature
void encode(const SignatureMessage& message, Writer& out) {
  out.integer(version).bytes(message.statement).bytes(message.signature);
}

Parsed<SignatureMessage> parse(std::type_identity<SignatureMessage>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(version, "version"));
  SignatureMessage message;
  JCA_ASSIGN(message.statement, in.array<32>());
  JCA_ASSIGN(message.signature, in.array<64>());
  JCA_TRY(in.finish());
  return message;
}

// Certificate
//   u8     version = 1
//   u16    count, 1 … parties_max
//   count times, identifiers ascending:
//     u16        identifier
//     bytes[64]  signature
void encode(const Certificate& certificate, Writer& out) {
  out.integer(version).integer(static_cast<std::uint16_t>(certificate.signatures.size()));
  for (const auto& [signer, signature] : certificate.signatures)
    out.integer(signer.value()).bytes(signature);
}

Parsed<Certificate> parse(std::type_identity<Certificate>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(version, "version"));
  JCA_ASSIGN(const auto count, in.integer<std::uint16_t>(1, parties_max));
  Certificate certificate;
  for (std::uint16_t i = 0; i < count; ++i) {
    JCA_ASSIGN(const Identifier signer, read_identifier(in));
    if (!certificate.signatures.empty() && signer <= certificate.signatures.rbegin()->first)
      return in.fail("identifiers not ascending");
    JCA_ASSIGN(const auto signature, in.array<64>());
    certificate.signatures.emplace(signer, signature);
  }
  JCA_TRY(in.finish());
  return certificate;
}

}  // namespace jointca::ceremony
