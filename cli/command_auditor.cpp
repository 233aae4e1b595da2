#include "cli/command_auditor.h"

#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "cli/console.h"
#include "cli/inputs.h"
#include "daemon/authority_check.h"
#include "daemon/ceremony_parameters.h"
#include "daemon/issuance_evidence.h"
#include "daemon/log_store.h"
#include "daemon/state_dir.h"
#include "daemon/store.h"
#include "log/note.h"
#include "machine/files.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Known {
  EvidenceContext context;
  PerParty<std::string> names;
  EvidenceChecks checks = daemon::all_checks();
};

Result<Known, Error> known_from_authority(const std::string& path) {
  JCA_ASSIGN(const auto authority, read_authority(path));
  JCA_ASSIGN(const auto statement, daemon::statement_of(authority));
  Known known{{authority.id, daemon::roster_of(authority), authority.min_signers, {}}, {}};
  if (const auto* key = std::get_if<frost::GroupKey>(&statement.group)) known.context.group = *key;
  for (const ca::Party& party : authority.parties)
    known.names.emplace(Identifier(party.identifier), party.card.name);
  known.checks = daemon::all_checks(authority);
  return known;
}

/// Before there is an authority, messages stand under the digest of the ceremony's parameters. The
/// evidence brings those along; they are believed if the digest is right and their cards are those
/// that the caller knows.
Result<Known, Error> known_from_cards(const std::vector<std::string>& paths,
                                      const Evidence& evidence) {
  std::vector<ca::PartyCard> cards;
  for (const std::string& path : paths) {
    JCA_ASSIGN(auto card, read_card(path));
    cards.push_back(std::move(card));
  }
  const auto wrong = [](const std::string& reason) {
    return failed(Error::Code::verification, "evidence: " + reason);
  };
  const auto found = evidence.inputs.find("parameters");
  if (found == evidence.inputs.end()) return wrong("not of a ceremony; give --authority");
  const auto parameters = parse(std::type_identity<daemon::CeremonyParameters>{}, found->second);
  if (!parameters || daemon::parameters_digest(found->second) != evidence.authority)
    return wrong("the parameters are not those of its messages");
  std::sort(cards.begin(), cards.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  const bool same = std::equal(
      cards.begin(), cards.end(), parameters->cards.begin(), parameters->cards.end(),
      [](const auto& a, const auto& b) { return a.name == b.name && a.identity == b.identity; });
  if (!same) return wrong("the parties of the ceremony are not those of the cards given");
  Known known{{evidence.authority, {}, parameters->min_signers, {}}, {}};
  for (std::size_t i = 0; i < cards.size(); ++i) {
    const Identifier party(static_cast<std::uint16_t>(i + 1));
    known.context.roster.emplace(party, cards[i].identity);
    known.names.emplace(party, cards[i].name);
  }
  return known;
}

Result<std::uint64_t, Error> export_log(const std::string& dir, const std::string& to) {
  const daemon::StatePaths paths{dir};
  JCA_ASSIGN(const auto authority, daemon::read_authority(paths));
  if (!authority) return failed(dir + ": no authority yet, so no log");
  JCA_ASSIGN(const auto settings, read_settings(paths));
  const auto self =
      std::find_if(authority->parties.begin(), authority->parties.end(),
                   [&](const ca::Party& party) { return party.card.name == settings.name; });
  if (self == authority->parties.end()) return failed(dir + ": this party is not in the authority");
  const auto verifier = log::NoteVerifier::parse(self->card.log_vkey);
  if (!verifier) return failed("log_vkey: " + verifier.error().text());
  JCA_ASSIGN(const auto store, daemon::Store::open(paths.database()));
  JCA_ASSIGN(const auto party_log, daemon::LogStore::open(*store, daemon::own_log, *verifier));
  JCA_TRY(party_log->export_to(to));
  return party_log->size();
}

}  // namespace

int verify_evidence(const std::string& file, const std::optional<std::string>& authority,
                    const std::vector<std::string>& cards, bool json) {
  const auto text = machine::read_file(file, evidence_bytes_max);
  if (!text) return report(text.error());
  const auto evidence = parse_evidence(to_text(*text));
  if (!evidence) return report({Error::Code::verification, file + ": " + evidence.error().text()});
  if (authority.has_value() == !cards.empty())
    return report({Error::Code::usage, "give --authority, or a --party card for every party"});
  const auto known =
      authority ? known_from_authority(*authority) : known_from_cards(cards, *evidence);
  if (!known) return report(known.error());
  Evidence core = *evidence;
  core.inputs.erase("parameters");  // used above; the checks have inputs of their own
  const auto verdict = jointca::verify_evidence(core, known->context, known->checks);
  if (!verdict) return report(verdict.error());
  const auto name = known->names.find(evidence->culprit);
  const std::string culprit =
      name == known->names.end() ? std::to_string(evidence->culprit.value()) : name->second;
  if (json)
    std::cout << Json{{"guilty", true},
                      {"culprit", culprit},
                      {"identifier", evidence->culprit.value()},
                      {"check", evidence->check},
                      {"session", to_hex(evidence->session)}}
                     .dump()
              << '\n';
  else
    std::cout << culprit << " broke the protocol: " << evidence->check
              << (evidence->session == Digest{} ? "" : ", session " + to_hex(evidence->session))
              << '\n';
  return 0;
}

int log_export(const std::string& dir, const std::string& to, bool json) {
  const auto size = export_log(dir, to);
  if (!size) return report(size.error());
  if (json)
    std::cout << Json{{"size", *size}, {"directory", to}}.dump() << '\n';
  else
    std::cout << *size << " entries written below " << to << '\n';
  return 0;
}

}  // namespace jointca::cli
