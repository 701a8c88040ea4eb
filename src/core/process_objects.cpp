#include "core/process_objects.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "platform/process_token.hpp"

namespace geyser::detail {
namespace {

struct Entry {
  ProcessObjectKind kind;
  std::shared_ptr<void> object;
  platform::ProcessToken token;
};
struct Table {
  std::mutex mutex;
  std::vector<Entry> entries;
};
/// Never destroyed: handles may be closed after the static objects are.
Table& table() {
  static Table& one = *new Table;
  return one;
}

/// Objects are released outside the lock: an object's last release may run code of the system's.
std::vector<Entry> take_unnamed(Table& all) {
  const std::lock_guard lock(all.mutex);
  const auto dead = std::partition(all.entries.begin(), all.entries.end(), [](const Entry& e) { return e.token.has_handles(); });
  std::vector<Entry> taken(std::make_move_iterator(dead), std::make_move_iterator(all.entries.end()));
  all.entries.erase(dead, all.entries.end());
  return taken;
}

}  // namespace

Result<OsHandle> publish_process_object(ProcessObjectKind kind, std::shared_ptr<void> object) {
  Table& all = table();
  sweep_process_objects();
  const std::lock_guard lock(all.mutex);
  for (const Entry& entry : all.entries) {
    if (entry.kind == kind && entry.object.get() == object.get()) return entry.token.handle();
  }
  auto token = platform::ProcessToken::create();
  if (!token) return std::move(token).error();
  auto handle = token->handle();
  if (!handle) return std::move(handle).error();
  all.entries.push_back({kind, std::move(object), *std::move(token)});
  return handle;
}

Result<std::shared_ptr<void>> find_process_object(ProcessObjectKind kind, const OsHandle& handle) {
  Table& all = table();
  {
    const std::lock_guard lock(all.mutex);
    for (const Entry& entry : all.entries) {
      if (entry.token.named_by(handle)) {
        if (entry.kind == kind) return entry.object;
        return Error(Errc::protocol_error, "The handle names another kind of object than the texture or semaphore handle says.");
      }
    }
  }
  return Error(Errc::protocol_error,
               "The handle is no token of this process: shared Metal textures and events pass between processes only by XPC "
               "(metal::export_event, metal::export_shared_texture).");
}

void sweep_process_objects() noexcept {
  try {
    static_cast<void>(take_unnamed(table()));
  } catch (const std::bad_alloc&) {
    // The next sweep finds them again.
  }
}

std::size_t process_object_count() noexcept {
  sweep_process_objects();
  const std::lock_guard lock(table().mutex);
  return table().entries.size();
}

}  // namespace geyser::detail
