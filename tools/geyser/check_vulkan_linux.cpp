// Finds Vulkan's parts where the loader looks for them on Linux ("Architecture of the Vulkan Loader", driver discovery).
#include <dlfcn.h>
#include <vulkan/vulkan_core.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "core/message.hpp"
#include "tools/geyser/finding.hpp"
#include "tools/geyser/icd_manifest.hpp"

namespace geyser::tools {
namespace {

namespace fs = std::filesystem;
using detail::text;

[[nodiscard]] std::string environment(const char* name, std::string_view fallback = {}) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? std::string(value) : std::string(fallback);
}

[[nodiscard]] std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream stream(list);
  for (std::string part; std::getline(stream, part, ':');) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

void add_manifests(std::vector<fs::path>& found, const fs::path& place) {
  std::error_code ignored;
  if (place.extension() == ".json") {
    found.push_back(place);
    return;
  }
  std::vector<fs::path> here;
  for (fs::directory_iterator it(place, ignored), end; it != end; it.increment(ignored)) {
    if (it->path().extension() == ".json") here.push_back(it->path());
  }
  std::ranges::sort(here);
  found.insert(found.end(), here.begin(), here.end());
}

/// Manifests of one sort ("icd.d", "explicit_layer.d"): the places named in the environment, or else the usual ones.
[[nodiscard]] std::vector<fs::path> manifests(const char* folder, const std::vector<std::string>& instead,
                                              const std::vector<std::string>& also) {
  std::vector<fs::path> found;
  for (const auto& place : also) add_manifests(found, place);
  if (!instead.empty()) {
    for (const auto& place : instead) add_manifests(found, place);
    return found;
  }
  const std::string home = environment("HOME", "/");
  std::vector<std::string> roots{environment("XDG_CONFIG_HOME", home + "/.config")};
  for (auto& root : split(environment("XDG_CONFIG_DIRS", "/etc/xdg"))) roots.push_back(root);
  roots.emplace_back("/etc");
  roots.push_back(environment("XDG_DATA_HOME", home + "/.local/share"));
  for (auto& root : split(environment("XDG_DATA_DIRS", "/usr/local/share:/usr/share"))) roots.push_back(root);
  std::vector<std::string> seen;
  for (const auto& root : roots) {
    if (std::ranges::find(seen, root) != seen.end()) continue;
    seen.push_back(root);
    add_manifests(found, fs::path(root) / "vulkan" / folder);
  }
  return found;
}

[[nodiscard]] std::vector<fs::path> driver_manifests() {
  auto instead = split(environment("VK_DRIVER_FILES", environment("VK_ICD_FILENAMES")));
  return manifests("icd.d", instead, split(environment("VK_ADD_DRIVER_FILES")));
}

struct Driver {
  std::string library;
  std::string failure;  // empty: it loads and starts
  bool starts = true;   // false: it loads, but has no vkCreateInstance to offer
};

/// What the loader asks a driver first. NVIDIA's library loads without libglvnd, but then answers nothing.
[[nodiscard]] bool offers_instances(void* library) {
  using Negotiate = VkResult(VKAPI_PTR*)(std::uint32_t*);
  const auto negotiate = reinterpret_cast<Negotiate>(dlsym(library, "vk_icdNegotiateLoaderICDInterfaceVersion"));
  std::uint32_t version = 5;
  if (negotiate != nullptr && negotiate(&version) != VK_SUCCESS) return false;
  const auto get = reinterpret_cast<PFN_vkGetInstanceProcAddr>(dlsym(library, "vk_icdGetInstanceProcAddr"));
  if (get == nullptr) return dlsym(library, "vkCreateInstance") != nullptr || dlsym(library, "vkGetInstanceProcAddr") != nullptr;
  return get(nullptr, "vkCreateInstance") != nullptr;
}

[[nodiscard]] Driver read_driver(const fs::path& manifest) {
  const auto named = library_of_manifest(manifest);
  if (!named) return {{}, std::string(named.error().message())};
  Driver driver{*named, {}};
  // A bare name is searched for by the dynamic linker; a path is relative to the manifest.
  if (driver.library.find('/') != std::string::npos && !fs::path(driver.library).is_absolute()) {
    driver.library = (manifest.parent_path() / driver.library).lexically_normal().string();
  }
  void* handle = dlopen(driver.library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = dlerror();
    driver.failure = why != nullptr ? why : "it cannot be loaded";
    return driver;
  }
  if (!offers_instances(handle)) {
    driver.starts = false;
    driver.failure = driver.library + " loads, but offers no vkCreateInstance; a library that it opens by itself is missing";
  }
  dlclose(handle);
  return driver;
}

void check_loader(Findings& findings, const Packages& packages) {
  void* handle = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = dlerror();
    findings.push_back({"vulkan loader", Health::problem,
                        text("libvulkan.so.1 cannot be loaded: ", why != nullptr ? why : "no reason given"), packages.loader});
    return;
  }
  const auto get = reinterpret_cast<PFN_vkGetInstanceProcAddr>(dlsym(handle, "vkGetInstanceProcAddr"));
  const auto enumerate =
      get == nullptr ? nullptr : reinterpret_cast<PFN_vkEnumerateInstanceVersion>(get(nullptr, "vkEnumerateInstanceVersion"));
  std::uint32_t version = VK_API_VERSION_1_0;
  if (enumerate != nullptr) (void)enumerate(&version);
  const std::string name = text("libvulkan.so.1, Vulkan ", VK_API_VERSION_MAJOR(version), '.', VK_API_VERSION_MINOR(version), '.',
                                VK_API_VERSION_PATCH(version));
  if (version < VK_API_VERSION_1_1) {
    findings.push_back({"vulkan loader", Health::problem, name + ", but at least 1.1 is needed", packages.loader});
  } else {
    findings.push_back({"vulkan loader", Health::good, name, {}});
  }
  dlclose(handle);
}

