#include "platform/runtime_folder_windows.hpp"

#include <aclapi.h>
#include <sddl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <thread>

#include "core/message.hpp"
#include "platform/security_windows.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// Between two looks at a folder that the system does not watch for us.
constexpr milliseconds without_watch{10};

struct LocalFreed {
  void operator()(void* memory) const noexcept { ::LocalFree(memory); }
};

Result<std::string> text_of(PSID sid) {
  wchar_t* text = nullptr;
  if (::ConvertSidToStringSidW(sid, &text) == 0) return system_error("Writing down a user", last_error());
  const std::unique_ptr<wchar_t, LocalFreed> freed(text);
  return utf8(text);
}

/// Who may do anything on this machine anyway: the system and its administrators.
bool is_the_machine(std::string_view sid) noexcept { return sid == "S-1-5-18" || sid == "S-1-5-32-544"; }
/// Stand for whoever owns a file.
bool is_the_owner(std::string_view sid) noexcept { return sid == "S-1-3-0" || sid == "S-1-3-4"; }

/// What a folder's security descriptor says. Errors: os_error.
struct Guarded {
  std::string owner;
  bool others_may_write = false;
};
Result<Guarded> look_at(HANDLE folder, std::string_view user) {
  constexpr DWORD writing = FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY | FILE_DELETE_CHILD | FILE_WRITE_ATTRIBUTES | FILE_WRITE_EA | DELETE |
                            WRITE_DAC | WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL;
  PSID owner = nullptr;
  PACL list = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  const DWORD code = ::GetSecurityInfo(folder, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, nullptr,
                                       &list, nullptr, &descriptor);
  if (code != ERROR_SUCCESS) return system_error("Looking at who owns a folder", static_cast<int>(code));
  const std::unique_ptr<void, LocalFreed> freed(descriptor);
  auto name = text_of(owner);
  if (!name) return std::move(name).error();
  Guarded guarded{*name, list == nullptr};  // without a list everybody may do everything
  for (DWORD i = 0; list != nullptr && i < list->AceCount; ++i) {
    void* entry = nullptr;
    if (::GetAce(list, i, &entry) == 0) continue;
    const auto* head = static_cast<const ACE_HEADER*>(entry);
    if (head->AceType == ACCESS_DENIED_ACE_TYPE) continue;
    auto* allowed = static_cast<ACCESS_ALLOWED_ACE*>(entry);
    if ((allowed->Mask & writing) == 0) continue;
    if (head->AceType != ACCESS_ALLOWED_ACE_TYPE) {  // conditions and other kinds are not understood here, so they count
      guarded.others_may_write = true;
      continue;
    }
    auto who = text_of(&allowed->SidStart);
    if (!who) return std::move(who).error();
    guarded.others_may_write = guarded.others_may_write || (*who != user && !is_the_machine(*who) && !is_the_owner(*who));
  }
  return guarded;
}

OsHandle open_folder(const std::wstring& path, DWORD share) noexcept {
  return owned(::CreateFileW(path.c_str(), READ_CONTROL | FILE_READ_ATTRIBUTES | FILE_LIST_DIRECTORY, share, nullptr, OPEN_EXISTING,
                             FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
}

bool is_real_folder(const OsHandle& folder) noexcept {
  FILE_ATTRIBUTE_TAG_INFO info{};
  return ::GetFileInformationByHandleEx(native(folder), FileAttributeTagInfo, &info, sizeof(info)) != 0 &&
         (info.FileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 && (info.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0;
}

}  // namespace

Result<OsHandle> open_private_folder(const std::wstring& path, const std::string& shown) {
  auto user = current_user_sid();
  if (!user) return std::move(user).error();
  auto security = SecurityDescriptor::of(detail::text("O:", *user, "D:P(A;OICI;FA;;;", *user, ")"));
  if (!security) return std::move(security).error();
  SECURITY_ATTRIBUTES attributes = security->attributes();
  bool made = ::CreateDirectoryW(path.c_str(), &attributes) != 0;
  if (!made && ::GetLastError() == ERROR_PATH_NOT_FOUND) {
    // %LOCALAPPDATA%\geyser, which is for more than this.
    ::CreateDirectoryW(path.substr(0, path.rfind(L'\\')).c_str(), &attributes);
    made = ::CreateDirectoryW(path.c_str(), &attributes) != 0;
  }
  if (const int code = last_error(); !made && code != ERROR_ALREADY_EXISTS) {
    const Error why = system_error(detail::text("Making the folder \"", shown, '"'), code);
    return Error(Errc::os_error, detail::text(why.message(), " Set XDG_RUNTIME_DIR or LOCALAPPDATA to a folder that you may write to."),
                 ErrorDomain::win32, code);
  }
  OsHandle folder = open_folder(path, FILE_SHARE_READ | FILE_SHARE_WRITE);
  if (!folder) return system_error(detail::text("Opening the folder \"", shown, '"'), last_error());
  if (!is_real_folder(folder)) {
    return Error(Errc::invalid_state, detail::text('"', shown, "\" is a link or no folder; remove it, or choose another place."));
  }
  auto guarded = look_at(native(folder), *user);
  if (!guarded) return std::move(guarded).error();
  if (guarded->owner != *user && !is_the_machine(guarded->owner)) {
    return Error(Errc::invalid_state, detail::text("The folder \"", shown, "\" belongs to user ", guarded->owner, ", and this is user ",
                                                   *user, "; set XDG_RUNTIME_DIR or LOCALAPPDATA to a folder of your own."));
  }
  if (guarded->others_may_write) {
    return Error(Errc::invalid_state,
                 detail::text("Others may write to the folder \"", shown, "\"; take that from them (icacls), or choose another place."));
  }
  return folder;
}

bool is_own_folder(const std::wstring& path) noexcept {
  try {
    const OsHandle folder = open_folder(path, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE);
    if (!folder || !is_real_folder(folder)) return false;
    auto user = current_user_sid();
    if (!user) return false;
    auto guarded = look_at(native(folder), *user);
    return guarded && (guarded->owner == *user || is_the_machine(guarded->owner));
  } catch (const std::exception&) {
    return false;
  }
}

FolderWatch::~FolderWatch() {
  if (handle_ != INVALID_HANDLE_VALUE) ::FindCloseChangeNotification(handle_);
}

FolderWatch FolderWatch::of(const std::wstring& path) noexcept {
  FolderWatch watch;
  watch.handle_ = ::FindFirstChangeNotificationW(path.c_str(), FALSE, FILE_NOTIFY_CHANGE_FILE_NAME);
  return watch;
}

void FolderWatch::wait(nanoseconds timeout) const noexcept {
  timeout = std::max(timeout, nanoseconds::zero());
  if (handle_ == INVALID_HANDLE_VALUE) {
    std::this_thread::sleep_for(std::min<nanoseconds>(timeout, without_watch));
    return;
  }
  // Several changes are one each: all that are there count as one.
  if (::WaitForSingleObject(handle_, wait_milliseconds(timeout)) != WAIT_OBJECT_0) return;
  constexpr int most = 64;
  for (int i = 0; i < most; ++i) {
    if (::FindNextChangeNotification(handle_) == 0 || ::WaitForSingleObject(handle_, 0) != WAIT_OBJECT_0) return;
  }
}

Watchable FolderWatch::watchable() const noexcept {
  if (handle_ == INVALID_HANDLE_VALUE) return {};
  const auto value = reinterpret_cast<OsHandle::Value>(handle_);
  return {value, value};
}

}  // namespace geyser::platform
