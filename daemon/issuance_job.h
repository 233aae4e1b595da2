// daemon/issuance_job.h — what issuance keeps of one request, and of one message to several
// parties. For issuance*.cpp only.
#pragma once

#include <algorithm>

#include "daemon/issuance.h"

namespace jointca::daemon {

[[nodiscard]] inline bool approved_by(const HostAnswer& answer) {
  return answer.standing == HostAnswer::Standing::approved;
}

/// One request on its way.
struct Issuance::Job {
  Job(Asked the_asked, Bytes the_sealed, transport::any_io_executor executor)
      : asked(std::move(the_asked)), sealed(std::move(the_sealed)), done(std::move(executor)) {}

  /// Why a party is left out, and on whose word if not because of its own.
  struct Trouble {
    std::string why;
    std::optional<Identifier> by{};
  };
  /// Who gets into trouble itself is no longer believed about others, and who accuses more than
  /// `liars_max` others is in trouble itself.
  void do_without(Identifier party, Trouble cause, std::size_t liars_max) {
    const auto accused_by = [](Identifier accuser) {
      return [accuser](const auto& entry) { return entry.second.by == accuser; };
    };
    if (cause.by && !trouble.contains(party) &&
        std::count_if(trouble.begin(), trouble.end(), accused_by(*cause.by)) >=
            static_cast<std::ptrdiff_t>(liars_max))
      return do_without(*cause.by, {"blames one after the other"}, liars_max);
    std::erase_if(trouble, accused_by(party));
    trouble.insert_or_assign(party, std::move(cause));
  }

  Asked asked;
  Bytes sealed;
  std::vector<ca::Prefix> networks;
  Time not_before;
  Time not_after;
  std::optional<ca::Subject> recorded;  ///< terms that a signer has logged already, to try next
  std::vector<ca::Subject> tried;       ///< such terms that too few parties approved
  std::set<ca::IpAddress> avoid;        ///< addresses that a signer knows to be taken
  PerParty<Trouble> trouble;            ///< parties to do without
  unsigned attempts = 0;
  std::optional<Answer> answer;
  transport::Event done;

  [[nodiscard]] const Digest& digest() const { return digest_of(asked); }
  /// Whether it is about a session of MPyC, of which nobody chooses anything.
  [[nodiscard]] bool is_grant() const { return request_of(asked) == nullptr; }
  /// What was proposed last.
  [[nodiscard]] ca::Proposal proposal() const {
    return proposal_of(asked, networks, not_before, not_after);
  }
  [[nodiscard]] ca::Subject subject() const { return proposal().subject; }
};

/// The answers to one message that several parties got.
struct Issuance::Round {
  explicit Round(transport::any_io_executor executor) : changed(std::move(executor)) {}
  PerParty<Envelope> answers;
  PerParty<CommitmentsMessage> commitments;  ///< parsed, if the round is that of commitments
  PerParty<frost::CommitMessage> pairs;      ///< what those of them that approved hold
  std::set<Identifier> changed_mind;         ///< failed, but only for want of approval
  PerParty<std::string> failed;
  std::set<Identifier> signers;  ///< who takes part in a session; empty before there is one
  PerParty<Identifier> blamed;   ///< of those that failed: the signer that they found at fault
  transport::Event changed;
};

}  // namespace jointca::daemon
