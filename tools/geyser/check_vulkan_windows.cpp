// Finds Vulkan's parts where the loader looks for them on Windows ("Architecture of the Vulkan Loader Interfaces", driver discovery): the
// keys of display adapters and software components, then Software\Khronos\Vulkan\Drivers.
#include <vulkan/vulkan_core.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "core/message.hpp"
#include "platform/dynamic_library.hpp"
#include "platform/windows.hpp"
#include "tools/common/file_path.hpp"
#include "tools/geyser/finding.hpp"
#include "tools/geyser/icd_manifest.hpp"

namespace geyser::tools {
namespace {

namespace fs = std::filesystem;
using detail::text;

/// A registry key, opened for reading. Empty when there is none.
class Key {
 public:
  Key(HKEY root, const std::wstring& path) noexcept {
    if (RegOpenKeyExW(root, path.c_str(), 0, KEY_READ, &key_) != ERROR_SUCCESS) key_ = nullptr;
  }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key() {
    if (key_ != nullptr) RegCloseKey(key_);
  }
  /// Names of the keys below.
  [[nodiscard]] std::vector<std::wstring> below() const {
    std::vector<std::wstring> names;
    for (DWORD i = 0; key_ != nullptr; ++i) {
      wchar_t name[256];  // the longest that a key may have, and its end
      DWORD size = 256;
      if (RegEnumKeyExW(key_, i, name, &size, nullptr, nullptr, nullptr, nullptr) != ERROR_SUCCESS) break;
      names.emplace_back(name, size);
    }
    return names;
  }
  /// Names of DWORD values that are zero: in Khronos' keys, what is enabled.
  [[nodiscard]] std::vector<std::wstring> zeros() const {
    std::vector<std::wstring> names;
    for (DWORD i = 0; key_ != nullptr; ++i) {
      std::wstring name(16384, L'\0');  // the longest that a value may have
      auto size = static_cast<DWORD>(name.size());
      DWORD type = 0;
      DWORD value = 1;
      DWORD bytes = sizeof value;
      const LSTATUS status = RegEnumValueW(key_, i, name.data(), &size, nullptr, &type, reinterpret_cast<BYTE*>(&value), &bytes);
      if (status == ERROR_MORE_DATA) continue;  // larger than a DWORD
      if (status != ERROR_SUCCESS) break;
      if (type == REG_DWORD && value == 0) names.push_back(name.substr(0, size));
    }
    return names;
  }
  /// The strings of one value, REG_SZ or REG_MULTI_SZ.
  [[nodiscard]] std::vector<std::wstring> strings(const wchar_t* value) const {
    std::vector<std::wstring> found;
    DWORD bytes = 0;
    constexpr DWORD kinds = RRF_RT_REG_SZ | RRF_RT_REG_MULTI_SZ;
    if (key_ == nullptr || RegGetValueW(key_, nullptr, value, kinds, nullptr, nullptr, &bytes) != ERROR_SUCCESS) return found;
    std::wstring all(bytes / sizeof(wchar_t) + 1, L'\0');
    bytes = static_cast<DWORD>(all.size() * sizeof(wchar_t));
    if (RegGetValueW(key_, nullptr, value, kinds, nullptr, all.data(), &bytes) != ERROR_SUCCESS) return found;
    all.resize(bytes / sizeof(wchar_t));
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t end = std::min(all.find(L'\0', at), all.size());
      if (end != at) found.push_back(all.substr(at, end - at));
      at = end + 1;
    }
    return found;
  }

