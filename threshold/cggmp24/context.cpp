// threshold/cggmp24/context.cpp — challenges by Fiat and Shamir.
#include "threshold/cggmp24/context.h"

namespace jointca::cggmp24 {

Transcript begin_challenge(std::string_view label, const Context& context) {
  const Parameters& set = context.parameters;
  Transcript transcript(label);
  transcript.field(set.name);
  for (const std::uint64_t value :
       {std::uint64_t{set.prime_bits}, std::uint64_t{set.ell}, std::uint64_t{set.ell_prime},
        std::uint64_t{set.epsilon}, std::uint64_t{set.repetitions}})
    transcript.field(value);
  transcript.field(context.session).field(context.epoch).field(context.purpose);
  transcript.field(std::uint64_t{context.prover.value()});
  return transcript;
}

p256::Scalar scalar_challenge(Transcript transcript) {
  return p256::Scalar::reduce(std::move(transcript).digest64());
}

std::vector<bool> bit_challenge(Transcript transcript, std::size_t count) {
  const Digest64 digest = std::move(transcript).digest64();
  JCA_ASSERT(count <= digest.size() * 8);
  std::vector<bool> bits(count);
  for (std::size_t i = 0; i < count; ++i) bits[i] = (digest[i / 8] >> i % 8 & 1) != 0;
  return bits;
}

std::vector<Integer> residue_challenge(Transcript transcript, const Integer& N, std::size_t count) {
  const Digest64 seed = std::move(transcript).digest64();
  const std::size_t size = N.bits() / 8 + 17;
  std::vector<Integer> out;
  std::uint64_t block = 0;
  Bytes stream;
  while (out.size() < count) {
    Transcript expand("jointca/cggmp24/expand/v1");
    const Digest64 next = std::move(expand.field(seed).field(block++)).digest64();
    stream.insert(stream.end(), next.begin(), next.end());
    if (stream.size() < size) continue;
    out.push_back(Integer::from_bytes(BytesView(stream).first(size)).mod(N));
    stream.clear();  // every number starts with a block of its own
  }
  return out;
}

}  // namespace jointca::cggmp24
