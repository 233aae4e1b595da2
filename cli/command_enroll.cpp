#include "cli/command_enroll.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/clock.h"
#include "cli/console.h"
#include "cli/host_files.h"
#include "cli/inputs.h"
#include "cli/proof_files.h"
#include "crypto/rng.h"
#include "daemon/authority_check.h"
#include "daemon/files.h"
#include "daemon/harden.h"
#include "daemon/items.h"
#include "enroll/bundle.h"
#include "enroll/request.h"
#include "nebula-adapter/pem.h"
#include "nebula-adapter/verify.h"
#include "transport/http.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;
using transport::HttpRequest;
using transport::HttpResponse;

constexpr std::chrono::milliseconds fetch_timeout{10'000};
constexpr std::chrono::milliseconds enroll_timeout{60'000};
constexpr std::chrono::seconds poll_interval{2};
constexpr unsigned polls_per_party = 15;
constexpr std::size_t answer_bytes_max = 64 * 1024;

/// What is left of a party's error document: {"error":{"code","message","field"}}.
struct ApiError {
  std::string code;
  std::string message;
};

ApiError api_error(const HttpResponse& response) {
  const auto read = [&]() -> Parsed<ApiError> {
    JCA_ASSIGN(const auto document, JsonValue::parse(response.body, "answer", answer_bytes_max));
    JCA_ASSIGN(auto object, document.object());
    JCA_ASSIGN(const auto error, object.required("error"));
    JCA_ASSIGN(auto fields, error.object());
    JCA_ASSIGN(const auto code, fields.required("code"));
    JCA_ASSIGN(const auto message, fields.required("message"));
    ApiError out;
    JCA_ASSIGN(out.code, code.text());
    JCA_ASSIGN(out.message, message.text());
    if (!is_one_line(out.message)) return message.fail("not a line of text");
    return out;
  }();
  if (read) return *read;
  return {"", "answer " + std::to_string(response.status) + " that is not understood"};
}

/// Whose operators a party waits for, from its answer: names of parties, or how to put it without.
std::string waiting_for(const std::string& body) {
  const auto read = [&]() -> Parsed<std::string> {
    JCA_ASSIGN(const auto document, JsonValue::parse(body, "answer", answer_bytes_max));
    JCA_ASSIGN(auto object, document.object());
    JCA_ASSIGN(const auto list, object.required("waiting_for"));
    JCA_ASSIGN(const auto elements, list.array(ca::parties_max));
    std::vector<std::string> names;
    for (const auto& element : elements) {
      JCA_ASSIGN(auto name, element.text(63));
      if (!ca::is_party_name(name)) return element.fail("not a party's name");
      names.push_back(std::move(name));
    }
    return join(names);
  }();
  return read ? *read : "other parties";
}

/// Certificates that were checked, and what they say.
struct Granted {
  ca::Subject subject;
  std::string pem;
  std::vector<std::string> fingerprints;
  std::vector<std::string> signers;  ///< as the party says
  HostProofs proofs;
};

/// One enrolment: the token, the keys, and the parties in the order in which they are tried.
class Enrolment {
 public:
  Enrolment(const EnrollOptions& options, enroll::InvitationToken token, HostKeys keys)
      : options_(options), paths_{options.dir}, token_(std::move(token)), keys_(std::move(keys)) {}

  Result<Granted, Error> run(Duration timeout, Rng& rng) {
    JCA_TRY(fetch_authority());
    JCA_TRY(prepare_request(rng));
    JCA_ASSIGN(auto granted, submit(timeout));
    JCA_TRY(write(granted));
    return granted;
  }

  [[nodiscard]] const ca::Authority& authority() const { return authority_; }

 private:
  /// How an error begins: "beta at " before the endpoint, once the authority has told the names.
  [[nodiscard]] std::string at(const enroll::PartyAddress& party) const {
    const ca::Party* known = authority_.party(party.identity);
    return known == nullptr ? "" : known->card.name + " at ";
  }

  Result<HttpResponse, Error> call(const enroll::PartyAddress& party, const HttpRequest& request,
                                   std::chrono::milliseconds timeout) const {
    const auto endpoint = transport::Endpoint::parse(party.endpoint);
    if (!endpoint) return failed(at(party) + party.endpoint + ": " + endpoint.error().text());
    auto response = transport::https_call(*endpoint, party.identity, request, timeout);
    if (!response) return failed(response.error().code, at(party) + response.error().message);
    return response;
  }

  /// From any party: what it gives is checked against the id that the invitation pins.
  Result<Ok, Error> fetch_authority() {
    std::string problems;
    for (const enroll::PartyAddress& party : token_.parties) {
      const auto response = call(party, {"GET", "/v1/authority", {}, {}}, fetch_timeout);
      std::string problem;
      if (!response) {
        problem = response.error().message;
      } else if (auto authority = daemon::checked_authority(response->body); !authority) {
        problem = party.endpoint + ": " + authority.error().message;
      } else if (authority->id != token_.invitation.authority) {
        problem = party.endpoint + ": not the authority that the invitation names";
      } else {
        authority_ = *std::move(authority);
        return Ok{};
      }
      problems += "\n  " + problem;
    }
    return failed(Error::Code::unreachable, "no party of the invitation answers:" + problems);
  }

  /// The request of an earlier run, if it was for this invitation and these keys; else a new one,
  /// on the disk before it is sent, so that a retry is the same request.
  Result<Ok, Error> prepare_request(Rng& rng) {
    const SigningKey invitation_key(token_.seed.duplicate());
    const enroll::RequestKeys keys{invitation_key, keys_.identity, keys_.nebula};
    const auto lookup = [this](const PublicKey& key) -> std::optional<std::string> {
      const ca::Party* party = authority_.party(key);
      if (party == nullptr) return std::nullopt;
      return party->card.name;
    };
    if (daemon::file_exists(paths_.request())) {
      JCA_ASSIGN(sealed_, daemon::read_file(paths_.request(), enroll::request_bytes_max));
      const auto earlier = enroll::verify_request(sealed_, authority_.id, lookup);
      if (earlier && earlier->request().invitation == token_.invitation &&
          earlier->request().host_identity == keys_.identity.public_key() &&
          earlier->request().nebula_public_key == keys_.nebula.public_key()) {
        digest_ = earlier->digest();
        return Ok{};
      }
    }
    const enroll::Request request =
        enroll::make_request(token_, keys, options_.endpoint, options_.lighthouse, now(), rng);
    sealed_ = enroll::seal_request(request, keys, rng);
    digest_ = enroll::request_digest(request);
    return daemon::write_file(paths_.request(), sealed_, 0600, daemon::Overwrite::allow);
  }

  /// What one party says: the checked certificates, nothing yet (its operators have to decide), or
  /// why not.
  using Reply = Result<std::optional<Granted>, Error>;

  Reply ask(const enroll::PartyAddress& party, bool poll) {
    const HttpRequest post{"POST", "/v1/enroll", Json{{"request", to_base64(sealed_)}}.dump(), {}};
    const HttpRequest get{"GET", "/v1/requests/" + to_hex(digest_), {}, {}};
    auto response = call(party, poll ? get : post, enroll_timeout);
    // A party that was restarted does not know the request any more.
    if (poll && response && response->status == 404) response = call(party, post, enroll_timeout);
    if (!response) return Unexpected{response.error()};
    if (response->status == 200) {
      const auto bundle = enroll::parse_bundle(response->body);
      if (!bundle)
        return failed(Error::Code::verification,
                      at(party) + party.endpoint + ": " + bundle.error().text());
      auto granted = check(*bundle);
      if (!granted)
        return failed(granted.error().code,
                      at(party) + party.endpoint + ": " + granted.error().message);
      return std::optional<Granted>(*std::move(granted));
    }
    if (response->status == 202) {
      show("waiting for the operators of " + waiting_for(response->body));
      return std::optional<Granted>{};
    }
    const ApiError error = api_error(*response);
    if (error.code == "refused") return failed(Error::Code::refused, error.message);
    const bool few = error.code == "not_enough_parties" || error.code == "busy";
    return failed(few ? Error::Code::unreachable : Error::Code::verification,
                  at(party) + party.endpoint + ": " + error.message);
  }

  /// Party after party, because none is trusted to tell the truth about the others: ends with the
  /// first certificates that hold, or when no party has anything but reasons against it.
  Result<Granted, Error> submit(Duration timeout) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    for (;;) {
      std::optional<Error> refusal, wrong;
      std::string problems;
      bool waits = false;
      for (const enroll::PartyAddress& party : token_.parties) {
        for (unsigned polls = 0; polls < polls_per_party; ++polls) {
          auto reply = ask(party, polls > 0);
          if (reply && *reply) return **std::move(reply);
          if (!reply) {
            const Error& error = reply.error();
            if (error.code == Error::Code::refused && !refusal) refusal = error;
            if (error.code == Error::Code::verification && !wrong) wrong = error;
            problems += "\n  " + error.message;
            break;
          }
          waits = true;
          if (std::chrono::steady_clock::now() >= end)
            return failed(Error::Code::unreachable,
                          shown_ + "; run the same command again when they have decided");
          std::this_thread::sleep_for(poll_interval);
        }
      }
      if (waits) continue;
      if (refusal) return Unexpected{*refusal};
      if (wrong) return Unexpected{*wrong};
      return failed(Error::Code::unreachable,
                    "not enough parties agreed or could be reached; the same command goes on when "
                    "they can be:" +
                        problems);
    }
  }

  /// The host trusts nothing that it did not check itself: what it writes and prints comes from the
  /// certificates, and they are what the invitation promised.
  Result<Granted, Error> check(const enroll::Bundle& bundle) const {
    const auto wrong = [](const std::string& what) {
      return failed(Error::Code::verification, "the answer is not what was asked for: " + what);
    };
    const enroll::Terms& terms = token_.invitation.terms;
    if (bundle.request != digest_) return wrong("another request");
    const auto found = bundle.certificates.find(ca::Kind::nebula);
    if (found == bundle.certificates.end()) return wrong("no Nebula certificate");
    const nebula::Certificate issuer = daemon::issuing_certificate(authority_);
    Granted granted;
    JCA_ASSIGN(granted.subject,
               daemon::subject_of(found->second, issuer, keys_.nebula.public_key()));
    const ca::Subject& subject = granted.subject;
    if (subject.name != terms.name) return wrong("another name");
    if (subject.groups != terms.groups) return wrong("other groups");
    for (const ca::Prefix& network : subject.networks)
      if (std::none_of(authority_.networks.begin(), authority_.networks.end(),
                       [&](const ca::Prefix& overlay) {
                         return overlay.bits == network.bits && overlay.contains(network.address);
                       }))
        return wrong(network.text() + " is not in the authority's networks");
    for (const ca::IpAddress& address : terms.addresses)
      if (std::none_of(subject.networks.begin(), subject.networks.end(),
                       [&](const ca::Prefix& network) { return network.address == address; }))
        return wrong("not the address " + address.text());
    nebula::CaPool pool;
    auto verified = pool.add(issuer);
    const auto certificates = nebula::parse_certificates(found->second);
    JCA_ASSERT(certificates.has_value());  // subject_of() parsed them
    for (const nebula::Certificate& certificate : *certificates) {
      if (verified) verified = nebula::verify(certificate, pool, now());
      granted.pem += nebula::to_pem(certificate);
      granted.fingerprints.push_back(to_hex(nebula::fingerprint(certificate)));
    }
    if (!verified) return wrong(verified.error().rule + ": " + verified.error().reason);
    auto proofs = check_host_proofs(authority_, *certificates, bundle.proofs);
    if (!proofs) return wrong(proofs.error().message);
    granted.proofs = *std::move(proofs);
    granted.signers = bundle.signers;
    return granted;
  }

  /// Keys are in place; certificate last, so that a half-written set is never a working one. Until
  /// the request is removed, the same command writes it all again.
  Result<Ok, Error> write(const Granted& granted) const {
    std::string ca_bundle;
    for (const std::string& pem : authority_.ca_certificates) ca_bundle += pem;
    JCA_TRY(daemon::write_file(paths_.authority(), as_bytes(ca::to_json(authority_)), 0644,
                               daemon::Overwrite::allow));
    JCA_TRY(daemon::write_file(paths_.nebula_ca(), as_bytes(ca_bundle), 0644,
                               daemon::Overwrite::allow));
    JCA_TRY(write_proofs(paths_.proofs(), granted.proofs.files));
    JCA_TRY(daemon::write_file(paths_.nebula_certificate(), as_bytes(granted.pem), 0644,
                               daemon::Overwrite::allow));
    JCA_TRY(remove_other_proofs(paths_.proofs(), granted.proofs.files));
    return daemon::remove_file(paths_.request());
  }

  void show(const std::string& line) {
    if (line != shown_) std::cerr << (shown_ = line) << '\n';
  }

  const EnrollOptions& options_;
  HostPaths paths_;
  enroll::InvitationToken token_;
  HostKeys keys_;
  ca::Authority authority_;
  Bytes sealed_;
  Digest digest_{};
  std::string shown_;
};

Result<std::pair<Granted, std::string>, Error> enroll_with(const EnrollOptions& options) {
  if (!options.nebula_pub.empty())
    return failed(
        Error::Code::usage,
        "--nebula-pub: every party wants proof that the host has the private key, which a "
        "public key alone cannot give\ngive --nebula-key FILE, the private key that "
        "nebula-cert keygen made, or neither: then jointca makes the key");
  const auto timeout = duration_from_text(options.timeout);
  if (!timeout) return failed(Error::Code::usage, "--timeout: " + timeout.error().text());
  if (!options.endpoint.empty())
    if (const auto endpoint = transport::Endpoint::parse(options.endpoint); !endpoint)
      return failed(Error::Code::usage, "--endpoint: " + endpoint.error().text());
  JCA_ASSIGN(auto token, read_invitation(options.invitation));
  const HostPaths paths{options.dir};
  if (daemon::file_exists(paths.nebula_certificate()) && !daemon::file_exists(paths.request()) &&
      !options.force)
    return failed(options.dir + ": this host is enrolled already; --force enrols it anew");
  SystemRng rng;
  JCA_ASSIGN(auto keys, open_host_keys(paths, options.nebula_key, rng));
  Enrolment enrolment(options, std::move(token), std::move(keys));
  JCA_ASSIGN(auto granted, enrolment.run(*timeout, rng));
  return std::pair(std::move(granted), enrolment.authority().name);
}

}  // namespace

