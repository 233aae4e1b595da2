// daemon/items.h — from an approved host to the exact bytes that are signed for it, and back to
// certificates. The one place where `ca` meets the adapters.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ca/approve.h"
#include "nebula-adapter/issue.h"
#include "nebula-adapter/verify.h"

namespace jointca::daemon {

inline constexpr std::size_t items_per_host_max = 2;

/// "nebula-v1" or "nebula-v2", as in the log.
[[nodiscard]] std::string kind_of(nebula::Version version);
[[nodiscard]] std::optional<nebula::Version> version_of(const std::string& kind);

/// One certificate of a host.
struct Item {
  nebula::Version version;
  nebula::Details details;
  Bytes to_be_signed;

  [[nodiscard]] std::string kind() const { return kind_of(version); }
};

/// The certificates of an approved host, in a fixed order: version 1 if it has an IPv4 address,
/// version 2 if it has an IPv6 address. Every signer derives them itself. Applies the rules that
/// Nebula leaves to the CA; a violation refuses under "nebula.<rule>".
[[nodiscard]] Result<std::vector<Item>, ca::Refusal> items_of(const ca::Approved& approved,
                                                              const nebula::Certificate& ca);

/// The same for a coordinator, which signs nothing by it: it has to know the bytes to aggregate.
[[nodiscard]] Result<std::vector<Item>, ca::Refusal> expected_items(const ca::Proposal& proposal,
                                                                    const nebula::Certificate& ca);

/// How many items a host with these addresses has.
[[nodiscard]] std::size_t item_count(const std::vector<ca::Prefix>& networks);

/// The certificate, once the parties have signed. Fails unless it verifies under `pool` as
/// Nebula would verify it at `now`.
[[nodiscard]] Result<nebula::Certificate, Error> finished(const Item& item,
                                                          const SignatureBytes& signature,
                                                          const nebula::CaPool& pool, Time now);

/// What a set of certificates of one host says: the union of their networks. Fails if they differ
/// in name, key, groups or validity, or do not verify under `ca`.
[[nodiscard]] Result<ca::Subject, Error> subject_of(const std::string& certificates_pem,
                                                    const nebula::Certificate& ca,
                                                    const Digest& host_key);

}  // namespace jointca::daemon
