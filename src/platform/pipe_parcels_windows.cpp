#include "platform/pipe_parcels_windows.hpp"

#include <map>
#include <mutex>
#include <new>

namespace geyser::platform {
namespace {

struct Pair {
  std::size_t ends = 0;
  std::vector<PipeToken> left;
};
struct Shelf {
  std::mutex mutex;
  std::map<PipeToken, std::vector<OsHandle>> parcels;
  std::map<std::wstring, Pair> pairs;
};

/// Never destroyed: sockets of static objects may outlive it.
Shelf& shelf() {
  static Shelf& made = *new Shelf;
  return made;
}

}  // namespace

Parcels& Parcels::here() noexcept {
  static Parcels only;
  return only;
}

void Parcels::put(const PipeToken& token, std::vector<OsHandle> handles) {
  const std::lock_guard lock(shelf().mutex);
  shelf().parcels.insert_or_assign(token, std::move(handles));
}

std::vector<OsHandle> Parcels::take(const PipeToken& token) noexcept {
  const std::lock_guard lock(shelf().mutex);
  const auto found = shelf().parcels.find(token);
  if (found == shelf().parcels.end()) return {};
  std::vector<OsHandle> handles = std::move(found->second);
  shelf().parcels.erase(found);
  return handles;
}

void Parcels::enter(const std::wstring& pair) {
  const std::lock_guard lock(shelf().mutex);
  ++shelf().pairs[pair].ends;
}

std::size_t Parcels::leave(const std::wstring& pair) noexcept {
  const std::lock_guard lock(shelf().mutex);
  const auto found = shelf().pairs.find(pair);
  if (found == shelf().pairs.end()) return 0;
  const std::size_t left = --found->second.ends;
  if (left == 0) shelf().pairs.erase(found);
  return left;
}

std::size_t Parcels::count(const std::wstring& pair) noexcept {
  const std::lock_guard lock(shelf().mutex);
  const auto found = shelf().pairs.find(pair);
  return found == shelf().pairs.end() ? 0 : found->second.ends;
}

void Parcels::leave_behind(const std::wstring& pair, const PipeToken& token) noexcept {
  const std::lock_guard lock(shelf().mutex);
  const auto found = shelf().pairs.find(pair);
  if (found == shelf().pairs.end()) return;
  try {
    found->second.left.push_back(token);
  } catch (const std::bad_alloc&) {
    shelf().parcels.erase(token);
  }
}

std::vector<PipeToken> Parcels::left_behind(const std::wstring& pair) noexcept {
  const std::lock_guard lock(shelf().mutex);
  const auto found = shelf().pairs.find(pair);
  if (found == shelf().pairs.end()) return {};
  return std::exchange(found->second.left, {});
}

}  // namespace geyser::platform
