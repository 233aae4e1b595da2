#include "host/session_folder.h"

#include <algorithm>
#include <filesystem>

#include "machine/files.h"
#include "mpyc-adapter/guard.h"
#include "x509-adapter/key_file.h"

namespace jointca::host {
namespace {

namespace fs = std::filesystem;
using mpyc::Check;
using mpyc::Manifest;

Unexpected<Error> disk(const std::string& path, const std::error_code& problem) {
  return failed(path + ": " + problem.message());
}

/// The folders of `path`, below `root`.
Result<Ok, Error> make_folders(const std::string& root, const std::string& path) {
  std::error_code problem;
  fs::create_directories(fs::path(root + "/" + path).parent_path(), problem);
  if (problem) return disk(root + "/" + path, problem);
  return Ok{};
}

/// What is copied was agreed on by its digest; check_copies() says whether the copy still is.
Result<Ok, Error> copy(const std::string& from, const std::string& root, const std::string& path) {
  JCA_TRY(make_folders(root, path));
  std::error_code problem;
  fs::copy_file(from + "/" + path, root + "/" + path, problem);
  if (!problem) fs::permissions(root + "/" + path, fs::perms::owner_read, problem);
  if (problem) return disk(from + "/" + path, problem);
  return Ok{};
}

bool is_agreed(const Manifest& manifest, const std::string& path) {
  const auto& files = manifest.program.files;
  return path == manifest.program.main.path ||
         std::any_of(files.begin(), files.end(),
                     [&](const mpyc::File& file) { return file.path == path; });
}

bool is_imported(const std::string& path) {
  const std::string extension = fs::path(path).extension().string();
  return extension == ".py" || extension == ".pyc" || extension == ".so" || extension == ".pth";
}

Result<Ok, Error> link_own(const std::string& from, const std::string& root,
                           const std::string& path, const Manifest& manifest) {
  const auto wrong = [&](const std::string& why) {
    return failed(Error::Code::usage, "--own " + path + ": " + why);
  };
  if (!mpyc::is_path(path)) return wrong("not a path within the working folder");
  if (is_agreed(manifest, path)) return wrong("all members agreed on this file");
  if (is_imported(path)) return wrong("a module has to be agreed on: session new --file");
  std::error_code problem;
  const fs::path original = fs::canonical(from + "/" + path, problem);
  if (problem) return disk(path, problem);
  JCA_TRY(make_folders(root, path));
  fs::create_symlink(original, root + "/" + path, problem);
  if (problem) return disk(root + "/" + path, problem);
  return Ok{};
}

/// What --ssl reads, where it reads it.
Result<Ok, Error> write_certificates(const CheckedSession& checked, const Paths& paths,
                                     const std::string& work) {
  const auto& certificates = checked.session.certificates();
  if (certificates.empty()) return Ok{};
  const std::string directory = work + "/.config";
  JCA_TRY(machine::make_private_directory(directory));
  const std::string party = directory + "/party_" + std::to_string(checked.seat);
  const auto write = [](const std::string& path, BytesView text) {
    return machine::write_file(path, text, 0600, machine::Overwrite::refuse);
  };
  JCA_TRY(write(directory + "/mpyc_ca.crt", as_bytes(x509::to_pem(certificates.front()))));
  JCA_TRY(write(party + ".crt", as_bytes(x509::to_pem(certificates[checked.seat + 1]))));
  JCA_ASSIGN(const PrivateKey key, read_key(ca::Kind::x509, paths.seat_key(checked.id())));
  return write(party + ".key", x509::encode_private_key(std::get<SigningKey>(key)).expose());
}

}  // namespace

Result<Ok, Stop> make_folder(const SessionFolder& folder, const CheckedSession& checked,
                             const SessionInputs& inputs, const std::vector<std::string>& own) {
  const Manifest& manifest = checked.manifest();
  std::error_code problem;
  fs::remove_all(folder.path, problem);
  if (problem) return disk(folder.path, problem);
  for (const std::string& directory : {folder.path, folder.work()})
    JCA_TRY(machine::make_private_directory(directory));
  JCA_TRY(copy(inputs.folder, folder.work(), manifest.program.main.path));
  for (const mpyc::File& file : manifest.program.files)
    JCA_TRY(copy(inputs.folder, folder.work(), file.path));
  for (const std::string& path : own)
    JCA_TRY(link_own(inputs.folder, folder.work(), path, manifest));
  JCA_TRY(write_certificates(checked, inputs.paths, folder.work()));
  for (const auto& [path, text] : {std::pair(folder.guard(), std::string(mpyc::seat_guard())),
                                   std::pair(folder.settings(), mpyc::guard_settings(manifest))})
    JCA_TRY(machine::write_file(path, as_bytes(text), 0400, machine::Overwrite::refuse));
  if (auto changed = check_copies(folder, manifest)) return Unexpected{*std::move(changed)};
  return Ok{};
}

std::optional<Problem> check_copies(const SessionFolder& folder, const Manifest& manifest) {
  const auto differs = [&](const mpyc::File& file) {
    const auto digest = file_digest(folder.work() + "/" + file.path);
    return !digest || *digest != file.sha256;
  };
  if (differs(manifest.program.main))
    return Problem{Check::program, "program.main " + manifest.program.main.path + " has changed"};
  for (const mpyc::File& file : manifest.program.files)
    if (differs(file)) return Problem{Check::files, "program.files " + file.path + " has changed"};
  return std::nullopt;
}

std::vector<std::string> made_by_program(const SessionFolder& folder, const Manifest& manifest,
                                         const std::vector<std::string>& own) {
  std::vector<std::string> made;
  std::error_code problem;
  fs::recursive_directory_iterator at(folder.work(), problem);
  for (; !problem && at != fs::recursive_directory_iterator(); at.increment(problem)) {
    const std::string path = at->path().lexically_relative(folder.work()).string();
    if (path == ".config") at.disable_recursion_pending();
    if (path == ".config" || at->is_directory(problem) || is_agreed(manifest, path) ||
        std::find(own.begin(), own.end(), path) != own.end())
      continue;
    made.push_back(path);
  }
  std::sort(made.begin(), made.end());
  return made;
}

}  // namespace jointca::host
