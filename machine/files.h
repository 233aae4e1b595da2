// machine/files.h — reading and durably writing small files.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace jointca::machine {

/// The whole file, at most `bytes_max` bytes. "-" is standard input.
[[nodiscard]] Result<Bytes, Error> read_file(const std::string& path, std::size_t bytes_max);
/// The same into `content`, whose memory is used again. False if there is no such file.
[[nodiscard]] Result<bool, Error> read_file(const std::string& path, std::size_t bytes_max,
                                            Bytes& content);

enum class Overwrite { refuse, allow };

/// Writes to a temporary file beside `path`, fsyncs it, renames it and fsyncs the directory: after
/// a crash there is the old content or the new, whole. `mode` is the permission bits.
[[nodiscard]] Result<Ok, Error> write_file(const std::string& path, BytesView content,
                                           unsigned mode, Overwrite overwrite);

/// Makes the directory with mode 0700 if it is missing; refuses one that others may enter.
[[nodiscard]] Result<Ok, Error> make_private_directory(const std::string& path);

/// Renames, replacing what is at `to` in the same directory, and fsyncs the directory.
[[nodiscard]] Result<Ok, Error> move_file(const std::string& from, const std::string& to);

/// Makes the directory with these permission bits if it is missing, durably; its parent must exist.
[[nodiscard]] Result<Ok, Error> make_directory(const std::string& path, unsigned mode);

/// Makes `path` a symbolic link to `target`, whatever it was before, in one step and durably. Fails
/// on a directory.
[[nodiscard]] Result<Ok, Error> write_link(const std::string& target, const std::string& path);
/// Where the symbolic link leads, as it is written; nothing for other files and for none.
[[nodiscard]] std::optional<std::string> read_link(const std::string& path);

[[nodiscard]] bool file_exists(const std::string& path);
[[nodiscard]] Result<Ok, Error> remove_file(const std::string& path);

}  // namespace jointca::machine