void check_drivers(Findings& findings, const Packages& packages) {
  const auto found = driver_manifests();
  std::size_t loaded = 0;
  for (const auto& manifest : found) {
    const Driver driver = read_driver(manifest);
    if (driver.failure.empty()) {
      ++loaded;
      findings.push_back({"vulkan driver", Health::good, text(manifest.string(), ": ", driver.library, " loads and starts"), {}});
    } else {
      const bool nvidia = driver.library.find("nvidia") != std::string::npos;
      findings.push_back(
          {"vulkan driver", Health::warning, text(manifest.string(), ": ", driver.failure),
           !driver.starts && nvidia ? packages.glvnd : "reinstall the package that owns the manifest, or remove the manifest"});
    }
  }
  if (loaded != 0) return;
  const char* chosen = std::getenv("VK_DRIVER_FILES") != nullptr    ? "VK_DRIVER_FILES"
                       : std::getenv("VK_ICD_FILENAMES") != nullptr ? "VK_ICD_FILENAMES"
                                                                    : nullptr;
  if (chosen != nullptr) {
    findings.push_back(
        {"vulkan driver", Health::problem, text("no driver works, and ", chosen, " hides all others"), text("unset ", chosen)});
  } else if (found.empty()) {
    findings.push_back({"vulkan driver", Health::problem, "no driver is installed", packages.drivers});
  }
}

void check_layers(Findings& findings, const Packages& packages) {
  const auto found = manifests("explicit_layer.d", split(environment("VK_LAYER_PATH")), split(environment("VK_ADD_LAYER_PATH")));
  const auto validation = std::ranges::find_if(
      found, [](const fs::path& path) { return path.filename().string().find("khronos_validation") != std::string::npos; });
  if (validation == found.end()) {
    findings.push_back({"validation layers", Health::note, "not installed; only developers need them", packages.validation});
  } else {
    findings.push_back({"validation layers", Health::good, validation->string(), {}});
  }
}

}  // namespace

bool has_nvidia_manifest() {
  return std::ranges::any_of(driver_manifests(),
                             [](const fs::path& path) { return path.filename().string().find("nvidia") != std::string::npos; });
}

void check_vulkan(Findings& findings, const Packages& packages) {
  check_loader(findings, packages);
  check_drivers(findings, packages);
  check_layers(findings, packages);
}

}  // namespace geyser::tools
