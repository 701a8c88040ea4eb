#include "platform/pipe_courier_windows.hpp"

#include <algorithm>

#include "core/message.hpp"
#include "platform/pipe_parcels_windows.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/section_windows.hpp"
#include "platform/security_windows.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

Error lie(std::string_view what) { return Error(Errc::protocol_error, detail::text("A message of the other process ", what, ".")); }

Error died() { return Error(Errc::peer_gone, "The other process ended, which closed the connection and the handles that it had sent."); }

HANDLE handle_of(std::int64_t value) noexcept { return reinterpret_cast<HANDLE>(static_cast<std::intptr_t>(value)); }

/// The page of a pair, which either end makes or finds.
Result<SharedMemory> page_of_pair(const std::wstring& name) {
  auto security = SecurityDescriptor::for_user_only("GA");
  if (!security) return std::move(security).error();
  SECURITY_ATTRIBUTES attributes = security->attributes();
  constexpr DWORD bytes = 4096;
  OsHandle section = owned(::CreateFileMappingW(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE | SEC_COMMIT, 0, bytes,
                                                (L"Local\\" + name + L"-page").c_str()));
  if (!section) return system_error("Making the page of a pair of pipes", last_error());
  return SharedMemory::open(section, bytes);
}

}  // namespace

Result<std::unique_ptr<Courier>> Courier::for_server(std::uint32_t client, OsHandle client_process) {
  std::unique_ptr<Courier> made(new Courier(PipeSide::server, true, client));
  made->peer_process_ = std::move(client_process);
  auto memory = SharedMemory::create(sizeof(PipeCounters), "geyser-pipe");
  if (!memory) return std::move(memory).error();
  made->attach(std::move(*memory));
  return made;
}

Result<std::unique_ptr<Courier>> Courier::for_client(std::uint32_t server) {
  return std::unique_ptr<Courier>(new Courier(PipeSide::client, true, server));
}

Result<std::unique_ptr<Courier>> Courier::for_pair(PipeSide side, const std::wstring& name) {
  std::unique_ptr<Courier> made(new Courier(side, false, 0));
  auto memory = page_of_pair(name);
  if (!memory) return std::move(memory).error();
  made->attach(std::move(*memory));
  const PipeCounters& page = *made->counters_;
  made->sent_ = (side == PipeSide::server ? page.sent_by_server : page.sent_by_client).load(std::memory_order_seq_cst);
  made->taken_ = (side == PipeSide::server ? page.taken_by_server : page.taken_by_client).load(std::memory_order_seq_cst);
  Parcels::here().enter(name);
  made->pair_ = name;
  return made;
}

Courier::~Courier() {
  if (!pair_.empty()) Parcels::here().leave(pair_);
}

void Courier::attach(SharedMemory memory) noexcept {
  memory_.emplace(std::move(memory));
  counters_ = reinterpret_cast<PipeCounters*>(memory_->bytes().data());  // zeroed memory is a valid one
}

Result<void> Courier::pack(std::span<const OsHandle::Value> handles, FrameHead& head) {
  head.process = current_process();
  head.handles = static_cast<std::uint8_t>(handles.size());
  if (handles.empty()) return {};
  head.sequence = sent_ + 1;
  const bool pushes = named_ && side_ == PipeSide::server && peer_ != head.process;
  auto packed = pushes ? push(handles, head) : keep(handles, head);
  if (packed) {
    ++sent_;
    if (counters_ != nullptr) (side_ == PipeSide::server ? counters_->sent_by_server : counters_->sent_by_client).store(sent_);
  }
  return packed;
}

Result<void> Courier::push(std::span<const OsHandle::Value> handles, FrameHead& head) {
  if (!peer_process_) {
    return Error(Errc::os_error,
                 detail::text("Process ", peer_,
                              " cannot be opened, so no handles can be given to it; it has more rights than "
                              "this one, or is of another user."),
                 ErrorDomain::win32, ERROR_ACCESS_DENIED);
  }
  head.carriage = Carriage::pushed;
  Unread& entry = unread_.emplace_back();
  entry.sequence = head.sequence;
  entry.remote.reserve(handles.size());
  for (std::size_t i = 0; i < handles.size(); ++i) {
    HANDLE there = nullptr;
    if (::DuplicateHandle(::GetCurrentProcess(), native(handles[i]), native(peer_process_), &there, 0, FALSE, DUPLICATE_SAME_ACCESS) == 0) {
      const int code = last_error();
      close_in_peer(entry.remote);
      unread_.pop_back();
      if (peer_is_dead()) return died();
      return system_error(detail::text("Giving the handle ", handles[i], " to process ", peer_), code);
    }
    head.values[i] = reinterpret_cast<std::intptr_t>(there);
    entry.remote.push_back(head.values[i]);
  }
  return {};
}

