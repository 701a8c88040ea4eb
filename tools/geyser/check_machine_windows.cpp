// The machine under the drivers, on Windows: adapters, the user and his folder of names, sections, pipes.
#include <dxgi.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/message.hpp"
#include "platform/dynamic_library.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/security_windows.hpp"
#include "platform/shared_memory.hpp"
#include "platform/socket.hpp"
#include "platform/system_error.hpp"
#include "tools/geyser/finding.hpp"
// After windows.h, which it rests on.
#include <aclapi.h>
#include <sddl.h>

namespace geyser::tools {
namespace {

using detail::text;
using platform::SharedMemory;

struct Adapter {
  std::string name;
  std::array<std::uint8_t, 8> luid{};
  bool software = false;
};

[[nodiscard]] std::string hexadecimal(const std::array<std::uint8_t, 8>& luid) {
  constexpr const char* digits = "0123456789abcdef";
  std::string result;
  for (const std::uint8_t byte : luid) {
    result += digits[byte >> 4U];
    result += digits[byte & 15U];
  }
  return result;
}

/// What DXGI shows. Empty where it does not work. dxgi.dll is opened, not linked: this program starts without it.
[[nodiscard]] std::vector<Adapter> adapters() {
  std::vector<Adapter> found;
  auto library = platform::DynamicLibrary::open("dxgi.dll");
  if (!library) return found;
  using Create = HRESULT(WINAPI*)(REFIID, void**);
  const auto create = reinterpret_cast<Create>(library->symbol("CreateDXGIFactory1"));
  IDXGIFactory1* factory = nullptr;
  if (create == nullptr || FAILED(create(IID_IDXGIFactory1, reinterpret_cast<void**>(&factory)))) return found;
  IDXGIAdapter1* adapter = nullptr;
  for (UINT i = 0; i < 64 && SUCCEEDED(factory->EnumAdapters1(i, &adapter)); ++i) {
    DXGI_ADAPTER_DESC1 description{};
    if (SUCCEEDED(adapter->GetDesc1(&description))) {
      Adapter entry{.name = platform::utf8(description.Description), .software = (description.Flags & DXGI_ADAPTER_FLAG_SOFTWARE) != 0};
      static_assert(sizeof entry.luid == sizeof description.AdapterLuid);
      std::memcpy(entry.luid.data(), &description.AdapterLuid, sizeof entry.luid);
      found.push_back(std::move(entry));
    }
    adapter->Release();
  }
  factory->Release();
  return found;
}

/// "10.0.19045"; GetVersionEx would say what the program's manifest says.
[[nodiscard]] std::string system_version() {
  using Version = LONG(WINAPI*)(OSVERSIONINFOW*);
  const auto version = platform::system_function<Version>(L"ntdll.dll", "RtlGetVersion");
  OSVERSIONINFOW info{};
  info.dwOSVersionInfoSize = sizeof info;
  if (version == nullptr || version(&info) != 0) return {};
  return text(info.dwMajorVersion, '.', info.dwMinorVersion, '.', info.dwBuildNumber);
}

struct LocalMemory {
  void operator()(void* memory) const noexcept { LocalFree(memory); }
};
template <class T>
using Local = std::unique_ptr<T, LocalMemory>;

/// The folder's owner and list of rights, as text (SDDL). Errors: os_error.
[[nodiscard]] Result<std::string> rights_on(const std::string& folder) {
  constexpr SECURITY_INFORMATION what = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  std::wstring name = platform::wide(folder);
  const DWORD code = GetNamedSecurityInfoW(name.data(), SE_FILE_OBJECT, what, nullptr, nullptr, nullptr, nullptr, &descriptor);
  if (code != ERROR_SUCCESS) return platform::system_error("Reading the rights on the folder", static_cast<int>(code));
  const Local<void> kept(descriptor);
  wchar_t* raw = nullptr;
  if (ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, SDDL_REVISION_1, what, &raw, nullptr) == 0) {
    return platform::system_error("Reading the rights on the folder", platform::last_error());
  }
  const Local<wchar_t> words(raw);
  return platform::utf8(words.get());
}

void check_user(Findings& findings) {
  const auto sid = platform::current_user_sid();
  if (sid) {
    findings.push_back({"user", Health::good, text(*sid, "; names, pipes and memory are this user's alone"), {}});
  } else {
    findings.push_back({"user", Health::problem, std::string(sid.error().message()), "start the program as a user who has logged on"});
  }
}

void check_folder(Findings& findings) {
  const std::string folder = platform::default_runtime_directory();
  const std::string fix = text("make sure that ", folder, " belongs to you and that only you may write to it: icacls \"", folder, "\"");
  if (const auto opened = platform::RuntimeDirectory::open(folder); !opened) {
    findings.push_back({"folder of names", Health::problem, std::string(opened.error().message()), fix});
    return;
  }
  const auto rights = rights_on(folder);
  if (rights) {
    findings.push_back({"folder of names", Health::good, text(folder, ", ", *rights), {}});
  } else {
    findings.push_back({"folder of names", Health::warning, text(folder, ": ", rights.error().message()), fix});
  }
}

void check_sections(Findings& findings) {
  const auto try_them = []() -> Result<void> {
    auto plain = SharedMemory::create(4096, "geyser doctor");
    if (!plain) return std::move(plain).error();
    auto guarded = SharedMemory::create_read_only_for_others(4096, "geyser doctor");
    if (!guarded) return std::move(guarded).error();
    auto copy = guarded->handle().duplicate();
    if (!copy) return std::move(copy).error();
    auto seen = SharedMemory::open_read_only(*copy, 4096);
    if (!seen) return std::move(seen).error();
    guarded->bytes()[17] = std::byte{42};
    if (seen->bytes()[17] == std::byte{42}) return {};
    return Error(Errc::os_error, "Two views of one section show different bytes.");
  };
  if (const auto worked = try_them(); worked) {
    findings.push_back({"shared memory", Health::good, "sections, and sections that others may only read", {}});
  } else {
    findings.push_back({"shared memory", Health::problem, worked.error().describe(), "enlarge the paging file, or close some programs"});
  }
}

void check_pipes(Findings& findings) {
  const auto try_one = []() -> Result<void> {
    const auto patience = std::chrono::seconds(2);
    auto ends = platform::Socket::pair();
    if (!ends) return std::move(ends).error();
    auto memory = SharedMemory::create(4096, "geyser doctor");
    if (!memory) return std::move(memory).error();
    const std::byte word[] = {std::byte{1}, std::byte{2}};
    const OsHandle::Value handles[] = {memory->handle().borrow()};
    auto sent = ends->first.send(word, handles);
    if (!sent) return std::move(sent).error();
    if (*sent != platform::SendOutcome::sent || !ends->second.wait_readable(patience)) {
      return Error(Errc::timed_out, "A message does not arrive within 2 s.");
    }
    auto came = ends->second.receive();
    if (!came) return std::move(came).error();
    if (!*came || (*came)->bytes.size() != sizeof word || (*came)->handles.size() != 1) {
      return Error(Errc::os_error, "A message arrives without its bytes or its handle.");
    }
    return {};
  };
  if (const auto worked = try_one(); worked) {
    findings.push_back({"pipes", Health::good, "a message and a handle went through a named pipe", {}});
  } else {
    findings.push_back(
        {"pipes", Health::problem, worked.error().describe(), "allow named pipes and DuplicateHandle in the sandbox or container"});
  }
}

}  // namespace