 private:
  HKEY key_ = nullptr;
};

[[nodiscard]] std::vector<fs::path> in_khronos_keys(const wchar_t* name) {
  std::vector<fs::path> found;
  const std::wstring path = std::wstring(L"SOFTWARE\\Khronos\\Vulkan\\") + name;
  for (const HKEY root : {HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER}) {
    for (auto& manifest : Key(root, path).zeros()) found.emplace_back(std::move(manifest));
  }
  return found;
}

/// A list in the environment, of manifests or folders of them.
[[nodiscard]] std::vector<fs::path> in_environment(const char* name) {
  std::vector<fs::path> found;
  const char* list = std::getenv(name);
  std::istringstream stream(list != nullptr ? list : "");
  for (std::string part; std::getline(stream, part, ';');) {
    if (part.empty()) continue;
    const fs::path place(part);
    if (place.extension() == ".json") {
      found.push_back(place);
      continue;
    }
    std::error_code ignored;
    for (fs::directory_iterator it(place, ignored), end; it != end; it.increment(ignored)) {
      if (it->path().extension() == ".json") found.push_back(it->path());
    }
  }
  return found;
}

[[nodiscard]] const char* chosen_drivers() {
  for (const char* name : {"VK_DRIVER_FILES", "VK_ICD_FILENAMES"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return name;
  }
  return nullptr;
}

[[nodiscard]] std::vector<fs::path> driver_manifests() {
  std::vector<fs::path> found = in_environment("VK_ADD_DRIVER_FILES");
  const auto add = [&found](const fs::path& path) {
    if (std::ranges::find(found, path) == found.end()) found.push_back(path);
  };
  if (const char* chosen = chosen_drivers(); chosen != nullptr) {
    for (const auto& path : in_environment(chosen)) add(path);
    return found;
  }
  // The classes of display adapters and of software components.
  for (const wchar_t* kind : {L"{4d36e968-e325-11ce-bfc1-08002be10318}", L"{5c4c3332-344d-483c-8739-259e934c9cc8}"}) {
    const std::wstring path = std::wstring(L"SYSTEM\\CurrentControlSet\\Control\\Class\\") + kind;
    for (const auto& device : Key(HKEY_LOCAL_MACHINE, path).below()) {
      for (const auto& manifest : Key(HKEY_LOCAL_MACHINE, path + L'\\' + device).strings(L"VulkanDriverName")) add(manifest);
    }
  }
  for (const auto& path : in_khronos_keys(L"Drivers")) add(path);
  return found;
}

struct Driver {
  std::string library;
  std::string failure;  // empty: it loads and has what the loader asks for
};

[[nodiscard]] Driver read_driver(const fs::path& manifest) {
  const auto named = library_of_manifest(manifest);
  if (!named) return {{}, std::string(named.error().message())};
  Driver driver{*named, {}};
  // A bare name is looked for in the system's folder; a path is relative to the manifest.
  const fs::path path = path_of(driver.library);
  if (path.has_parent_path() && path.is_relative()) driver.library = utf8_of((manifest.parent_path() / path).lexically_normal());
  const auto library = platform::DynamicLibrary::open(driver.library.c_str());
  if (!library) {
    driver.failure = std::string(library.error().message());
  } else if (library->symbol("vk_icdGetInstanceProcAddr") == nullptr && library->symbol("vkGetInstanceProcAddr") == nullptr) {
    driver.failure = driver.library + " loads, but has no vk_icdGetInstanceProcAddr";
  }
  return driver;
}

void check_loader(Findings& findings, const Packages& packages) {
  const char* name = platform::vulkan_loader_name();
  // Not closed: what a loader opens may outlive it, and would then be found under its name.
  static const auto library = platform::DynamicLibrary::open(name);
  if (!library) {
    findings.push_back({"vulkan loader", Health::problem, std::string(library.error().message()), packages.loader});
    return;
  }
  const auto get = reinterpret_cast<PFN_vkGetInstanceProcAddr>(library->symbol("vkGetInstanceProcAddr"));
  const auto enumerate =
      get == nullptr ? nullptr : reinterpret_cast<PFN_vkEnumerateInstanceVersion>(get(nullptr, "vkEnumerateInstanceVersion"));
  std::uint32_t version = VK_API_VERSION_1_0;
  if (enumerate != nullptr) (void)enumerate(&version);
  const std::string what =
      text(name, ", Vulkan ", VK_API_VERSION_MAJOR(version), '.', VK_API_VERSION_MINOR(version), '.', VK_API_VERSION_PATCH(version));
  if (version < VK_API_VERSION_1_1) {
    findings.push_back({"vulkan loader", Health::problem, what + ", but at least 1.1 is needed", packages.loader});
  } else {
    findings.push_back({"vulkan loader", Health::good, what, {}});
  }
}

void check_drivers(Findings& findings, const Packages& packages) {
  const auto found = driver_manifests();
  std::size_t loaded = 0;
  for (const auto& manifest : found) {
    const Driver driver = read_driver(manifest);
    if (driver.failure.empty()) {
      ++loaded;
      findings.push_back({"vulkan driver", Health::good, text(utf8_of(manifest), ": ", driver.library, " loads"), {}});
    } else {
      findings.push_back({"vulkan driver", Health::warning, text(utf8_of(manifest), ": ", driver.failure), packages.drivers});
    }
  }
  if (loaded != 0) return;
  if (const char* chosen = chosen_drivers(); chosen != nullptr) {
    findings.push_back(
        {"vulkan driver", Health::problem, text("no driver works, and ", chosen, " hides all others"), text("set ", chosen, "=")});
  } else if (found.empty()) {
    // No problem by itself: drivers from the Store are found by other ways, and Wine's loader has none of its own.
    findings.push_back({"vulkan driver", Health::note, "no driver is in the registry", packages.drivers});
  }
}

void check_layers(Findings& findings, const Packages& packages) {
  auto found = in_environment("VK_LAYER_PATH");
  if (found.empty()) found = in_khronos_keys(L"ExplicitLayers");
  const auto validation = std::ranges::find_if(
      found, [](const fs::path& path) { return utf8_of(path.filename()).find("khronos_validation") != std::string::npos; });
  if (validation == found.end()) {
    findings.push_back({"validation layers", Health::note, "not installed; only developers need them", packages.validation});
  } else {
    findings.push_back({"validation layers", Health::good, utf8_of(*validation), {}});
  }
}

}  // namespace

void check_vulkan(Findings& findings, const Packages& packages) {
  check_loader(findings, packages);
  check_drivers(findings, packages);
  check_layers(findings, packages);
}

}  // namespace geyser::tools