Result<void> Courier::keep(std::span<const OsHandle::Value> handles, FrameHead& head) {
  head.carriage = Carriage::kept;
  auto token = random_id();
  if (!token) return std::move(token).error();
  head.token = *token;
  std::vector<OsHandle> copies;
  copies.reserve(handles.size());
  for (std::size_t i = 0; i < handles.size(); ++i) {
    HANDLE copy = nullptr;
    if (::DuplicateHandle(::GetCurrentProcess(), native(handles[i]), ::GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS) == 0) {
      return system_error(detail::text("Duplicating the handle ", handles[i]), last_error());
    }
    copies.push_back(owned(copy));
    head.values[i] = copies.back().borrow();
  }
  unread_.push_back({head.sequence, head.token, {}});
  try {
    Parcels::here().put(head.token, std::move(copies));
  } catch (...) {
    unread_.pop_back();
    throw;
  }
  return {};
}

void Courier::undo() noexcept {
  if (unread_.empty()) return;
  close_in_peer(unread_.back().remote);
  static_cast<void>(Parcels::here().take(unread_.back().token));
  unread_.pop_back();
}

Result<std::vector<OsHandle>> Courier::take(const FrameHead& head) {
  if (head.handles == 0) return std::vector<OsHandle>();
  if (head.sequence <= taken_) return lie("is out of order");
  auto handles = fetch(head);
  // What was pushed and is no handle stays the sender's; everything else is done with.
  if (handles || head.carriage == Carriage::kept) count(head.sequence);
  return handles;
}

Result<std::vector<OsHandle>> Courier::fetch(const FrameHead& head) {
  std::vector<OsHandle> handles;
  handles.reserve(head.handles);
  if (head.carriage == Carriage::pushed) {
    if (!named_ || side_ != PipeSide::client || peer_ == current_process()) return lie("has handles that its end cannot have given");
    for (std::size_t i = 0; i < head.handles; ++i) {
      DWORD flags = 0;
      if (::GetHandleInformation(handle_of(head.values[i]), &flags) == 0) return lie("names a handle that is not open");
    }
    for (std::size_t i = 0; i < head.handles; ++i) handles.emplace_back(static_cast<OsHandle::Value>(head.values[i]));
    return handles;
  }
  if (head.process == current_process()) {
    if (!peer_is_here()) return lie("claims to be of this process");
    handles = Parcels::here().take(head.token);
    if (handles.size() != head.handles) return lie("names handles that nobody sent");
    return handles;
  }
  if (named_ && (side_ == PipeSide::client || head.process != peer_)) return lie("has handles that its end cannot have given");
  auto process = process_of(head.process);
  if (!process) return std::move(process).error();
  for (std::size_t i = 0; i < head.handles; ++i) {
    HANDLE here = nullptr;
    if (::DuplicateHandle(native(**process), handle_of(head.values[i]), ::GetCurrentProcess(), &here, 0, FALSE, DUPLICATE_SAME_ACCESS) ==
        0) {
      const int code = last_error();
      if (peer_is_dead()) return died();
      if (code == ERROR_INVALID_HANDLE) return lie("names a handle that is not open");
      Error failed = system_error(detail::text("Fetching a handle of process ", head.process), code);
      if (failed.code() == Errc::out_of_memory) return failed;
      return Error(Errc::protocol_error, failed.message(), ErrorDomain::win32, code);
    }
    handles.push_back(owned(here));
  }
  return handles;
}

