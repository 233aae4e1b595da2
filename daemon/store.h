// daemon/store.h — the party's database: one SQLite file through SOCI, transactions, nothing else.
//
// WAL with synchronous=FULL: when commit() returns, the transaction is on the disk. One process
// holds the file (daemon/state_dir.h locks the directory), one thread uses it. Binary values are
// stored as lower-case hexadecimal or base64 text, so that `sqlite3 state.db` can be read.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"

namespace soci {
class session;
}

namespace jointca::daemon {

class Store {
 public:
  /// Opens or creates the file and brings its schema up to date.
  static Result<std::unique_ptr<Store>, Error> open(const std::string& path);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();

  /// Runs `work` in one transaction and commits it durably. If anything in it fails, nothing of it
  /// has happened and the reason is returned. `work` may use only the session given to it.
  Result<Ok, Error> transact(const std::function<void(soci::session&)>& work);
  /// Runs `work` outside a transaction, for reading.
  Result<Ok, Error> read(const std::function<void(soci::session&)>& work);

 private:
  explicit Store(std::unique_ptr<soci::session> sql);

  std::unique_ptr<soci::session> sql_;
};

}  // namespace jointca::daemon
