// threshold/cggmp24/message.h — one list of fields per message of a phase, for everything that has
// to see each of them: encoding, parsing, hashing, and the tests that change each once.
//
// A message has `fields(self, visit)`, which calls visit(field, …) for its fields in order. On the
// wire: u8 version = 1, then the fields. Messages are limited by the production parameters, the
// largest there are; that lengths are the agreed ones is for named checks to say. Proofs travel
// encoded, because their length depends on the parameters. A phase's namespace takes encode and
// parse in by a using-declaration.
#pragma once

#include "threshold/cggmp24/fields.h"

namespace jointca::cggmp24 {

inline constexpr std::uint8_t message_version = 1;
inline constexpr IntegerLimit residue_limit{3072};
inline constexpr IntegerLimit ciphertext_limit{6144};
inline constexpr BytesLimit proof_limit{std::size_t{1} << 17};

template <class M>
concept Message = Composite<M, FieldReader>;

template <Message M>
void encode(const M& message, Writer& out) {
  out.integer(message_version);
  FieldWriter write(out);
  M::fields(message, write);
}

template <Message M>
Parsed<M> parse(std::type_identity<M>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(message_version, "version"));
  M message;
  FieldReader read(in);
  M::fields(message, read);
  if (read.error()) return Unexpected{*read.error()};
  JCA_TRY(in.finish());
  return message;
}

template <class Proof>
[[nodiscard]] Bytes encoded_proof(const Proof& proof, const Parameters& set) {
  Writer out;
  encode(proof, set, out);
  return std::move(out).take();
}

/// Whether `bytes` are a proof, and `verify` accepts it.
template <class Proof, class Verify>
[[nodiscard]] bool proves(const Parameters& set, BytesView bytes, const Verify& verify) {
  const auto proof = parse(std::type_identity<Proof>{}, set, bytes);
  return proof && verify(*proof).has_value();
}

/// V: what a phase's first message says of the opening in its second.
template <Message M>
[[nodiscard]] Digest commitment_to(const M& opening, std::string_view label,
                                   const Digest& session_id, Identifier sender) {
  Transcript transcript(label);
  Writer bytes;
  encode(opening, bytes);
  transcript.field(session_id).field(std::uint64_t{sender.value()});
  return std::move(transcript.field(std::move(bytes).take())).digest();
}

/// ⊕ of what each contributed, which nobody could foresee.
template <Message M>
[[nodiscard]] Digest combined(const PerParty<M>& openings, Digest M::*contribution) {
  Digest out{};
  for (const auto& entry : openings)
    for (std::size_t k = 0; k < out.size(); ++k) out[k] ^= (entry.second.*contribution)[k];
  return out;
}

}  // namespace jointca::cggmp24
