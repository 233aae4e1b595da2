// threshold/cggmp24/presign/faults.h — how the rounds of presigning collect what is wrong.
#pragma once

#include "threshold/cggmp24/presign/history.h"

namespace jointca::cggmp24::presign {

/// The faults of one round: of each party the first.
class Faults {
 public:
  Faults(const History& history, std::string reason, std::vector<Exhibit> exhibits)
      : history_(history), exhibits_(std::move(exhibits)), blame_{std::move(reason), {}} {}

  /// What `check()`, returning Checked, says of a party's messages, if they are of our view.
  template <class Check>
  void look_at(Identifier party, bool same_view, std::string_view view_check, const Check& check) {
    JCA_ASSERT(history_.setup().signers.contains(party));
    if (!same_view) {
      blame_.faults.push_back(local_fault(party, view_check));
    } else if (const Checked checked = check(); !checked) {
      blame_.faults.push_back(proven_fault(party, checked.error(), exhibits_));
    }
  }

  [[nodiscard]] bool none() const { return blame_.faults.empty(); }
  [[nodiscard]] Unexpected<Blame> take() && {
    blame_.inputs = history_.inputs();
    return {std::move(blame_)};
  }

 private:
  const History& history_;
  std::vector<Exhibit> exhibits_;
  Blame blame_;
};

}  // namespace jointca::cggmp24::presign