Result<const OsHandle*> Courier::process_of(std::uint32_t id) {
  if (peer_process_ && peer_ == id) return &peer_process_;
  if (named_) return lie("has handles, and its process cannot be opened");
  OsHandle process = owned(::OpenProcess(PROCESS_DUP_HANDLE | PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE, id));
  if (!process) {
    const int code = last_error();
    if (code == ERROR_INVALID_PARAMETER) return died();  // there is no such process
    return system_error(detail::text("Opening process ", id, ", which sent handles"), code);
  }
  auto theirs = user_sid_of(native(process));
  auto ours = current_user_sid();
  if (!theirs || !ours || *theirs != *ours) return lie("comes from a process of another user");
  peer_ = id;
  peer_process_ = std::move(process);
  return &peer_process_;
}

void Courier::drop(const FrameHead& head) noexcept {
  try {
    if (head.handles == 0) return;
    // Fetching what is kept elsewhere, to close it, would be in vain: its sender closes it once it is counted.
    if (head.carriage == Carriage::pushed || head.process == current_process()) {
      static_cast<void>(take(head));
    } else {
      count(head.sequence);
    }
  } catch (const std::bad_alloc&) {  // what is not counted stays the sender's
  }
}

Result<void> Courier::welcome(const FrameHead& head) {
  if (!named_ || side_ != PipeSide::client || counters_ != nullptr) return lie("is a welcome out of turn");
  auto handles = fetch(head);
  if (!handles) return std::move(handles).error();
  auto memory = SharedMemory::open(handles->front(), sizeof(PipeCounters));
  if (!memory) {
    // Not counted, hence not ours: the server closes it when it sees this end go.
    if (head.carriage == Carriage::pushed) static_cast<void>(handles->front().release());
    return std::move(memory).error();
  }
  attach(std::move(*memory));
  count(head.sequence);
  return {};
}

void Courier::count(std::uint64_t sequence) noexcept {
  taken_ = sequence;
  if (counters_ == nullptr) return;
  (side_ == PipeSide::server ? counters_->taken_by_server : counters_->taken_by_client).store(sequence, std::memory_order_seq_cst);
}

void Courier::prune() noexcept {
  if (counters_ == nullptr) return;
  const std::uint64_t taken =
      (side_ == PipeSide::server ? counters_->taken_by_client : counters_->taken_by_server).load(std::memory_order_seq_cst);
  while (!unread_.empty() && unread_.front().sequence <= taken) {
    if (unread_.front().remote.empty()) static_cast<void>(Parcels::here().take(unread_.front().token));
    unread_.pop_front();
  }
}

bool Courier::peer_is_here() const noexcept { return named_ ? peer_ == current_process() : Parcels::here().count(pair_) != 0; }

bool Courier::owes() noexcept {
  prune();
  if (unread_.empty() || !unread_.front().remote.empty()) return false;
  if (named_) return peer_ != current_process();
  return Parcels::here().count(pair_) < 2;
}

void Courier::finish(bool broken) noexcept {
  prune();
  const bool stays = named_ ? !broken && peer_ == current_process() : Parcels::here().count(pair_) > 1;
  for (const Unread& entry : unread_) {
    if (!entry.remote.empty()) {
      // While the client may still read them they are not to be closed; it closes what it finds unread when it goes.
      if (broken) close_in_peer(entry.remote);
    } else if (!stays) {
      static_cast<void>(Parcels::here().take(entry.token));
    } else if (!named_) {
      Parcels::here().leave_behind(pair_, entry.token);
    }
  }
  unread_.clear();
  if (!named_ && !stays) {
    for (const PipeToken& token : Parcels::here().left_behind(pair_)) static_cast<void>(Parcels::here().take(token));
  }
}

void Courier::close_in_peer(const std::vector<std::int64_t>& values) const noexcept {
  for (const std::int64_t value : values) {
    ::DuplicateHandle(native(peer_process_), handle_of(value), nullptr, nullptr, 0, FALSE, DUPLICATE_CLOSE_SOURCE);
  }
}

bool Courier::peer_is_dead() const noexcept { return peer_process_ && ::WaitForSingleObject(native(peer_process_), 0) == WAIT_OBJECT_0; }

void Courier::mark_ended() noexcept {
  if (counters_ != nullptr) counters_->ended.store(1, std::memory_order_seq_cst);
}

bool Courier::ended() const noexcept { return counters_ != nullptr && counters_->ended.load(std::memory_order_seq_cst) != 0; }

}  // namespace geyser::platform
