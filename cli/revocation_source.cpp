#include "cli/revocation_source.h"

#include "daemon/revocation_lists.h"
#include "machine/files.h"
#include "transport/http.h"

namespace jointca::cli {
namespace {

constexpr std::string_view https = "https://";
constexpr std::string_view path = "/v1/revocations";
constexpr std::chrono::seconds patience{30};

Unexpected<Error> misused(const std::string& place, const std::string& reason) {
  return failed(Error::Code::usage, place + ": " + reason);
}

Result<std::string, Error> fetch(const std::string& place, const ca::Authority& authority) {
  std::string_view address = std::string_view(place).substr(https.size());
  if (address.ends_with(path)) address.remove_suffix(path.size());
  if (address.ends_with('/')) address.remove_suffix(1);
  const auto endpoint = transport::Endpoint::parse(address);
  if (!endpoint) return misused(place, endpoint.error().text());
  for (const ca::Party& party : authority.parties) {
    const auto own = transport::Endpoint::parse(party.card.api);
    if (!own || *own != *endpoint) continue;
    JCA_ASSIGN(auto response, transport::https_call(*endpoint, party.card.identity,
                                                    {"GET", std::string(path), {}, {}}, patience));
    if (response.status == 404) return failed(place + ": there is no list of revocations yet");
    if (response.status != 200)
      return failed(place + ": HTTP status " + std::to_string(response.status));
    return std::move(response.body);
  }
  return misused(place, "no party of this authority has this address on its card");
}

}  // namespace

Result<ca::Revocations, Error> read_revocations(const std::string& place,
                                                const ca::Authority& authority, Time at,
                                                std::uint64_t number_min) {
  std::string document;
  if (place.starts_with(https)) {
    JCA_ASSIGN(document, fetch(place, authority));
  } else {
    JCA_ASSIGN(const Bytes bytes, machine::read_file(place, ca::signed_revocations_bytes_max));
    document = to_text(bytes);
  }
  auto list = daemon::verify_revocations(document, authority, at, number_min);
  if (!list) return failed(list.error().code, place + ": " + list.error().message);
  return list;
}

}  // namespace jointca::cli
