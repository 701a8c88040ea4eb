#include "platform/security_windows.hpp"

#include <bcrypt.h>
#include <sddl.h>

#include <charconv>
#include <memory>
#include <vector>

#include "core/message.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {

Result<std::string> user_sid_of(HANDLE process) {
  HANDLE opened = nullptr;
  if (::OpenProcessToken(process, TOKEN_QUERY, &opened) == 0) return system_error("Asking for the user of a process", last_error());
  const OsHandle token = owned(opened);
  DWORD size = 0;
  ::GetTokenInformation(native(token), TokenUser, nullptr, 0, &size);
  std::vector<std::uint64_t> room((size + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t) + 1);  // aligned for the pointer in it
  if (::GetTokenInformation(native(token), TokenUser, room.data(), static_cast<DWORD>(room.size() * sizeof(std::uint64_t)), &size) == 0) {
    return system_error("Asking for the user of a process", last_error());
  }
  TOKEN_USER user{};
  std::memcpy(&user, room.data(), sizeof(user));
  wchar_t* text = nullptr;
  if (::ConvertSidToStringSidW(user.User.Sid, &text) == 0) return system_error("Writing down the user of a process", last_error());
  const std::unique_ptr<wchar_t, decltype(&::LocalFree)> freed(text, &::LocalFree);
  return utf8(text);
}

Result<std::string> current_user_sid() { return user_sid_of(::GetCurrentProcess()); }

std::uint32_t last_part_of_sid(std::string_view sid) noexcept {
  const std::string_view part = sid.substr(sid.rfind('-') + 1);
  std::uint32_t number = 0;
  std::from_chars(part.data(), part.data() + part.size(), number);
  return number;
}

Result<SecurityDescriptor> SecurityDescriptor::of(std::string_view sddl) {
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  if (::ConvertStringSecurityDescriptorToSecurityDescriptorW(wide(sddl).c_str(), SDDL_REVISION_1, &descriptor, nullptr) == 0) {
    return system_error(detail::text("Making the security descriptor ", sddl), last_error());
  }
  return SecurityDescriptor(descriptor);
}

Result<SecurityDescriptor> SecurityDescriptor::for_user_only(std::string_view rights) {
  auto user = current_user_sid();
  if (!user) return std::move(user).error();
  return of(detail::text("D:P(A;;", rights, ";;;", *user, ")"));
}

Result<std::array<std::uint64_t, 2>> random_id() {
  std::array<std::uint64_t, 2> id{};
  const NTSTATUS status = ::BCryptGenRandom(nullptr, reinterpret_cast<UCHAR*>(id.data()), sizeof(id), BCRYPT_USE_SYSTEM_PREFERRED_RNG);
  if (status < 0) return Error(Errc::os_error, "The system gives no random numbers.", ErrorDomain::win32, status);
  return id;
}

std::string hexadecimal(const std::array<std::uint64_t, 2>& id) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const std::uint64_t part : id) {
    for (int shift = 60; shift >= 0; shift -= 4) out += digits[(part >> shift) & 15];
  }
  return out;
}

}  // namespace geyser::platform
