#include "host/proof_files.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "enroll/bundle.h"
#include "log/proof.h"
#include "machine/files.h"

namespace jointca::host {
namespace {

const std::string& name_of(const ca::Authority& authority, const ca::LoggedBy& logged) {
  return authority.party(logged.party)->card.name;
}

std::string in(const std::string& directory, const std::string& name) {
  return std::string(directory).append("/").append(name);
}

std::string file_name(const std::string& kind, const std::string& party) {
  return std::string(kind).append(".").append(party).append(".tlog-proof");
}

/// The names of all proofs in a directory, in order.
Result<std::vector<std::string>, Error> list_proofs(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code problem;
  std::filesystem::directory_iterator at(directory, problem);
  for (; !problem && at != std::filesystem::directory_iterator(); at.increment(problem)) {
    const std::string name = at->path().filename().string();
    if (!enroll::is_proof_name(name)) continue;
    if (names.size() == enroll::proofs_max)
      return failed(directory + ": more than " + std::to_string(enroll::proofs_max) + " proofs");
    names.push_back(name);
  }
  if (problem) return failed(directory + ": " + problem.message());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

ca::LogProofs logged(const ca::Authority& authority, const issued::Signed& statement,
                     const ProofTexts& proofs) {
  return ca::check_logged(authority, issued::to_be_signed(statement.statement), statement.signature,
                          proofs);
}

std::string too_few_logged(const ca::Authority& authority, const ca::LogProofs& proofs) {
  std::vector<std::string> names;
  for (const ca::LoggedBy& each : proofs.parties) names.push_back(name_of(authority, each));
  const std::string who = names.empty() ? "no party" : "only " + join(names);
  return who + " is proven to have logged it, " + std::to_string(authority.min_signers) +
         " parties must";
}

Result<HostProofs, Error> check_host_proofs(const ca::Authority& authority,
                                            const std::vector<issued::Signed>& statements,
                                            const ProofTexts& proofs) {
  HostProofs held;
  std::map<std::string, std::size_t> counts;
  for (const issued::Signed& statement : statements) {
    const std::string& kind = statement.statement.kind;
    const ca::LogProofs found = logged(authority, statement, proofs);
    if (!found.suffice(authority)) {
      std::string why = kind + ": " + too_few_logged(authority, found);
      for (const auto& [name, reason] : found.wrong)
        why.append("\n  ").append(name).append(": ").append(reason);
      return failed(Error::Code::verification, std::move(why));
    }
    for (const ca::LoggedBy& each : found.parties) {
      const std::string& party = name_of(authority, each);
      held.files.emplace(file_name(kind, party), proofs.at(each.proof));
      if (++counts[party] == statements.size()) held.parties.push_back(party);
    }
  }
  return held;
}

Result<ProofTexts, Error> read_proofs(const std::string& directory) {
  JCA_ASSIGN(const auto names, list_proofs(directory));
  ProofTexts proofs;
  for (const std::string& name : names) {
    JCA_ASSIGN(const Bytes content, machine::read_file(in(directory, name), log::proof_bytes_max));
    proofs.emplace(name, to_text(content));
  }
  return proofs;
}

Result<Ok, Error> write_proofs(const std::string& directory, const ProofTexts& proofs) {
  for (const auto& [name, text] : proofs)
    JCA_TRY(
        machine::write_file(in(directory, name), as_bytes(text), 0644, machine::Overwrite::allow));
  return Ok{};
}

Result<Ok, Error> remove_other_proofs(const std::string& directory, const ProofTexts& proofs) {
  JCA_ASSIGN(const auto names, list_proofs(directory));
  for (const std::string& name : names)
    if (!proofs.contains(name)) JCA_TRY(machine::remove_file(in(directory, name)));
  return Ok{};
}

}  // namespace jointca::host
