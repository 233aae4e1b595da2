#include "ca/logged.h"

#include <algorithm>

#include "log/entry.h"
#include "log/proof.h"

namespace jointca::ca {
namespace {

struct Member {
  const Party* party;
  LogKeys keys;
};

/// A certificate as logs know it.
struct Sought {
  const Authority& authority;
  BytesView to_be_signed;
  Digest r{};
  std::vector<Member> members;
  std::vector<log::NoteVerifier> cosigners;
};

struct Held {
  const Member* member;
  LoggedBy logged;
};

Unexpected<Error> wrong(std::string why) {
  return failed(Error::Code::verification, std::move(why));
}

/// The entry that a proof is about.
Result<log::IssueEntry, Error> issue_of(const Sought& sought, const log::TlogProof& proof) {
  if (!proof.extra) return wrong("it has no entry");
  auto entry = log::parse_entry(*proof.extra);
  if (!entry) return wrong("its entry is malformed: " + entry.error().reason);
  auto* issue = std::get_if<log::IssueEntry>(&*entry);
  if (issue == nullptr) return wrong("its entry is not of a certificate");
  if (issue->authority != sought.authority.id) return wrong("its entry is of another authority");
  if (!std::equal(issue->tbs.begin(), issue->tbs.end(), sought.to_be_signed.begin(),
                  sought.to_be_signed.end()))
    return wrong("its entry is of another certificate");
  if (issue->r != sought.r) return wrong("its entry is of another signature of these bytes");
  return std::move(*issue);
}

std::string origin_of(const log::TlogProof& proof) {
  const auto note = log::Note::parse(proof.checkpoint);
  return note ? note->text.substr(0, note->text.find('\n')) : "";
}

Result<LoggedBy, Error> held_by(const Sought& sought, const Member& member,
                                const log::TlogProof& proof, const log::IssueEntry& issue) {
  const std::string& name = member.party->card.name;
  if (std::find(issue.signers.begin(), issue.signers.end(), name) == issue.signers.end())
    return wrong(name + " is not among the signers that its entry names");
  JCA_ASSIGN(const auto opened, log::verify_proof(proof, log::hash_leaf(*proof.extra),
                                                  member.keys.log, sought.cosigners));
  LoggedBy logged{member.party->identifier, "", proof.index, opened.checkpoint.size, {}};
  for (const log::VerifiedSignature& each : opened.cosignatures)
    for (const Member& other : sought.members)
      if (other.keys.cosigner == each.by && other.party != member.party)
        logged.cosigners.push_back(other.party->card.name);
  std::sort(logged.cosigners.begin(), logged.cosigners.end());
  return logged;
}

Result<Held, Error> check_one(const Sought& sought, const std::string& text) {
  const auto proof = log::TlogProof::parse(text);
  if (!proof) return wrong("malformed: " + proof.error().text());
  JCA_ASSIGN(const auto issue, issue_of(sought, *proof));
  const std::string origin = origin_of(*proof);
  Error why{Error::Code::verification, "its log is not that of a party"};
  for (const Member& member : sought.members) {
    if (member.keys.log.name != origin) continue;
    auto logged = held_by(sought, member, *proof, issue);
    if (logged) return Held{&member, *std::move(logged)};
    why = logged.error();
  }
  return Unexpected{why};
}

}  // namespace

LogProofs check_logged(const Authority& authority, BytesView to_be_signed,
                       const SignatureBytes& signature,
                       const std::map<std::string, std::string>& proofs) {
  Sought sought{authority, to_be_signed, {}, {}, {}};
  std::copy_n(signature.begin(), sought.r.size(), sought.r.begin());
  for (const Party& party : authority.parties)
    if (auto keys = log_keys(party.card)) {
      sought.cosigners.push_back(keys->cosigner);
      sought.members.push_back({&party, *std::move(keys)});
    }
  LogProofs found;
  std::vector<PublicKey> counted;
  for (const auto& [name, text] : proofs) {
    auto held = check_one(sought, text);
    if (!held) {
      found.wrong.emplace(name, held.error().message);
      continue;
    }
    const PublicKey& key = held->member->keys.log.key;
    if (std::find(counted.begin(), counted.end(), key) != counted.end()) continue;
    counted.push_back(key);
    held->logged.proof = name;
    found.parties.push_back(std::move(held->logged));
  }
  std::sort(found.parties.begin(), found.parties.end(),
            [](const LoggedBy& a, const LoggedBy& b) { return a.party < b.party; });
  return found;
}

}  // namespace jointca::ca
