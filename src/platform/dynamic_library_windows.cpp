// Windows: LoadLibraryEx. A bare name is looked for beside the program and in the system's folder only, never in the current folder or
// PATH: whoever may write there could otherwise bring a library of his own.
#include "core/message.hpp"
#include "platform/dynamic_library.hpp"
#include "platform/system_error.hpp"
#include "platform/windows.hpp"

namespace geyser::platform {
namespace {

std::wstring absolute(const std::wstring& path) {
  std::wstring out(::GetFullPathNameW(path.c_str(), 0, nullptr, nullptr), L'\0');
  const DWORD size = ::GetFullPathNameW(path.c_str(), static_cast<DWORD>(out.size()), out.data(), nullptr);
  out.resize(size < out.size() ? size : 0);
  return out;
}

}  // namespace

Result<DynamicLibrary> DynamicLibrary::open(const char* name) {
  std::wstring file = wide(name);
  DWORD where = LOAD_LIBRARY_SEARCH_DEFAULT_DIRS;
  if (file.find_first_of(L"\\/:") != std::wstring::npos) {
    file = absolute(file);
    where |= LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR;
  }
  const HMODULE handle = file.empty() ? nullptr : ::LoadLibraryExW(file.c_str(), nullptr, where);
  if (handle != nullptr) return DynamicLibrary(handle);
  const int code = last_error();
  const Error why = system_error(detail::text("Opening the library ", name), code);
  return Error(Errc::not_found, why.message(), ErrorDomain::win32, code);
}

Result<DynamicLibrary> DynamicLibrary::of_process() {
  HMODULE handle = nullptr;  // counted, as LoadLibraryEx() does
  if (::GetModuleHandleExW(0, nullptr, &handle) == FALSE) {
    return Error(Errc::not_found, "The program itself cannot be opened as a library.", ErrorDomain::win32, ::GetLastError());
  }
  return DynamicLibrary(handle);
}

DynamicLibrary::DynamicLibrary(DynamicLibrary&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

DynamicLibrary& DynamicLibrary::operator=(DynamicLibrary&& other) noexcept {
  if (this != &other) {
    if (handle_ != nullptr) ::FreeLibrary(static_cast<HMODULE>(handle_));
    handle_ = std::exchange(other.handle_, nullptr);
  }
  return *this;
}

DynamicLibrary::~DynamicLibrary() {
  if (handle_ != nullptr) ::FreeLibrary(static_cast<HMODULE>(handle_));
}

void* DynamicLibrary::symbol(const char* name) const noexcept {
  return reinterpret_cast<void*>(::GetProcAddress(static_cast<HMODULE>(handle_), name));
}

void keep_libraries_with(const char*) noexcept {}

const char* vulkan_loader_name() noexcept { return "vulkan-1.dll"; }

}  // namespace geyser::platform
