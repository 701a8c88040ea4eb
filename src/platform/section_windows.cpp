#include "platform/section_windows.hpp"

namespace geyser::platform {
namespace {

// NtQuerySection and NtQueryObject (documented in the driver kit) have no header and no import library of their own.
struct SectionBasicInformation {
  void* base;
  ULONG attributes;
  LARGE_INTEGER size;
};
struct UnicodeString {
  USHORT bytes;
  USHORT room;
  wchar_t* text;
};
using NtQuerySection = LONG(WINAPI*)(HANDLE, int, void*, SIZE_T, SIZE_T*);
using NtQueryObject = LONG(WINAPI*)(HANDLE, int, void*, ULONG, ULONG*);
constexpr int section_basic_information = 0;
constexpr int object_type_information = 2;  // begins with the type's name

}  // namespace

std::optional<SectionInfo> section_info(HANDLE handle) noexcept {
  static const auto query = system_function<NtQuerySection>(L"ntdll.dll", "NtQuerySection");
  SectionBasicInformation info{};
  if (query == nullptr || handle == nullptr || query(handle, section_basic_information, &info, sizeof(info), nullptr) < 0) return {};
  return SectionInfo{info.attributes, static_cast<std::uint64_t>(info.size.QuadPart)};
}

std::wstring_view object_type(HANDLE handle, std::span<std::byte, 512> room) noexcept {
  static const auto query = system_function<NtQueryObject>(L"ntdll.dll", "NtQueryObject");
  if (query == nullptr || handle == nullptr) return {};
  if (query(handle, object_type_information, room.data(), static_cast<ULONG>(room.size()), nullptr) < 0) return {};
  UnicodeString name{};
  std::memcpy(&name, room.data(), sizeof(name));
  return {name.text, name.bytes / sizeof(wchar_t)};  // points into `room`
}

}  // namespace geyser::platform
