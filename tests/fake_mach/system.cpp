// tests/unit/system.hpp for Apple's files: handles are send rights, and what must not leak is rights, ports, mappings and descriptors.
#include "system.hpp"

#include <dirent.h>

#include "fake_mach/fake_mach.hpp"
#include "platform/mach.hpp"

namespace geyser::unit {

OsHandle open_null() { return OsHandle(static_cast<OsHandle::Value>(fake_mach::make_object())); }
bool is_open(OsHandle::Value handle) noexcept { return platform::mach::is_live_send_right(platform::mach::name_of(handle)); }
bool is_inherited(const OsHandle&) noexcept { return false; }

std::size_t open_descriptors() {
  fake_mach::forget_closed_queues();
  const fake_mach::Counts counts = fake_mach::counts();
  std::size_t descriptors = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  while (::readdir(folder) != nullptr) ++descriptors;
  ::closedir(folder);
  // The kernel is in this process, too: memory of children that ended goes with their tasks.
  return descriptors + 1'000 * (counts.references + 1'000 * (counts.names + 1'000 * counts.mappings));
}

}  // namespace geyser::unit
