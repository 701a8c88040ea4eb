#include "win32_driver/section.hpp"

#include <cstdio>

namespace win32_driver {

namespace {

std::array<wchar_t, 64> event_name(std::uint64_t listener) noexcept {
  std::array<wchar_t, 64> name{};
  std::swprintf(name.data(), name.size(), L"Local\\emulated-vulkan-%08x%08x", static_cast<unsigned>(listener >> 32U),
                static_cast<unsigned>(listener));
  return name;
}

}  // namespace

std::optional<Section> Section::create(std::uint64_t bytes, SECURITY_ATTRIBUTES* attributes) {
  Section section;
  section.handle_.reset(::CreateFileMappingW(INVALID_HANDLE_VALUE, attributes, PAGE_READWRITE | SEC_COMMIT,
                                             static_cast<DWORD>(bytes >> 32U), static_cast<DWORD>(bytes), nullptr));
  if (!section.handle_) return std::nullopt;
  section.view_.reset(::MapViewOfFile(section.handle_.get(), FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, static_cast<SIZE_T>(bytes)));
  if (!section.view_) return std::nullopt;
  section.size_ = bytes;
  return section;
}

std::optional<Section> Section::open(HANDLE handle, std::uint64_t bytes) {
  HANDLE copy = nullptr;
  const HANDLE self = ::GetCurrentProcess();
  if (::DuplicateHandle(self, handle, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS) == 0) return std::nullopt;
  Section section;
  section.handle_.reset(copy);
  section.view_.reset(::MapViewOfFile(copy, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, 0));
  MEMORY_BASIC_INFORMATION region{};
  if (!section.view_ || ::VirtualQuery(section.view_.get(), &region, sizeof(region)) == 0) return std::nullopt;
  if (region.State != MEM_COMMIT || region.RegionSize < bytes) return std::nullopt;
  section.size_ = region.RegionSize;
  return section;
}

HANDLE Section::duplicate() const noexcept {
  HANDLE copy = nullptr;
  const HANDLE self = ::GetCurrentProcess();
  return ::DuplicateHandle(self, handle_.get(), self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS) != 0 ? copy : nullptr;
}

UniqueHandle make_event(std::uint64_t listener) { return UniqueHandle(::CreateEventW(nullptr, FALSE, FALSE, event_name(listener).data())); }

UniqueHandle open_event(std::uint64_t listener) {
  return UniqueHandle(::OpenEventW(EVENT_MODIFY_STATE, FALSE, event_name(listener).data()));
}

void notify(SemaphorePayload& payload) noexcept {
  for (auto& each : payload.listeners) {
    std::uint64_t listener = each.load();
    if (listener == 0) continue;
    if (const auto event = open_event(listener)) {
      ::SetEvent(event.get());
    } else {
      each.compare_exchange_strong(listener, 0);  // its process died
    }
  }
}

bool listen(SemaphorePayload& payload, std::uint64_t listener) noexcept {
  for (auto& each : payload.listeners) {
    std::uint64_t free = 0;
    if (each.compare_exchange_strong(free, listener)) return true;
  }
  return false;
}

void stop_listening(SemaphorePayload& payload, std::uint64_t listener) noexcept {
  for (auto& each : payload.listeners) {
    std::uint64_t mine = listener;
    if (each.compare_exchange_strong(mine, 0)) return;  // one place for each time that it listens
  }
}

bool raise(std::atomic<std::uint64_t>& value, std::uint64_t to) noexcept {
  std::uint64_t now = value.load();
  while (now < to) {
    if (value.compare_exchange_weak(now, to)) return true;
  }
  return false;
}

}  // namespace win32_driver
