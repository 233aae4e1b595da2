// ca/registry.h — what a party remembers, as far as approve() asks for it. The daemon's store
// implements it; the answers of one decision must come from one consistent state.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ca/subject.h"
#include "crypto/signing_key.h"

namespace jointca::ca {

/// A host whose name or address is taken: an intent or certificate that is neither expired nor
/// revoked.
struct Holder {
  PublicKey host_identity;
  std::string name;
  Time until;  ///< end of the last certificate
};

/// What the operator said, once and for all, about an invitation or a request.
struct OperatorDecision {
  bool approved = false;
  std::string reason;  ///< of a denial
};

/// The terms under which a request is on record.
struct Record {
  Subject subject;
  bool own = false;       ///< this party approved and logged them itself
  bool issued = false;    ///< there are certificates
  PublicKey voucher{};    ///< Proposal::voucher.invitation_key
  bool proposed = false;  ///< approved, but not logged yet: it may come to nothing
};

/// Whether a name is, or ever was, another's: not at all; by what was approved, but not logged yet
/// and may come to nothing; or for good.
enum class Claim { none, proposed, sure };

class Registry {
 public:
  virtual ~Registry() = default;

  /// A host other than `except` that holds this name at `at`; `name` is in the form of name_key().
  [[nodiscard]] virtual std::optional<Holder> name_holder(const std::string& name, Time at,
                                                          const PublicKey& except) const = 0;
  /// A host other than `except` that holds this address at `at`.
  [[nodiscard]] virtual std::optional<Holder> address_holder(const IpAddress& address, Time at,
                                                             const PublicKey& except) const = 0;
  /// What this party knows of the request already, under its digest.
  [[nodiscard]] virtual std::optional<Record> recorded(const Digest& request) const = 0;
  /// How many different requests, `except` left out, hold a use of the invitation at `at`: those
  /// with certificates, and intents whose terms have not passed. Renewals use nothing up.
  [[nodiscard]] virtual std::uint64_t invitation_uses(const PublicKey& invitation_key,
                                                      const Digest& except, Time at) const = 0;
  /// What the host has under the invitation, and until when: the newest certificates that have not
  /// ended at `at` and that surely exist. A renewal is for the same addresses.
  [[nodiscard]] virtual std::optional<Subject> enrolled(const PublicKey& host_identity,
                                                        const PublicKey& invitation_key,
                                                        Time at) const = 0;
  /// What the host surely has at `at`, under any invitation.
  [[nodiscard]] virtual std::vector<Subject> held_by(const PublicKey& host_identity,
                                                     Time at) const = 0;
  /// Whether anyone but `except` ever had this name, in the form of name_key(), as far as it surely
  /// exists.
  [[nodiscard]] virtual Claim claim_on(const std::string& name, const PublicKey& except) const = 0;
  /// How many requests of the host, `except` left out, this party approved or saw issued at or
  /// after `since`.
  [[nodiscard]] virtual std::uint64_t requests_since(const PublicKey& host_identity, Time since,
                                                     const Digest& except) const = 0;
  /// The operator's decision on `id`: the digest of an invitation or of a request.
  [[nodiscard]] virtual std::optional<OperatorDecision> decision(const Digest& id) const = 0;
  /// How many requests this party approved at or after `since`: under the named rule, or under any
  /// but sessions_rule if `rule` is empty.
  [[nodiscard]] virtual std::uint64_t approvals_since(Time since,
                                                      const std::string& rule) const = 0;
  /// How many sessions in which the host with this identity has a seat this party approved at or
  /// after `since`.
  [[nodiscard]] virtual std::uint64_t sessions_since(const PublicKey& member, Time since) const = 0;
  /// Whether the host was revoked: it gets nothing any more.
  [[nodiscard]] virtual bool is_revoked(const PublicKey& host_identity) const = 0;

 protected:
  Registry() = default;
  Registry(const Registry&) = default;
  Registry& operator=(const Registry&) = default;
};

}  // namespace jointca::ca
