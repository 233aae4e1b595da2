// host/proof_files.h — the tlog-proofs beside a host's certificates: what they prove, and the
// files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ca/logged.h"
#include "issued/statement.h"

namespace jointca::host {

/// Texts of proofs by the names of their files.
using ProofTexts = std::map<std::string, std::string>;

/// ca::check_logged() for a statement.
[[nodiscard]] ca::LogProofs logged(const ca::Authority& authority, const issued::Signed& statement,
                                   const ProofTexts& proofs);

/// "only alpha is proven to have logged it, 2 parties must"
[[nodiscard]] std::string too_few_logged(const ca::Authority& authority,
                                         const ca::LogProofs& proofs);

/// Proofs that hold, for all statements of a host.
struct HostProofs {
  ProofTexts files;                  ///< by our names: "nebula-v1.alpha.tlog-proof"
  std::vector<std::string> parties;  ///< names of those that logged every statement
};
/// Fails (verification) unless each statement is proven to be logged by min_signers parties; the
/// error names who did, and says what is wrong with the proofs that do not hold.
[[nodiscard]] Result<HostProofs, Error> check_host_proofs(
    const ca::Authority& authority, const std::vector<issued::Signed>& statements,
    const ProofTexts& proofs);

/// Every "*.tlog-proof" in a directory, within the limits of enroll/bundle.h.
[[nodiscard]] Result<ProofTexts, Error> read_proofs(const std::string& directory);
/// Each file is written whole or not at all, mode 0644.
[[nodiscard]] Result<Ok, Error> write_proofs(const std::string& directory,
                                             const ProofTexts& proofs);
/// Removes proofs of earlier certificates.
[[nodiscard]] Result<Ok, Error> remove_other_proofs(const std::string& directory,
                                                    const ProofTexts& proofs);

}  // namespace jointca::host
