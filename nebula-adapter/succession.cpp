#include "nebula-adapter/succession.h"

#include "nebula-adapter/pem.h"

namespace jointca::nebula {
namespace {

constexpr int lead_fraction = 16;

/// Whether they are the same CA but for when they are valid, and there is no gap between them.
bool follows(const Details& next, const Details& before) {
  Details same = before;
  same.not_before = next.not_before;
  same.not_after = next.not_after;
  return next == same && before.not_before >= 0 && next.not_before > before.not_before &&
         next.not_before <= before.not_after && next.not_after > before.not_after &&
         next.not_after <= unix_seconds_max;
}

}  // namespace

Validity validity_in_succession(Time start, Duration valid, unsigned number) {
  const Time begin = start + valid / 2 * static_cast<std::int64_t>(number);
  return {begin, begin + valid};
}

Parsed<Succession> Succession::from_pem(const std::vector<std::string>& texts) {
  Succession made;
  for (const std::string& text : texts) {
    JCA_ASSIGN(auto certificates, parse_certificates(text));
    if (certificates.size() != 1) return malformed("ca_certificates", "not one certificate");
    Certificate& certificate = certificates.front();
    if (!made.certificates_.empty() &&
        !follows(certificate.details, made.certificates_.back().details))
      return malformed("ca_certificates", "one does not continue the one before");
    if (const auto added = made.pool_.add(certificate); !added)
      return malformed("ca_certificates", added.error().reason);
    made.certificates_.push_back(std::move(certificate));
  }
  if (made.certificates_.empty()) return malformed("ca_certificates", "none");
  return made;
}

Time Succession::turn_of(std::size_t number) const {
  const Details& details = certificates_.at(number).details;
  const std::int64_t lead =
      number == 0 ? 0 : (details.not_after - details.not_before) / lead_fraction;
  return time_from_unix(details.not_before + lead);
}

const Certificate& Succession::issuing_at(Time not_before) const {
  std::size_t newest = 0;
  for (std::size_t i = 1; i < certificates_.size(); ++i)
    if (turn_of(i) <= not_before) newest = i;
  return certificates_[newest];
}

std::string Succession::trusted_at(Time now) const {
  std::string text;
  for (const Certificate& certificate : certificates_) {
    const Details& details = certificate.details;
    if (details.not_before <= unix_seconds(now) && unix_seconds(now) <= details.not_after)
      text += to_pem(certificate);
  }
  return text.empty() ? to_pem(issuing_at(now)) : text;
}

Time Succession::not_before() const {
  return time_from_unix(certificates_.front().details.not_before);
}

Time Succession::not_after() const {
  return time_from_unix(certificates_.back().details.not_after);
}

}  // namespace jointca::nebula
