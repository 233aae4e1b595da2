#include "daemon/revocation_lists.h"

#include <algorithm>

#include <soci/soci.h>

#include "crypto/hash.h"
#include "daemon/store.h"
#include "threshold/frost/purpose.h"

namespace jointca::daemon {
namespace {

Result<ca::Revocations, Error> open_document(std::string_view document, const Digest& authority,
                                             const PublicKey& key) {
  const auto parsed = ca::parse_signed_revocations(document);
  if (!parsed) return failed(Error::Code::verification, parsed.error().text());
  return ca::open_revocations(*parsed, authority, key);
}

}  // namespace

Result<PublicKey, Error> revocations_key(const ca::Authority& authority) {
  const auto* ed25519 = std::get_if<PublicKey>(&authority.group_public_key);
  if (ed25519 == nullptr)
    return failed(Error::Code::refused, "nothing is revoked under a key of " + authority.scheme +
                                            " in this version: it issues nothing");
  const auto group = Point::parse(ed25519->bytes);
  if (!group) return failed(Error::Code::verification, "group_public_key: " + group.error().text());
  return frost::derive(*group, ca::revocations_purpose).public_key.public_key();
}

Result<ca::Revocations, Error> verify_revocations(std::string_view document,
                                                  const ca::Authority& authority, Time now,
                                                  std::uint64_t number_min) {
  JCA_ASSIGN(const PublicKey key, revocations_key(authority));
  JCA_ASSIGN(auto list, open_document(document, authority.id, key));
  if (list.number < number_min)
    return failed(Error::Code::verification, "the list of revocations has number " +
                                                 std::to_string(list.number) + ", and " +
                                                 std::to_string(number_min) + " was seen already");
  if (!ca::is_fresh(list, now))
    return failed(Error::Code::verification, "the list of revocations holds from " +
                                                 to_rfc3339(list.this_update) + " to " +
                                                 to_rfc3339(list.next_update) + ", not now");
  return list;
}

Result<std::unique_ptr<RevocationLists>, Error> RevocationLists::open(const Member& member,
                                                                      Store& store) {
  JCA_ASSIGN(const PublicKey key, revocations_key(member.authority));
  std::unique_ptr<RevocationLists> lists(new RevocationLists(member.authority.id, key, store));
  long long spent = 0;
  JCA_TRY(store.read([&](soci::session& sql) {
    sql << "select coalesce(max(number), 0) from spent_list", soci::into(spent);
    sql << "select document from revocation_list order by number desc limit 1",
        soci::into(lists->document_);
  }));
  lists->spent_ = static_cast<std::uint64_t>(spent);
  if (!lists->document_.empty()) {
    auto list = open_document(lists->document_, member.authority.id, key);
    if (!list) return failed("table revocation_list: " + list.error().message);
    lists->newest_ = *std::move(list);
    lists->digest_ = sha256(as_bytes(lists->document_));
  }
  return lists;
}

std::uint64_t RevocationLists::number() const {
  return std::max(spent_, newest_ ? newest_->number : 0);
}

Result<bool, Error> RevocationLists::adopt(const std::string& document) {
  if (document == document_) return false;
  JCA_ASSIGN(auto list, open_document(document, authority_, key_));
  if (newest_ && list.number <= newest_->number)
    return failed(Error::Code::verification, "list " + std::to_string(list.number) +
                                                 " is not newer than list " +
                                                 std::to_string(newest_->number));
  const long long number = static_cast<long long>(list.number);
  JCA_TRY(store_.transact([&](soci::session& sql) {
    sql << "delete from revocation_list";
    sql << "insert into revocation_list (number, document) values (:n, :d)", soci::use(number),
        soci::use(document);
  }));
  newest_ = std::move(list);
  document_ = document;
  digest_ = sha256(as_bytes(document));
  return true;
}

Result<Ok, Error> RevocationLists::spend(std::uint64_t number, Time now) {
  if (number <= this->number() || number > ca::revocations_number_max)
    return failed("list " + std::to_string(number) + " was signed or seen already");
  const long long spent = static_cast<long long>(number), made = unix_seconds(now);
  JCA_TRY(store_.transact([&](soci::session& sql) {
    sql << "delete from spent_list";
    sql << "insert into spent_list (number, made) values (:n, :m)", soci::use(spent),
        soci::use(made);
  }));
  spent_ = number;
  return Ok{};
}

}  // namespace jointca::daemon
