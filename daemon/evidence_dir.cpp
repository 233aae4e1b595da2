#include "daemon/evidence_dir.h"

#include <filesystem>

#include "crypto/hash.h"
#include "machine/files.h"

namespace jointca::daemon {
Result<std::string, Error> keep_evidence(const std::string& directory, const Evidence& evidence) {
  JCA_TRY(machine::make_private_directory(directory));
  const std::string text = to_json(evidence);
  const std::string kind = std::to_string(evidence.culprit.value()) + "-" + evidence.check + "-";
  const std::string path =
      directory + "/" + kind + to_hex(sha256(as_bytes(text))).substr(0, 12) + ".json";
  if (machine::file_exists(path)) return path;
  std::size_t files = 0;
  std::error_code problem;
  for (auto it = std::filesystem::directory_iterator(directory, problem);
       !problem && it != std::filesystem::directory_iterator(); it.increment(problem))
    files += it->path().filename().string().starts_with(kind) ? 1 : 0;
  if (files >= evidence_files_max)
    return failed(directory + ": enough evidence of this kind is kept already");
  JCA_TRY(machine::write_file(path, as_bytes(text), 0644, machine::Overwrite::allow));
  return path;
}

}  // namespace jointca::daemon
