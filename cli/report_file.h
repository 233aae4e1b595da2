// cli/report_file.h — long files, written as they are made, and there only when they are whole.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "base/error.h"

namespace jointca::cli {

/// Lets `write` fill a file beside `path`, makes it durable, and gives it its name: after a crash
/// there is the old file or the new. "-" is standard output.
[[nodiscard]] Result<Ok, Error> write_report(const std::string& path, bool overwrite,
                                             const std::function<void(std::ostream&)>& write);

}  // namespace jointca::cli
