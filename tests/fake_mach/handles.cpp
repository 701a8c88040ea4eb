// tests/ipc/handles.hpp for Apple's files: memory entries, and Mach ports that are none.
#include "handles.hpp"

#include <gtest/gtest.h>

#include "fake_mach/fake_mach.hpp"
#include "platform/shared_memory.hpp"
#include "platform/socket.hpp"

namespace geyser::test {

OsHandle make_memory(std::uint64_t bytes) {
  auto memory = platform::SharedMemory::create(bytes, "test");
  auto handle = memory ? memory->handle().duplicate() : Result<OsHandle>(OsHandle());
  if (!memory || !handle) ADD_FAILURE() << "no shared memory of " << bytes << " bytes";
  return handle ? std::move(*handle) : OsHandle();
}

OsHandle make_shorter_memory(std::uint64_t bytes) {
  constexpr std::uint64_t page = 4096;  // what entries are made of
  return bytes > page ? make_memory((bytes - 1) / page * page) : OsHandle();
}

/// None: every right to a port that lives may be memory or an IOSurface until it is imported, and others cannot be sent.
std::vector<OsHandle> no_memory() { return {}; }

std::vector<OsHandle> no_sockets() {
  std::vector<OsHandle> handles;
  handles.push_back(make_memory(4096));
  mach_port_name_t port = MACH_PORT_NULL;  // a port that died
  if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port) == KERN_SUCCESS) {
    mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND);
    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1);
    handles.emplace_back(static_cast<OsHandle::Value>(port));
  }
  return handles;
}

}  // namespace geyser::test
