#include "tools/geyser/icd_manifest.hpp"

#include <fstream>

#include "tools/common/json.hpp"

namespace geyser::tools {

Result<std::string> library_of_manifest(const std::filesystem::path& manifest) {
  std::ifstream file(manifest);
  if (!file) return Error(Errc::os_error, "the manifest cannot be read");
  const Json json = Json::parse(file, nullptr, false);
  if (json.is_discarded() || !json.contains("ICD") || !json["ICD"].contains("library_path") || !json["ICD"]["library_path"].is_string()) {
    return Error(Errc::protocol_error, "the manifest names no library");
  }
  return json["ICD"]["library_path"].get<std::string>();
}

}  // namespace geyser::tools