int enroll_host(const EnrollOptions& options) {
  daemon::forbid_dumps();
  const auto enrolled = enroll_with(options);
  if (!enrolled) return report(enrolled.error());
  const auto& [granted, authority] = *enrolled;
  const ca::Subject& subject = granted.subject;
  std::vector<std::string> networks;
  for (const ca::Prefix& prefix : subject.networks) networks.push_back(prefix.text());
  if (options.json) {
    std::cout << Json{{"name", subject.name},
                      {"networks", networks},
                      {"groups", subject.groups},
                      {"not_after", to_rfc3339(subject.not_after)},
                      {"fingerprints", granted.fingerprints},
                      {"signers", granted.signers},
                      {"logged_by", granted.proofs.parties},
                      {"authority", authority},
                      {"directory", options.dir}}
                     .dump()
              << '\n';
    return 0;
  }
  print_fields(
      std::cout,
      {{"name", subject.name},
       {"addresses", join(networks)},
       {"groups", join(subject.groups)},
       {"expires", to_rfc3339(subject.not_after) + " (" + distance(subject.not_after, now()) + ")"},
       {"fingerprints", join(granted.fingerprints)},
       {"signed by", join(granted.signers) + " of " + authority},
       {"logged by", join(granted.proofs.parties) + ", proven by " + options.dir + "/proofs"},
       {"files", options.dir + "/nebula/{ca.crt,host.crt,host.key}"}});
  return 0;
}

}  // namespace jointca::cli
