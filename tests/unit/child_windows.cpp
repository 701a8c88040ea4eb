#include "child_windows.hpp"

#include <atomic>
#include <cstdlib>
#include <thread>

#include "platform/runtime_directory.hpp"
#include "platform/shared_memory.hpp"
#include "platform/wait.hpp"
#include "platform/windows.hpp"
#include "runtime.hpp"
#include "sockets.hpp"

namespace geyser::unit {
namespace {

using namespace std::chrono_literals;
using platform::SharedMemory;
using platform::Socket;
using std::chrono::steady_clock;
using test::Channel;

/// Holds a name, announces, listens, and stays until it is killed.
int hold(const std::string& folder, const Channel& parent) {
  auto dir = platform::RuntimeDirectory::open(folder);
  if (!dir) return 1;
  const auto name = held(*dir, "camera");
  if (!name.announce(bytes_of("from the dead"))) return 2;
  const auto listener = platform::ListeningSocket::listen(name.socket_path());
  if (!listener || !tell(parent)) return 3;
  std::this_thread::sleep_for(60s);
  return 0;
}

int race(const std::string& folder, const Channel& parent) {
  auto dir = platform::RuntimeDirectory::open(folder);
  if (!dir || !tell(parent) || told(parent).empty()) return 3;
  const auto name = dir->hold("stream", "camera");
  if (!tell(parent, name ? "won" : name.error().code() == Errc::invalid_state ? "lost" : "failed")) return 4;
  return told(parent).empty() ? 5 : 0;
}

struct Tally {
  std::atomic<int> holders, overlaps, taken;
};

/// Takes and frees a name for a second; counts in memory that the parent sent.
int churn(const std::string& folder, const Channel& parent) {
  auto message = parent.receive(10s);
  if (!message || message->handles.empty()) return 1;
  auto memory = SharedMemory::open(message->handles[0], sizeof(Tally));
  if (!memory) return 2;
  auto& tally = *reinterpret_cast<Tally*>(memory->bytes().data());
  const auto dir = platform::RuntimeDirectory::open(folder);
  if (!dir) return 3;
  const auto end = steady_clock::now() + 1s;
  while (steady_clock::now() < end) {
    const auto name = dir->hold("stream", "camera");
    if (!name && name.error().code() != Errc::invalid_state) return 4;
    if (!name) continue;
    if (tally.holders.fetch_add(1) != 0) tally.overlaps.fetch_add(1);
    tally.taken.fetch_add(1);
    if (announced(*dir, "camera") != "" || !name->announce(bytes_of("mine")) || announced(*dir, "camera") != "mine") return 5;
    tally.holders.fetch_sub(1);
  }
  return 0;
}

int look(const std::string& folder, const Channel& parent) {
  const auto dir = platform::RuntimeDirectory::open(folder);
  if (!dir || !tell(parent)) return 1;
  while (true) {
    if (!dir->live("stream") || !dir->find("stream", "camera")) return 2;
  }
}

/// Sends handles as fast as they are taken, until it is killed.
int flood(const std::string& path) {
  const auto socket = Socket::connect(path, 10s);
  const auto memory = SharedMemory::create(4096, "flood");
  if (!socket || !memory) return 1;
  const OsHandle::Value value = memory->handle().borrow();
  while (true) {
    auto sent = socket->send(pattern(500), {&value, 1});
    if (!sent) return sent.error().code() == Errc::peer_gone ? 0 : 2;
    if (*sent == platform::SendOutcome::full) static_cast<void>(socket->wait_writable(10s));
  }
}

/// Takes what it is sent until the end, then looks whether anything is left open.
int take_all(const std::string& path, const Channel& parent) {
  if (!tell(parent, "before")) return 1;
  const std::size_t before = test::open_descriptors();
  std::size_t handles = 0;
  {
    const auto socket = Socket::connect(path, 10s);
    if (!socket) return 2;
    while (socket->wait_readable(10s)) {
      auto message = socket->receive();
      if (!message) {
        if (message.error().code() != Errc::peer_gone) return 3;
        break;
      }
      if (!*message) continue;
      handles += (*message)->handles.size();
      for (OsHandle& handle : (*message)->handles) {
        auto memory = SharedMemory::open(handle, 4096);
        if (!memory) return 4;
        if (memory->bytes()[0] != std::byte{42}) return 5;
      }
    }
  }
  if (test::open_descriptors() != before) return 6;
  return tell(parent, std::to_string(handles)) ? 0 : 7;
}

/// Connects, lets messages with handles come, and goes without reading them: they must not stay in this process's table.
int leave_unread(const std::string& path, const Channel& parent) {
  if (!tell(parent, "before")) return 1;
  const std::size_t before = test::open_descriptors();
  {
    const auto socket = Socket::connect(path, 10s);
    if (!socket || !tell(parent, "connected") || told(parent).empty()) return 2;
    if (test::open_descriptors() < before + 8) return 3;  // else there was nothing to leave
  }
  for (int i = 0; i < 200 && test::open_descriptors() != before; ++i) std::this_thread::sleep_for(10ms);
  return test::open_descriptors() == before ? 0 : 4;
}

int serve(const std::string& path, const Channel& parent) {
  const auto listener = platform::ListeningSocket::listen(path);
  if (!listener || !tell(parent)) return 1;
  while (true) {
    auto socket = listener->accept();
    if (!socket) return 2;
    if (!*socket) {
      std::this_thread::sleep_for(1ms);
      continue;
    }
    if (!send(**socket, 9)) return 3;
    std::this_thread::sleep_for(60s);
    return 0;
  }
}

/// Answers each number with the next one, by way of a bell.
int ring(const Channel& parent) {
  auto message = parent.receive(10s);
  if (!message || message->handles.size() != 1 || message->bytes.size() != sizeof(platform::BellKey)) return 1;
  platform::BellKey key;
  std::memcpy(&key, message->bytes.data(), sizeof(key));
  auto memory = SharedMemory::open(message->handles[0], 4096);
  if (!memory) return 2;
  auto& word = *reinterpret_cast<std::atomic<std::uint32_t>*>(memory->bytes().data());
  const auto bell = platform::Bell::open(key);
  for (std::uint32_t expected = 1; expected < 200; expected += 2) {
    const auto start = steady_clock::now();
    for (std::uint32_t seen = word.load(); seen != expected; seen = word.load()) {
      if (steady_clock::now() - start > 10s) return 3;
      bell.wait(word, seen, 10s);
    }
    word.store(expected + 1);
    bell.wake(word);
  }
  return 0;
}

/// Tries to write to what it was given for reading: whichever way, it must not work.
int write_to_board(const Channel& parent) {
  auto message = parent.receive(10s);
  if (!message || message->handles.size() != 1) return 1;
  const HANDLE board = platform::native(message->handles[0]);
  for (const DWORD access : {DWORD{FILE_MAP_WRITE}, DWORD{FILE_MAP_ALL_ACCESS}, DWORD{FILE_MAP_WRITE | FILE_MAP_READ}}) {
    if (void* data = ::MapViewOfFile(board, access, 0, 0, 0); data != nullptr) return 2;
  }
  for (const DWORD access : {DWORD{SECTION_MAP_WRITE}, DWORD{SECTION_ALL_ACCESS}, DWORD{SECTION_EXTEND_SIZE}}) {
    HANDLE more = nullptr;
    if (::DuplicateHandle(::GetCurrentProcess(), board, ::GetCurrentProcess(), &more, access, FALSE, 0) != 0) return 3;
  }
  void* data = ::MapViewOfFile(board, FILE_MAP_READ, 0, 0, 0);
  if (data == nullptr) return 4;
  DWORD old = 0;
  if (::VirtualProtect(data, 4096, PAGE_READWRITE, &old) != 0) return 5;
  return 0;
}

}  // namespace

bool is_wine() noexcept { return platform::system_function<void (*)()>(L"ntdll.dll", "wine_get_version") != nullptr; }

test::Child start_part(std::vector<std::string> words) {
  words.insert(words.begin(), "--part");
  auto child = test::Child::start(words);
  if (!child) std::abort();
  return std::move(*child);
}

bool tell(const Channel& channel, std::string_view word, std::vector<OsHandle::Value> handles) {
  return channel.send(bytes_of(word), handles).has_value();
}

std::string told(const Channel& channel, std::chrono::milliseconds patience) {
  auto message = channel.receive(patience);
  return message ? text_of(message->bytes) : std::string();
}

int run_part(const std::vector<std::string>& words) {
  const Channel parent(test::Child::inherited_channel());
  const std::string& part = words[0];
  const std::string first = words.size() > 1 ? words[1] : std::string();
  if (part == "hold") return hold(first, parent);
  if (part == "race") return race(first, parent);
  if (part == "churn") return churn(first, parent);
  if (part == "look") return look(first, parent);
  if (part == "flood") return flood(first);
  if (part == "take-all") return take_all(first, parent);
  if (part == "leave-unread") return leave_unread(first, parent);
  if (part == "serve") return serve(first, parent);
  if (part == "ring") return ring(parent);
  if (part == "write-to-board") return write_to_board(parent);
  if (part == "hostile-client") return run_hostile_client(first, words.at(2), parent);
  if (part == "hostile-server") return run_hostile_server(first, words.at(2), parent);
  return 99;
}

}  // namespace geyser::unit
