#include "daemon/revocation_votes.h"

namespace jointca::daemon {

void RevocationVotes::add(std::uint16_t log, const log::RevokeEntry& entry) {
  if (entry.authority != authority_) return;
  const Voice voice{entry.reason, entry.time};
  Count& count = counts_[log];
  const auto add_to = [&](Voices& voices, std::size_t& counted) {
    if (!voices.emplace(log, voice).second) return;
    ++counted;
    ++changes_;
  };
  if (entry.host && count.asked < votes_per_party_max) add_to(hosts_[*entry.host], count.asked);
  for (const Digest& certificate : entry.certificates) {
    if (!entry.host) {
      if (count.asked >= votes_per_party_max) return;
      add_to(alone_[certificate], count.asked);
    }
    if (count.listed >= listed_per_party_max) return;
    add_to(certificates_[certificate], count.listed);
  }
}

}  // namespace jointca::daemon
