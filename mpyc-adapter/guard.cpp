// mpyc-adapter/guard.cpp — what the seat guard is told.
#include "mpyc-adapter/guard.h"

#include <nlohmann/json.hpp>

namespace jointca::mpyc {

std::string guard_settings(const Manifest& manifest) {
  using Json = nlohmann::ordered_json;
  Json seats = Json::array();
  for (const Seat& seat : manifest.seats)
    seats.push_back({{"name", seat.name}, {"address", seat.address.text()}});
  const Json json{{"mpyc", manifest.runtime.mpyc},
                  {"by", manifest.channel == Channel::tls ? "certificate" : "address"},
                  {"connect", manifest.deadlines.connect.count()},
                  {"idle", manifest.deadlines.idle.count()},
                  {"total", manifest.deadlines.total.count()},
                  {"seats", std::move(seats)}};
  return json.dump(2) + "\n";
}

}  // namespace jointca::mpyc
