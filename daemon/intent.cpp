#include "daemon/intent.h"

#include "log/checkpoint.h"

namespace jointca::daemon {
namespace {

std::string basis_of(const ca::Proposal& proposal) {
  if (proposal.session) return "consents";
  return proposal.renewal ? "renewal" : "invitation";
}

}  // namespace

Intent::Host intended(const ca::Proposal& proposal, std::vector<Item> items) {
  Intent::Host host{proposal.request,
                    {proposal.host_identity},
                    proposal.voucher.invitation_key,
                    basis_of(proposal),
                    std::move(items)};
  if (proposal.session)
    for (const ca::Member& member : proposal.session->members)
      host.identities.push_back(member.identity);
  return host;
}

std::vector<log::Entry> entries_of(const Intent& intent,
                                   const std::vector<LoggedApproval>& approvals, Time time) {
  JCA_ASSERT(approvals.size() == intent.hosts.size());
  std::vector<log::Entry> entries;
  for (std::size_t i = 0; i < intent.hosts.size(); ++i) {
    const Intent::Host& host = intent.hosts[i];
    const std::string by = approvals[i].by_operator ? "operator" : "policy";
    for (const Item& item : host.items)
      entries.push_back(log::IssueEntry{intent.authority,
                                        intent.session,
                                        intent.coordinator,
                                        intent.signers,
                                        host.request,
                                        item.holder,
                                        host.invitation,
                                        host.basis,
                                        item.kind(),
                                        issued::entry_subject(item.statement),
                                        item.to_be_signed,
                                        intent.r[entries.size()],
                                        {approvals[i].rule, by, time},
                                        time});
  }
  return entries;
}

Result<Growth, Error> check_logged(const LoggedMessage& message, const Intent& intent,
                                   const log::NoteVerifier& verifier) {
  const auto wrong = [](const std::string& reason) {
    return failed(Error::Code::verification, reason);
  };
  if (message.approvals.size() != intent.hosts.size())
    return wrong("logged another number of hosts");
  Growth growth;
  std::vector<Digest> leaves;
  for (const log::Entry& entry : entries_of(intent, message.approvals, message.time)) {
    auto text = log::encode(entry);
    if (!text) return wrong("says that it logged what no entry can be: " + text.error().text());
    leaves.push_back(log::hash_leaf(*text));
    growth.entries.push_back(*std::move(text));
  }
  if (message.first > log::size_max - leaves.size()) return wrong("a log of impossible size");
  auto before = log::Tree::from_edge(message.first, message.edge);
  if (!before) return wrong(before.error().message);
  growth.before = *before;
  growth.after = *before;
  growth.hashes.write(before->edge());
  growth.hashes.write(growth.after.append(leaves));
  const auto opened = log::open_checkpoint(message.checkpoint, verifier);
  if (!opened) return wrong(opened.error().message);
  const log::Checkpoint& stated = opened->checkpoint;
  if (stated.size != growth.after.size() || stated.root != growth.after.root())
    return wrong("the checkpoint is not of a log with these entries at its end");
  growth.checkpoint = message.checkpoint;
  return growth;
}

}  // namespace jointca::daemon
