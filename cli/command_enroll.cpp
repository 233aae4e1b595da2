#include "cli/command_enroll.h"

#include <chrono>
#include <iostream>
#include <thread>

#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "cli/console.h"
#include "cli/host_files.h"
#include "crypto/rng.h"
#include "daemon/authority_check.h"
#include "daemon/files.h"
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

Time now() {
  return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

Result<enroll::InvitationToken, Error> read_token(const std::string& argument) {
  std::string text = argument;
  if (!argument.starts_with("jointca-invite")) {
    JCA_ASSIGN(const Bytes content, daemon::read_file(argument, enroll::token_text_max + 16));
    text = to_text(content);
  }
  auto token = enroll::parse_token(text);
  if (!token) return failed(Error::Code::usage, "invitation: " + token.error().text());
  return *std::move(token);
}

/// What is left of a party's error document: {"error":{"code","message","field"}}.
struct ApiError {
  std::string code;
  std::string message;
};

ApiError api_error(const HttpResponse& response) {
  const Json document = Json::parse(response.body, nullptr, false);
  if (document.is_object() && document.contains("error") && document["error"].is_object()) {
    const Json& error = document["error"];
    return {error.value("code", ""), error.value("message", "")};
  }
  return {"", "answer " + std::to_string(response.status) + " that is not understood"};
}

/// One enrolment: the token, the keys, and the parties in the order in which they are tried.
class Enrolment {
 public:
  Enrolment(const EnrollOptions& options, enroll::InvitationToken token, HostKeys keys)
      : options_(options), paths_{options.dir}, token_(std::move(token)), keys_(std::move(keys)) {}

  Result<enroll::Bundle, Error> run(Duration timeout, Rng& rng) {
    JCA_TRY(fetch_authority());
    JCA_TRY(prepare_request(rng));
    JCA_ASSIGN(auto bundle, submit(timeout));
    JCA_TRY(check(bundle));
    JCA_TRY(write(bundle));
    return bundle;
  }

  [[nodiscard]] const ca::Authority& authority() const { return authority_; }

 private:
  Result<HttpResponse, Error> call(const enroll::PartyAddress& party, const HttpRequest& request,
                                   std::chrono::milliseconds timeout) const {
    const auto endpoint = transport::Endpoint::parse(party.endpoint);
    if (!endpoint) return failed(party.endpoint + ": " + endpoint.error().text());
    return transport::https_call(*endpoint, party.identity, request, timeout);
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

  /// Party after party until one gives a final answer.
  Result<enroll::Bundle, Error> submit(Duration timeout) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    const std::string body = Json{{"request", to_base64(sealed_)}}.dump();
    std::string problems, shown;
    for (const enroll::PartyAddress& party : token_.parties) {
      HttpRequest request{"POST", "/v1/enroll", body, {}};
      for (;;) {
        const auto response = call(party, request, enroll_timeout);
        if (!response) {
          problems += "\n  " + response.error().message;
          break;
        }
        if (response->status == 200) {
          auto bundle = enroll::parse_bundle(response->body);
          if (!bundle)
            return failed(Error::Code::verification, party.endpoint + ": " + bundle.error().text());
          return *std::move(bundle);
        }
        if (response->status == 202) {
          const Json document = Json::parse(response->body, nullptr, false);
          const std::string line =
              "waiting for the operators of " +
              (document.contains("waiting_for")
                   ? join(document["waiting_for"].get<std::vector<std::string>>())
                   : std::string("other parties"));
          if (line != shown) std::cerr << (shown = line) << '\n';
          if (std::chrono::steady_clock::now() >= end)
            return failed(Error::Code::unreachable,
                          line + "; run the same command again when they have decided");
          std::this_thread::sleep_for(poll_interval);
          request = {"GET", "/v1/requests/" + to_hex(digest_), {}, {}};
          continue;
        }
        const ApiError error = api_error(*response);
        if (response->status == 404 && request.method == "GET") {
          request = {"POST", "/v1/enroll", body, {}};  // the party was restarted meanwhile
          continue;
        }
        if (error.code == "refused") return failed(Error::Code::refused, error.message);
        if (error.code != "not_enough_parties")
          return failed(Error::Code::verification,
                        party.endpoint + ": " + error.code + ": " + error.message);
        problems += "\n  " + party.endpoint + ": " + error.message;
        break;
      }
    }
    return failed(Error::Code::unreachable, "not enough parties could be reached:" + problems);
  }

  /// The host trusts nothing that it did not check itself.
  Result<Ok, Error> check(const enroll::Bundle& bundle) const {
    const auto wrong = [](const std::string& what) {
      return failed(Error::Code::verification, "the answer is not what was asked for: " + what);
    };
    if (bundle.request != digest_) return wrong("another request");
    const auto found = bundle.certificates.find(ca::Kind::nebula);
    if (found == bundle.certificates.end()) return wrong("no Nebula certificate");
    JCA_ASSIGN(const auto subject,
               daemon::subject_of(found->second, daemon::issuing_certificate(authority_),
                                  keys_.nebula.public_key()));
    if (subject.name != token_.invitation.terms.name || subject.name != bundle.name)
      return wrong("another name");
    if (subject.groups != token_.invitation.terms.groups) return wrong("other groups");
    if (subject.not_after < now()) return wrong("expired");
    return Ok{};
  }

  /// Keys are in place; certificate last, so that a half-written set is never a working one.
  Result<Ok, Error> write(const enroll::Bundle& bundle) const {
    std::string ca_bundle;
    for (const std::string& pem : authority_.ca_certificates) ca_bundle += pem;
    JCA_TRY(daemon::write_file(paths_.authority(), as_bytes(ca::to_json(authority_)), 0644,
                               daemon::Overwrite::allow));
    JCA_TRY(daemon::write_file(paths_.nebula_ca(), as_bytes(ca_bundle), 0644,
                               daemon::Overwrite::allow));
    JCA_TRY(daemon::write_file(paths_.nebula_certificate(),
                               as_bytes(bundle.certificates.at(ca::Kind::nebula)), 0644,
                               daemon::Overwrite::allow));
    return daemon::remove_file(paths_.request());
  }

  const EnrollOptions& options_;
  HostPaths paths_;
  enroll::InvitationToken token_;
  HostKeys keys_;
  ca::Authority authority_;
  Bytes sealed_;
  Digest digest_{};
};

Result<std::pair<enroll::Bundle, std::string>, Error> enroll_with(const EnrollOptions& options) {
  const auto timeout = duration_from_text(options.timeout);
  if (!timeout) return failed(Error::Code::usage, "--timeout: " + timeout.error().text());
  if (!options.endpoint.empty())
    if (const auto endpoint = transport::Endpoint::parse(options.endpoint); !endpoint)
      return failed(Error::Code::usage, "--endpoint: " + endpoint.error().text());
  JCA_ASSIGN(auto token, read_token(options.invitation));
  const HostPaths paths{options.dir};
  if (daemon::file_exists(paths.nebula_certificate()) && !daemon::file_exists(paths.request()) &&
      !options.force)
    return failed(options.dir + ": this host is enrolled already; --force enrols it anew");
  SystemRng rng;
  JCA_ASSIGN(auto keys, open_host_keys(paths, rng));
  Enrolment enrolment(options, std::move(token), std::move(keys));
  JCA_ASSIGN(auto bundle, enrolment.run(*timeout, rng));
  return std::pair(std::move(bundle), enrolment.authority().name);
}

}  // namespace

