// bench/overlays/fabric.cpp — when a packet arrives, if it does.
#include "bench/overlays/fabric.h"

#include <cmath>
#include <numbers>
#include <tuple>

#include "base/assert.h"

namespace jointca::overlays {

namespace {

// The standard's distributions may differ between libraries; these do not.
double uniform(std::mt19937_64& random) {
  return std::ldexp(static_cast<double>(random() >> 11U), -53);
}

/// Box and Muller; 1 − u is never zero.
double normal(std::mt19937_64& random) {
  const double radius = std::sqrt(-2 * std::log(1 - uniform(random)));
  return radius * std::cos(2 * std::numbers::pi * uniform(random));
}

std::mt19937_64 generator(std::uint64_t seed, std::size_t line) {
  std::seed_seq mixed{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U),
                      static_cast<std::uint32_t>(line)};
  return std::mt19937_64(mixed);
}

}  // namespace

Fabric::Fabric(std::size_t machines, std::vector<Path> paths, std::uint64_t seed)
    : machines_(machines) {
  JCA_ASSERT(machines <= machines_max && paths.size() == machines * machines);
  lines_.reserve(paths.size());
  for (const Path& path : paths) lines_.push_back({path, generator(seed, lines_.size())});
}

bool Fabric::later(const Held& a, const Held& b) {
  return std::tie(a.due, a.number) > std::tie(b.due, b.number);
}

Instant Fabric::arrival(Line& line, std::size_t bytes, Instant now) {
  Instant sent = now;
  if (line.path.rate_bits != 0) {
    const double seconds =
        8.0 * static_cast<double>(bytes) / static_cast<double>(line.path.rate_bits);
    sent = std::max(now, line.sent) + Instant(std::llround(seconds * 1e9));
    line.sent = sent;
  }
  Instant under_way = line.path.delay;
  if (line.path.jitter.count() != 0) {
    const double deviation = 1e3 * static_cast<double>(line.path.jitter.count());
    under_way += Instant(std::llround(deviation * normal(line.random)));
  }
  Instant due = sent + std::max(Instant(0), under_way);
  if (!line.path.reorder) due = std::max(due, line.last_due);
  line.last_due = due;
  return due;
}

Fate Fabric::accept(std::size_t from, std::size_t to, Bytes packet, Instant now) {
  JCA_ASSERT(from < machines_ && to < machines_ && from != to);
  JCA_ASSERT(!packet.empty() && packet.size() <= packet_bytes_max);
  const std::size_t number = from * machines_ + to;
  Line& line = lines_[number];
  if (line.path.loss_ppm != 0 && uniform(line.random) * 1e6 < line.path.loss_ppm) {
    ++line.counts.lost;
    return Fate::lost;
  }
  if (line.held >= line.path.queue_packets || packet.size() > held_bytes_max - held_bytes_) {
    ++line.counts.overflowed;
    return Fate::overflowed;
  }
  const Instant due = arrival(line, packet.size(), now);
  ++line.held;
  ++line.counts.packets;
  line.counts.bytes += packet.size();
  held_bytes_ += packet.size();
  heap_.push_back({due, accepted_++, number, std::move(packet)});
  std::push_heap(heap_.begin(), heap_.end(), later);
  return Fate::accepted;
}

std::optional<Instant> Fabric::next_due() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().due;
}

std::optional<Delivery> Fabric::take(Instant now) {
  if (heap_.empty() || heap_.front().due > now) return std::nullopt;
  std::pop_heap(heap_.begin(), heap_.end(), later);
  Held held = std::move(heap_.back());
  heap_.pop_back();
  --lines_[held.line].held;
  held_bytes_ -= held.packet.size();
  return Delivery{held.line % machines_, held.due, std::move(held.packet)};
}

const PathCounts& Fabric::counts(std::size_t from, std::size_t to) const {
  JCA_ASSERT(from < machines_ && to < machines_);
  return lines_[from * machines_ + to].counts;
}

}  // namespace jointca::overlays
