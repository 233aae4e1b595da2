#include "daemon/ca_bundle.h"

#include "daemon/authority_check.h"
#include "machine/files.h"
#include "nebula-adapter/pem.h"

namespace jointca::daemon {

Result<Ok, Error> write_ca_bundle(const std::string& path, const ca::Authority& authority,
                                  Time now) {
  const std::string bundle = succession_of(authority).trusted_at(now);
  if (const auto there = machine::read_file(path, nebula::pem_file_bytes_max);
      there && to_text(*there) == bundle)
    return Ok{};
  return machine::write_file(path, as_bytes(bundle), 0644, machine::Overwrite::allow);
}

}  // namespace jointca::daemon