Packages packages_here() {
  Packages packages;
  packages.system = text("Windows ", system_version());
  using WineVersion = const char*(__cdecl*)();
  if (const auto wine = platform::system_function<WineVersion>(L"ntdll.dll", "wine_get_version"))
    packages.system += text(" (Wine ", wine(), ')');
  packages.loader = "install your GPU vendor's driver, which brings vulkan-1.dll";
  packages.drivers = "install your GPU vendor's driver";
  packages.validation = "install the Vulkan SDK: winget install KhronosGroup.VulkanSDK";
  packages.nvidia = "install NVIDIA's driver";
  return packages;
}

void check_device_nodes(Findings& findings, const Packages& packages) {
  const auto found = adapters();
  for (const Adapter& adapter : found) {
    findings.push_back({"gpu",
                        adapter.software ? Health::note : Health::good,
                        text(adapter.name, adapter.software ? " (software)" : "", ", LUID ", hexadecimal(adapter.luid)),
                        {}});
  }
  if (std::ranges::all_of(found, &Adapter::software)) {
    findings.push_back({"gpu", Health::note, "Direct3D shows no GPU; software drivers are all that can work", packages.drivers});
  }
}

void check_adapter(Findings& findings, const std::string& device, const std::optional<std::array<std::uint8_t, 8>>& luid) {
  const std::string check = "adapter of " + device;
  if (!luid) {
    findings.push_back(
        {check, Health::note, "its driver tells no LUID, so it cannot be matched to a Direct3D device; Vulkan devices need none", {}});
    return;
  }
  const auto found = adapters();
  const auto same = std::ranges::find(found, *luid, &Adapter::luid);
  if (same != found.end()) {
    findings.push_back({check, Health::good, text(same->name, ", LUID ", hexadecimal(*luid)), {}});
  } else {
    findings.push_back({check, Health::note, text("LUID ", hexadecimal(*luid), ", which is no adapter of Direct3D's"), {}});
  }
}

void check_limits(Findings& findings) {
  check_user(findings);
  check_folder(findings);
  check_sections(findings);
  check_pipes(findings);
}

}  // namespace geyser::tools
