#include "daemon/log_routes.h"

namespace jointca::daemon {
namespace {

using transport::HttpResponse;

constexpr std::string_view own_prefix = "/log/";
constexpr std::string_view mirror_prefix = "/mirror/";
constexpr std::size_t hex_digest_size = 64;

const std::pair<std::string, std::string> any_origin{"Access-Control-Allow-Origin", "*"};

/// Without a caching header: what is missing now may be there in a second.
HttpResponse failure(unsigned status, std::string reason) {
  return {status, "text/plain; charset=utf-8", std::move(reason) + "\n", {any_origin}};
}

HttpResponse checkpoint(const LogStore& log) {
  auto note = log.cosigned_checkpoint();
  if (!note) return failure(500, "the checkpoint cannot be read");
  if (note->empty()) return failure(404, "the log is empty");
  return {200,
          "text/plain; charset=utf-8",
          *std::move(note),
          {any_origin, {"Cache-Control", "no-store"}}};
}

HttpResponse tile(const LogStore& log, std::string_view path) {
  const auto id = log::TileId::parse(path);
  if (!id) return failure(404, "no such resource: " + id.error().text());
  if (!log::has_tile(log.size(), *id)) return failure(404, "the log has not grown there yet");
  const auto bytes = log.tile(*id);
  if (!bytes) return failure(500, "the tile cannot be read");
  return {200,
          "application/octet-stream",
          to_text(*bytes),
          {any_origin, {"Cache-Control", "public, max-age=604800, immutable"}}};
}

HttpResponse file(const LogStore& log, std::string_view path) {
  return path == "checkpoint" ? checkpoint(log) : tile(log, path);
}

}  // namespace

std::optional<HttpResponse> LogRoutes::get(const transport::HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  std::string_view path = request.target;
  if (path.starts_with(own_prefix)) return file(own_, path.substr(own_prefix.size()));
  if (!path.starts_with(mirror_prefix)) return std::nullopt;
  path.remove_prefix(mirror_prefix.size());
  const std::string_view name = path.substr(0, hex_digest_size);
  const LogStore* mirrored = path.substr(name.size()).starts_with('/') ? mirror_(name) : nullptr;
  if (mirrored == nullptr) return failure(404, "no log of that name is mirrored here");
  return file(*mirrored, path.substr(name.size() + 1));
}

}  // namespace jointca::daemon
