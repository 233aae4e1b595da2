// daemon/witness_client.h — asks outside witnesses to cosign this party's log, whenever it has
// grown (https://c2sp.org/tlog-witness, add-checkpoint).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/log_store.h"
#include "log/witness_policy.h"
#include "transport/web_client.h"

namespace jointca::daemon {

/// What `status` shows of one witness.
struct WitnessState {
  std::string name;
  std::uint64_t size = 0;  ///< of our log, as it cosigned it last
  std::string problem;     ///< empty while it answers as it should
};

class WitnessClient {
 public:
  /// `notice` hears of each change between "cosigns" and "does not", once.
  WitnessClient(transport::any_io_executor executor, Store& store, const LogStore& own,
                std::function<void(const std::string&)> notice);
  WitnessClient(const WitnessClient&) = delete;
  WitnessClient& operator=(const WitnessClient&) = delete;
  ~WitnessClient();

  /// Asks these from now on, those that have a URL. Fails, and changes nothing, if a URL is not
  /// one.
  Result<Ok, Error> set_witnesses(const std::vector<log::PolicyWitness>& witnesses);

  [[nodiscard]] std::vector<WitnessState> states() const;

 private:
  struct Followed;
  transport::awaitable<void> follow(std::shared_ptr<Followed> witness);
  transport::awaitable<Result<Ok, Error>> update(std::shared_ptr<Followed> witness);
  /// Verifies the answer to the checkpoint of `size` and keeps its cosignature.
  Result<Ok, Error> keep(Followed& witness, std::uint64_t size, const std::string& note,
                         const std::string& lines);
  void report(Followed& witness, const Result<Ok, Error>& outcome) const;

  Store& store_;
  const LogStore& own_;
  std::function<void(const std::string&)> notice_;
  transport::WebClient web_;
  std::vector<std::shared_ptr<Followed>> witnesses_;
  transport::Tasks tasks_;
};

}  // namespace jointca::daemon
