// transport/failure.cpp — error codes of sockets and TLS as sentences.
#include "transport/failure.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/error.hpp>
#include <openssl/ssl.h>

namespace jointca::transport {
namespace {

namespace asio = boost::asio;

/// TLS alerts that the other side sends when it does not like our certificate.
bool is_refused_identity(const boost::system::error_code& failure) {
  if (failure.category() != asio::error::get_ssl_category()) return false;
  switch (ERR_GET_REASON(static_cast<unsigned long>(failure.value()))) {
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

std::string explain(const boost::system::error_code& failure) {
  if (failure == asio::error::connection_refused)
    return "connection refused: is `jointca serve` running there?";
  if (failure == boost::system::errc::no_such_file_or_directory)
    return "there is no such socket: is `jointca serve` running for this directory?";
  if (failure == boost::system::errc::permission_denied)
    return "permission denied: only the user who runs `jointca serve` may connect";
  if (failure == asio::error::timed_out || failure == boost::beast::error::timeout)
    return "no answer in time: is the address right, and does a firewall let it through?";
  if (failure == asio::error::host_not_found || failure == asio::error::host_not_found_try_again ||
      failure == asio::error::no_data)
    return "the host name does not resolve: is it spelt right?";
  if (failure == asio::error::network_unreachable || failure == asio::error::host_unreachable)
    return "no route to it: is the network up?";
  if (is_refused_identity(failure))
    return "it refuses our identity key: does its party list contain this party's card?";
  if (failure == asio::error::eof || failure == asio::error::connection_reset ||
      failure == asio::error::broken_pipe || failure == asio::ssl::error::stream_truncated)
    return "it closed the connection: its log says why";
  if (failure.category() == asio::error::get_ssl_category())
    return "TLS failed (" + failure.message() + "): is that port jointca's?";
  return failure.message();
}

}  // namespace

Error unreachable(const std::string& where, const std::string& what) {
  return {Error::Code::unreachable, where + ": " + what};
}

Error unreachable(const std::string& where, const boost::system::error_code& failure) {
  return unreachable(where, explain(failure));
}

Error wrong_key(const std::string& where, const PublicKey& pin) {
  return {Error::Code::verification,
          where + ": it holds another key than the pinned " + to_hex(pin.bytes) +
              ": is the address right, and is this party's card up to date?"};
}

Error cannot_listen(const std::string& where, const boost::system::error_code& failure) {
  std::string hint;
  if (failure == asio::error::address_in_use) hint = ": is another `jointca serve` running?";
  if (failure == boost::system::errc::address_not_available)
    hint = ": the address must belong to this machine";
  if (failure == asio::error::access_denied) hint = ": ports below 1024 need a privilege";
  return {Error::Code::failed, "cannot listen on " + where + ": " + failure.message() + hint};
}

}  // namespace jointca::transport
