// threshold/cggmp24/presign/history.cpp — what all signers have seen.
#include "threshold/cggmp24/presign/history.h"

namespace jointca::cggmp24::presign {

using p256::Point, p256::Scalar;

namespace {

/// A Signer as it is encoded.
struct SignerFields {
  Point X;
  Integer N, N_hat, s, t;

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.X);
    for (auto* value : {&self.N, &self.N_hat, &self.s, &self.t}) visit(*value, residue_limit);
  }
};

// u64        epoch
// bytes[32]  transcript of the key's generation
// bytes[32]  transcript of the auxiliary information
// u16        number of signers; of each: u16 identifier; point X; integer[4] N, N̂, s, t
Bytes encode_setup(const Setup& setup) {
  PerParty<SignerFields> signers;
  for (const auto& [party, signer] : setup.signers)
    signers[party] = {signer.X, signer.aux.paillier.modulus(), signer.aux.pedersen.modulus(),
                      signer.aux.pedersen.s(), signer.aux.pedersen.t()};
  Writer out;
  out.integer(setup.epoch).bytes(setup.key).bytes(setup.aux);
  FieldWriter write(out);
  write(signers);
  return std::move(out).take();
}

Parsed<Setup> parse_setup(const Parameters& parameters, const Digest& session_id, BytesView input) {
  Reader in(input);
  Setup setup{&parameters, session_id, 0, {}, {}, {}};
  JCA_ASSIGN(setup.epoch, in.integer<std::uint64_t>());
  JCA_ASSIGN(setup.key, in.array<32>());
  JCA_ASSIGN(setup.aux, in.array<32>());
  PerParty<SignerFields> signers;
  FieldReader read(in);
  read(signers);
  if (read.error()) return Unexpected{*read.error()};
  JCA_TRY(in.finish());
  const unsigned bits = parameters.modulus_bits();
  for (const auto& [party, fields] : signers) {
    const auto paillier = PaillierPublicKey::from(fields.N, bits);
    const auto pedersen = RingPedersen::from(fields.N_hat, fields.s, fields.t, bits);
    if (!paillier || !pedersen) return in.fail("not the moduli of a signer");
    setup.signers.emplace(party, Signer{fields.X, {*paillier, *pedersen}});
  }
  return setup;
}

template <class M>
Bytes encode_round(const PerParty<M>& messages) {
  Writer out;
  FieldWriter write(out);
  write(messages);
  return std::move(out).take();
}

/// One message from each of `parties`.
template <class M>
std::optional<PerParty<M>> parse_round(const PartySet& parties, BytesView input) {
  Reader in(input);
  FieldReader read(in);
  PerParty<M> messages;
  read(messages);
  if (read.error() || !in.finish() || parties_of(messages) != parties) return std::nullopt;
  return messages;
}

PartySet without(PartySet parties, Identifier party) {
  parties.erase(party);
  return parties;
}

}  // namespace

Setup Setup::of(const Parameters& parameters, const Digest& session_id, std::uint64_t epoch,
                const keygen::Output& key, const aux_info::Output& aux, const PartySet& signers) {
  JCA_ASSERT(signers.size() >= key.group.min_signers);
  Setup setup{&parameters, session_id, epoch, key.transcript, aux.transcript, {}};
  for (const Identifier party : signers)
    setup.signers.emplace(party, Signer{mul_vartime(lagrange_coefficient(party, signers),
                                                    key.group.verifying_shares.at(party)),
                                        aux.parties.at(party)});
  JCA_ASSERT(setup.public_key() == key.group.public_key);
  return setup;
}

Point Setup::public_key() const {
  Point sum;
  for (const auto& [party, signer] : signers) sum = sum + signer.X;
  return sum;
}

History::History(Setup setup) : setup_(std::move(setup)) {
  Transcript transcript("jointca/cggmp24/presign/session/v1");
  view_ = std::move(transcript.field(setup_.parameters->name).field(setup_.session_id)).digest();
  extend("setup", encode_setup(setup_));
}

void History::extend(std::string_view name, Bytes encoding) {
  Transcript transcript("jointca/cggmp24/presign/view/v1");
  view_ = std::move(transcript.field(view_).field(name).field(encoding)).digest();
  inputs_.emplace(name, std::move(encoding));
}

void History::add(PerParty<Round1Message> messages) {
  round1_ = std::move(messages);
  extend("round1", encode_round(round1_));
}
void History::add(PerParty<Round2Message> messages) {
  round2_ = std::move(messages);
  extend("round2", encode_round(round2_));
}
void History::add(PerParty<Round3Message> messages) {
  round3_ = std::move(messages);
  extend("round3", encode_round(round3_));
}

std::optional<History> History::from(const Parameters& parameters, const Digest& session_id,
                                     const std::map<std::string, Bytes>& inputs) {
  const auto given = inputs.find("setup");
  if (given == inputs.end()) return std::nullopt;
  auto setup = parse_setup(parameters, session_id, given->second);
  if (!setup) return std::nullopt;
  const PartySet parties = parties_of(setup->signers);
  History history(*std::move(setup));
  bool whole = parties.size() >= 2;
  const auto add = [&](const std::string& name, auto message) {
    const auto round = inputs.find(name);
    if (round == inputs.end()) return;
    auto messages = parse_round<decltype(message)>(parties, round->second);
    if (messages)
      history.add(*std::move(messages));
    else
      whole = false;
  };
  add("round1", Round1Message{});
  add("round2", Round2Message{});
  add("round3", Round3Message{});
  whole = whole && (history.round2_.empty() || !history.round1_.empty()) &&
          (history.round3_.empty() || !history.round2_.empty());
  for (const auto& [party, message] : history.round2_)
    whole = whole && parties_of(message.products) == without(parties, party);
  if (!whole || history.inputs_ != inputs) return std::nullopt;
  return history;
}

Point History::sum_of_gammas() const {
  Point sum;
  for (const auto& [party, message] : round2_) sum = sum + message.Gamma;
  return sum;
}

Point History::commitment(Factor factor, Identifier party) const {
  return factor == Factor::gamma ? round2_.at(party).Gamma : setup_.signers.at(party).X;
}

Scalar History::delta() const {
  Scalar sum;
  for (const auto& [party, message] : round3_) sum = sum + message.delta;
  return sum;
}

std::optional<Factor> History::mismatch() const {
  Point Delta, S;
  for (const auto& [party, message] : round3_) {
    Delta = Delta + message.Delta;
    S = S + message.S;
  }
  if (base_mul_vartime(delta()) != Delta) return Factor::gamma;
  if (mul_vartime(delta(), setup_.public_key()) != S) return Factor::x;
  return std::nullopt;
}

}  // namespace jointca::cggmp24::presign
