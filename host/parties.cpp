#include "host/parties.h"

#include "base/json_fields.h"
#include "base/text.h"
#include "base/utf8.h"
#include "daemon/authority_check.h"

namespace jointca::host {
namespace {

constexpr std::size_t answer_bytes_max = 64 * 1024;

}  // namespace

std::vector<enroll::PartyAddress> addresses_of(const ca::Authority& authority) {
  std::vector<enroll::PartyAddress> addresses;
  for (const ca::Party& party : authority.parties)
    addresses.push_back({party.card.api, party.card.identity});
  return addresses;
}

Result<transport::HttpResponse, Error> Calls::call(const enroll::PartyAddress& party,
                                                   const transport::HttpRequest& request,
                                                   std::chrono::milliseconds timeout) {
  if (const auto silent = silent_.find(party.identity); silent != silent_.end())
    return Unexpected{silent->second};
  const ca::Party* known = authority_.party(party.identity);
  const std::string at = known == nullptr ? "" : known->card.name + " at ";
  const auto endpoint = transport::Endpoint::parse(party.endpoint);
  if (!endpoint) return failed(at + party.endpoint + ": " + endpoint.error().text());
  auto& client = clients_.try_emplace({party.identity, party.endpoint}, *endpoint, party.identity)
                     .first->second;
  auto response = client.call(request, timeout);
  if (response) {
    answered_.insert(party.identity);
    return response;
  }
  Error error{response.error().code, at + response.error().message};
  if (error.code == Error::Code::unreachable) silent_.emplace(party.identity, error);
  return Unexpected{std::move(error)};
}

Silent Calls::silent() const {
  Silent out = silent_;
  for (const PublicKey& party : answered_) out.erase(party);
  return out;
}

Result<ca::Authority, Error> fetch_authority(const std::vector<enroll::PartyAddress>& parties,
                                             const Digest& id) {
  std::string problems;
  const ca::Authority unknown;
  Calls calls(unknown);
  for (const enroll::PartyAddress& party : parties) {
    const auto response = calls.call(party, {"GET", "/v1/authority", {}, {}}, fetch_timeout);
    std::string problem;
    if (!response) {
      problem = response.error().message;
    } else if (auto authority = daemon::checked_authority(response->body); !authority) {
      problem = party.endpoint + ": " + authority.error().message;
    } else if (authority->id != id) {
      problem = party.endpoint + ": not the authority that was asked for";
    } else {
      return *std::move(authority);
    }
    problems += "\n  " + problem;
  }
  return failed(Error::Code::unreachable, "no party answers:" + problems);
}

ApiError api_error(const transport::HttpResponse& response) {
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

}  // namespace jointca::host
