#include "cli/log_source.h"

#include <filesystem>

#include "machine/files.h"
#include "transport/http.h"

namespace jointca::cli {
namespace {

constexpr std::string_view https = "https://";
constexpr std::chrono::seconds patience{30};

class Directory final : public audit::LogSource {
 public:
  explicit Directory(std::string path) : path_(std::move(path)) {}

  Result<bool, Error> read(const std::string& path, std::size_t bytes_max,
                           Bytes& content) override {
    constexpr std::string_view own = "log/";
    const std::string file = path_ + "/" + (path.starts_with(own) ? path.substr(own.size()) : path);
    return machine::read_file(file, bytes_max, content);
  }
  [[nodiscard]] std::string where() const override { return path_; }
  [[nodiscard]] bool is_live() const override { return false; }
  [[nodiscard]] bool should_mirror() const override {
    return machine::file_exists(path_ + "/mirror");
  }

 private:
  std::string path_;
};

class Server final : public audit::LogSource {
 public:
  Server(transport::Endpoint endpoint, const PublicKey& identity)
      : where_(std::string(https) + endpoint.text()), client_(std::move(endpoint), identity) {}

  Result<bool, Error> read(const std::string& path, std::size_t bytes_max,
                           Bytes& content) override {
    if (down_) return Unexpected{*down_};
    const auto response = client_.call({"GET", "/" + path, {}, {}}, patience);
    if (!response) {
      // Who is not there, or not who it should be, is not asked for every file.
      if (response.error().code != Error::Code::failed) down_ = as_unreachable(response.error());
      return Unexpected{down_.value_or(response.error())};
    }
    if (response->status == 404) return false;
    if (response->status != 200)
      return failed(where_ + "/" + path + ": HTTP status " + std::to_string(response->status));
    if (response->body.size() > bytes_max) return failed(where_ + "/" + path + ": too long");
    content = to_bytes(as_bytes(response->body));
    return true;
  }
  [[nodiscard]] std::string where() const override { return where_; }
  [[nodiscard]] bool is_live() const override { return true; }
  [[nodiscard]] bool should_mirror() const override { return true; }

 private:
  /// To the audit, `verification` would mean that a party's own words do not hold.
  static Error as_unreachable(Error error) {
    error.code = Error::Code::unreachable;
    return error;
  }

  std::string where_;
  transport::HttpsClient client_;
  std::optional<Error> down_;
};

}  // namespace

Result<std::unique_ptr<audit::LogSource>, Error> open_log_source(const std::string& place,
                                                                 const ca::Party& party) {
  if (!place.starts_with(https)) {
    std::error_code problem;
    if (!std::filesystem::is_directory(place, problem))
      return failed(Error::Code::usage,
                    place + ": neither a directory nor an address that begins with https://");
    return std::unique_ptr<audit::LogSource>(std::make_unique<Directory>(place));
  }
  std::string_view address = std::string_view(place).substr(https.size());
  if (address.ends_with('/')) address.remove_suffix(1);
  auto endpoint = transport::Endpoint::parse(address);
  if (!endpoint) return failed(Error::Code::usage, place + ": " + endpoint.error().text());
  return std::unique_ptr<audit::LogSource>(
      std::make_unique<Server>(*std::move(endpoint), party.card.identity));
}

}  // namespace jointca::cli