int enroll_host(const EnrollOptions& options) {
  const auto enrolled = enroll_with(options);
  if (!enrolled) return report(enrolled.error());
  const auto& [bundle, authority] = *enrolled;
  std::vector<std::string> networks, fingerprints;
  for (const ca::Prefix& prefix : bundle.networks) networks.push_back(prefix.text());
  const auto certificates = nebula::parse_certificates(bundle.certificates.at(ca::Kind::nebula));
  if (certificates)
    for (const nebula::Certificate& certificate : *certificates)
      fingerprints.push_back(to_hex(nebula::fingerprint(certificate)));
  if (options.json) {
    std::cout << Json{{"name", bundle.name},          {"networks", networks},
                      {"groups", bundle.groups},      {"not_after", to_rfc3339(bundle.not_after)},
                      {"fingerprints", fingerprints}, {"signers", bundle.signers},
                      {"authority", authority},       {"directory", options.dir}}
                     .dump()
              << '\n';
    return 0;
  }
  print_fields(std::cout, {{"name", bundle.name},
                           {"addresses", join(networks)},
                           {"groups", join(bundle.groups)},
                           {"expires", to_rfc3339(bundle.not_after) + " (" +
                                           distance(bundle.not_after, now()) + ")"},
                           {"fingerprints", join(fingerprints)},
                           {"signed by", join(bundle.signers) + " of " + authority},
                           {"files", options.dir + "/nebula/{ca.crt,host.crt,host.key}"}});
  return 0;
}

}  // namespace jointca::cli
