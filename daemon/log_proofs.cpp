#include "daemon/log_proofs.h"

#include <algorithm>

#include "crypto/hash.h"
#include "issued/statement.h"
#include "log/proof.h"

namespace jointca::daemon {
namespace {

std::string file_name(const issued::Signed& statement, Identifier signer, const Member& member) {
  return statement.statement.kind + "." + member.name_of(signer) + ".tlog-proof";
}

/// Those of which a host keeps proofs.
std::vector<issued::Signed> proven_statements(const Holding& holding) {
  auto statements = issued::parse_signed(holding.certificates);
  if (!statements) return {};
  std::erase_if(*statements, [](const issued::Signed& each) {
    const std::string& kind = each.statement.kind;
    return issued::is_of_a_session(kind) && kind != issued::session_grant_kind;
  });
  return *std::move(statements);
}

/// The proof that one log has the statement; nothing if it has not, or cannot be read.
std::optional<std::string> proof_in(const LogStore& log, const issued::Signed& statement) {
  const auto r = to_array<32>(BytesView(statement.signature).first(32));
  const auto index = log.find_issued(sha256(issued::to_be_signed(statement.statement)), *r);
  if (!index || !*index) return std::nullopt;
  auto entry = log.entry(**index);
  auto note = log.newest_cosigned();
  auto opened = log::open_checkpoint(note ? *note : "", log.verifier());
  if (!entry || !opened) return std::nullopt;
  if (opened->checkpoint.size <= **index) {  // nobody has cosigned it yet
    note = log.checkpoint();
    opened = log::open_checkpoint(*note, log.verifier());
    if (!opened) return std::nullopt;
  }
  auto hashes = log::inclusion_proof(**index, opened->checkpoint.size, log);
  if (!hashes) return std::nullopt;
  return log::TlogProof{*std::move(entry), **index, *std::move(hashes), *std::move(note)}.encode();
}

}  // namespace

std::map<std::string, std::string> proofs_of(const Holding& holding, const PartyLog& party_log,
                                             const Mirrors& mirrors, const Member& member) {
  std::map<std::string, std::string> proofs;
  for (const issued::Signed& statement : proven_statements(holding))
    for (const std::uint16_t number : holding.signers) {
      const Identifier signer(number);
      const LogStore& log = signer == member.self ? party_log : mirrors.of(signer);
      if (auto proof = proof_in(log, statement))
        proofs.emplace(file_name(statement, signer, member), *std::move(proof));
    }
  return proofs;
}

std::vector<Identifier> unproven_signers(const Holding& holding,
                                         const std::map<std::string, std::string>& proofs,
                                         const Member& member) {
  std::vector<Identifier> unproven;
  const auto statements = proven_statements(holding);
  for (const std::uint16_t number : holding.signers) {
    const Identifier signer(number);
    if (!std::all_of(statements.begin(), statements.end(), [&](const auto& statement) {
          return proofs.contains(file_name(statement, signer, member));
        }))
      unproven.push_back(signer);
  }
  return unproven;
}

}  // namespace jointca::daemon
