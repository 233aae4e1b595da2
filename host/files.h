// host/files.h — a host's directory: which file is what, the keys in it, and what it was enrolled
// with.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crypto/x25519.h"
#include "enroll/request.h"

namespace jointca {
class Rng;
}

namespace jointca::host {

/// The files under a host's DIR.
struct Paths {
  std::string dir;

  [[nodiscard]] std::string identity() const { return dir + "/identity.key"; }
  [[nodiscard]] std::string authority() const { return dir + "/authority.json"; }
  [[nodiscard]] std::string settings() const { return dir + "/host.json"; }
  [[nodiscard]] std::string status() const { return dir + "/status.json"; }
  [[nodiscard]] std::string metrics() const { return dir + "/metrics.prom"; }
  /// Of an enrolment or renewal that is under way.
  [[nodiscard]] std::string enrolment() const { return dir + "/enroll.request"; }
  [[nodiscard]] std::string renewal() const { return dir + "/renew.request"; }
  [[nodiscard]] std::string proofs() const { return dir + "/proofs"; }
  [[nodiscard]] std::string revocations() const { return dir + "/revocations.json"; }
  [[nodiscard]] std::string nebula() const { return dir + "/nebula"; }
  [[nodiscard]] std::string nebula_ca() const { return nebula() + "/ca.crt"; }
  [[nodiscard]] std::string nebula_certificate() const { return nebula() + "/host.crt"; }
  [[nodiscard]] std::string lighthouse() const { return nebula() + "/lighthouse.jws"; }
  /// Those of all live lighthouses, as fetched.
  [[nodiscard]] std::string lighthouses() const { return nebula() + "/lighthouses.json"; }
  [[nodiscard]] std::string wireguard() const { return dir + "/wireguard"; }
  [[nodiscard]] std::string binding() const { return wireguard() + "/binding.jws"; }
  /// Those of all live hosts, as fetched.
  [[nodiscard]] std::string bindings() const { return wireguard() + "/bindings.json"; }
  [[nodiscard]] std::string x509() const { return dir + "/x509"; }
  [[nodiscard]] std::string x509_ca() const { return x509() + "/ca.crt"; }
  [[nodiscard]] std::string x509_certificate() const { return x509() + "/host.crt"; }
  /// The key of this host's seat in a session of MPyC, for TLS.
  [[nodiscard]] std::string sessions() const { return dir + "/sessions"; }
  [[nodiscard]] std::string session(const std::string& id) const { return sessions() + "/" + id; }
  [[nodiscard]] std::string seat_key(const std::string& id) const {
    return session(id) + "/seat.key";
  }
  /// What running it makes, written before it is made; nothing is there without it.
  [[nodiscard]] std::string session_journal(const std::string& id) const {
    return session(id) + "/journal.json";
  }
  /// Where its program runs; gone when it has ended.
  [[nodiscard]] std::string session_folder(const std::string& id) const {
    return session(id) + "/run";
  }
  /// How it went the last time.
  [[nodiscard]] std::string session_receipt(const std::string& id) const {
    return session(id) + "/receipt.json";
  }
  /// That the parties have logged its grant.
  [[nodiscard]] std::string session_proofs(const std::string& id) const {
    return session(id) + "/proofs";
  }
  /// Where a kind has its files.
  [[nodiscard]] std::string directory(ca::Kind kind) const;
  /// What was issued for a kind: host.crt, or binding.jws.
  [[nodiscard]] std::string issued(ca::Kind kind) const;
  /// nebula/host.key in Nebula's form, wireguard/private.key in that of `wg`, x509/host.key in
  /// PKCS #8.
  [[nodiscard]] std::string key(ca::Kind kind) const;
  /// The key of a renewal that is under way and replaces it.
  [[nodiscard]] std::string next_key(ca::Kind kind) const { return key(kind) + ".next"; }
};

/// A key that is certified: Ed25519 for X.509, X25519 for the overlays.
using PrivateKey = std::variant<X25519Key, SigningKey>;
[[nodiscard]] Digest public_key(const PrivateKey& key);

/// The private keys of a host.
struct Keys : MoveOnly {
  explicit Keys(SigningKey the_identity) : identity(std::move(the_identity)) {}

  SigningKey identity;
  std::map<ca::Kind, PrivateKey> by_kind;

  /// Borrowed, for a request: of an enrolment if there is an invitation's key.
  [[nodiscard]] enroll::RequestKeys request_keys(const SigningKey* invitation) const;
};

/// The keys in the directory for these kinds; the directory is made if it is missing, and each key
/// generated on first use. The first Nebula key is copied from the file `given`, if there is one; a
/// later call with another key fails. All local paths are proven writable by this, before any
/// invitation is used.
[[nodiscard]] Result<Keys, Error> open_keys(const Paths& paths, const std::vector<ca::Kind>& kinds,
                                            const std::optional<std::string>& given, Rng& rng);

/// One of the key files.
[[nodiscard]] Result<PrivateKey, Error> read_key(ca::Kind kind, const std::string& path);

/// The identity key of an enrolled host.
[[nodiscard]] Result<SigningKey, Error> read_identity(const Paths& paths);
/// The key of a seat; made, with its directory, on first use.
[[nodiscard]] Result<SigningKey, Error> open_seat_key(const Paths& paths, const std::string& id,
                                                      Rng& rng);

/// The keys with which those in the directory are to be replaced; generated on first use.
[[nodiscard]] Result<Keys, Error> open_next_keys(const Paths& paths,
                                                 const std::vector<ca::Kind>& kinds, Rng& rng);

/// What an enrolment was for, kept for renewals. The same at every renewal.
struct Settings {
  enroll::Invitation invitation;
  std::vector<ca::Kind> kinds;
  enroll::Endpoints endpoints;
  bool lighthouse = false;
};
[[nodiscard]] Result<Settings, Error> read_settings(const Paths& paths);
[[nodiscard]] Result<Ok, Error> write_settings(const Paths& paths, const Settings& settings);

}  // namespace jointca::host
