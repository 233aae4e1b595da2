// tests/unit/transport/http_document_test.cpp — documents with an entity tag: who has one already
// is not sent it again, and all who are sent it share it.
#include <algorithm>

#include "tests/support/temp_dir.h"
#include "tests/unit/transport/support.h"
#include "transport/http.h"

namespace jointca::transport {
namespace {

using std::chrono::milliseconds;

/// One document, over TLS for clients, and over a socket on which a test speaks as it likes.
struct Library {
  explicit Library(const std::string& text) {
    document = std::make_shared<const HttpDocument>(HttpDocument{text, "tag-1"});
    REQUIRE(tls.listen({"127.0.0.1", 0}));
    REQUIRE(plain.listen(path));
    endpoint = {"127.0.0.1", tls.port()};
    background.emplace(context);
  }
  awaitable<HttpResponse> lend(HttpRequest request) {
    remotes.push_back(request.remote);
    CHECK(request.has_tag.empty());
    co_return HttpResponse{request.target == "/gone" ? 404U : 200U, "text/plain", {}, {}, document};
  }
  HttpHandler handler() {
    return [this](HttpRequest request) { return lend(std::move(request)); };
  }
  /// The answer to a request with these fields.
  [[nodiscard]] std::string say(const std::string& line, const std::string& fields) const {
    const RawClient client(path);
    client.send(line + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + fields + "\r\n");
    return client.receive();
  }

  std::shared_ptr<const HttpDocument> document;
  std::vector<std::string> remotes;
  test::TempDir directory;
  std::string path = directory.file("api.sock");
  boost::asio::io_context context{1};
  HttpsServer tls{context.get_executor(), test_identity(1), handler()};
  UnixHttpServer plain{context.get_executor(), handler()};
  Endpoint endpoint;
  std::optional<Background> background;
};

std::string tag_of(const HttpResponse& response) {
  const auto found = std::find_if(response.headers.begin(), response.headers.end(),
                                  [](const auto& field) { return field.first == "etag"; });
  return found == response.headers.end() ? "" : found->second;
}

TEST_CASE("a client that has a document is told so, on the same connection") {
  Library library("a document");
  HttpsClient client(library.endpoint, test_key(1).public_key());
  HttpRequest request{"GET", "/", {}, {}};
  for (const std::string& has : {"", "tag-2", "tag-1", "tag-1", "tag"}) {
    request.has_tag = has;
    const auto response = client.call(request, patience);
    REQUIRE(response);
    CHECK(response->status == (has == "tag-1" ? 304 : 200));
    CHECK(response->body == (has == "tag-1" ? "" : "a document"));
    CHECK(tag_of(*response) == "\"tag-1\"");
  }
  CHECK(std::count(library.remotes.begin(), library.remotes.end(), library.remotes.front()) == 5);
}

TEST_CASE("only what reads can be told that it has the document, and only if there is one") {
  Library library("a document");
  HttpRequest request{"POST", "/", {}, {}};
  request.has_tag = "tag-1";
  const auto posted = https_call(library.endpoint, test_key(1).public_key(), request, patience);
  REQUIRE(posted);
  CHECK(posted->status == 200);
  request.method = "GET";
  request.target = "/gone";
  const auto gone = https_call(library.endpoint, test_key(1).public_key(), request, patience);
  REQUIRE(gone);
  CHECK(gone->status == 404);
}

TEST_CASE("tags come in lists, weak, or as a star") {
  const Library library("a document");
  for (const std::string& tags : {R"("a", "tag-1")", R"("a",W/"tag-1","b")", R"("tag-1")", "*"}) {
    CHECK_THAT(library.say("GET /", "If-None-Match: " + tags + "\r\n"),
               Catch::StartsWith("HTTP/1.1 304 ") && !Catch::Contains("a document") &&
                   Catch::Contains("ETag: \"tag-1\""));
    CHECK_THAT(library.say("HEAD /", "If-None-Match: " + tags + "\r\n"),
               Catch::StartsWith("HTTP/1.1 304 "));
  }
  for (const std::string& tags : {R"("a")", "tag-1", R"("tag-12")", R"("*")", ""})
    CHECK_THAT(library.say("GET /", "If-None-Match: " + tags + "\r\n"),
               Catch::StartsWith("HTTP/1.1 200 ") && Catch::EndsWith("\r\n\r\na document"));
  CHECK_THAT(library.say("HEAD /", ""),
             Catch::Contains("Content-Length: 10") && !Catch::Contains("a document"));
}

TEST_CASE("a tag that breaks the line is not sent") {
  Library library("a document");
  for (const std::string& has : {"a\"b", "a\r\nb", "a b", "\x7f"}) {
    HttpRequest request{"GET", "/", {}, {}};
    request.has_tag = has;
    const auto response = https_call(library.endpoint, test_key(1).public_key(), request, patience);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == Error::Code::usage);
  }
  CHECK(library.remotes.empty());
}

TEST_CASE("readers that are slow share one copy of a document") {
  Library library(std::string(std::size_t{8} << 20, 'x'));
  const auto holders = [&] {
    long count = 0;
    library.background->on_thread([&] { count = library.document.use_count(); });
    return count;
  };
  const auto becomes = [&](long count) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (holders() != count && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(milliseconds(10));
    return holders() == count;
  };
  {
    std::vector<std::unique_ptr<RawClient>> readers;
    for (int i = 0; i < 5; ++i) {
      readers.push_back(std::make_unique<RawClient>(library.path));
      readers.back()->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    CHECK(becomes(1 + 5));
  }
  CHECK(becomes(1));
}

}  // namespace
}  // namespace jointca::transport
