#include "platform/pipe_name_windows.hpp"

#include <array>

#include "core/message.hpp"
#include "platform/security_windows.hpp"

namespace geyser::platform {
namespace {

constexpr std::wstring_view pair_prefix = L"geyser-pair-";

/// FNV-1a over the path as Windows compares it: upper case, back slashes.
std::string digest(std::wstring folder) {
  ::CharUpperBuffW(folder.data(), static_cast<DWORD>(folder.size()));
  std::uint64_t value = 0xcbf29ce484222325;
  for (const wchar_t c : folder) value = (value ^ static_cast<std::uint64_t>(c == L'/' ? L'\\' : c)) * 0x100000001b3;
  return hexadecimal({0, value}).substr(16);
}

}  // namespace

std::wstring full_pipe_name(const std::wstring& name) { return L"\\\\.\\pipe\\" + name; }

Result<std::wstring> pipe_name_of(const std::string& path) {
  if (path.find('\0') != std::string::npos) {
    return Error(Errc::invalid_argument, "The socket path holds a NUL byte; give a path of the file system.");
  }
  const std::size_t slash = path.find_last_of("\\/");
  const std::string file = slash == std::string::npos ? path : path.substr(slash + 1);
  if (file.empty() || file.size() > max_socket_file || path.size() > max_socket_path) {
    return Error(Errc::invalid_argument, detail::text("The socket path \"", path, "\" has ", path.size(), " bytes, ", file.size(),
                                                      " of them in its last part, and 1 to ", max_socket_path, " and 1 to ",
                                                      max_socket_file, " are allowed; choose a shorter one."));
  }
  auto user = current_user_sid();
  if (!user) return std::move(user).error();
  return wide(detail::text("geyser-", *user, '-', digest(wide(path.substr(0, file.size() == path.size() ? 0 : slash))), '-', file));
}

std::wstring pair_name_of(const OsHandle& pipe) {
  struct {
    FILE_NAME_INFO info;
    std::array<wchar_t, 256> rest;
  } room{};
  if (!pipe || ::GetFileInformationByHandleEx(native(pipe), FileNameInfo, &room, sizeof(room)) == 0) return {};
  std::wstring_view name(room.info.FileName, std::min<std::size_t>(room.info.FileNameLength / sizeof(wchar_t), room.rest.size()));
  while (name.starts_with(L'\\')) name.remove_prefix(1);
  return name.starts_with(pair_prefix) ? std::wstring(name) : std::wstring();
}

Result<std::wstring> new_pair_name() {
  auto id = random_id();
  if (!id) return std::move(id).error();
  return std::wstring(pair_prefix) + wide(hexadecimal(*id));
}

}  // namespace geyser::platform
