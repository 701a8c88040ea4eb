// Peers that lie: bare pipes that say what no end of the library would.
#include <algorithm>
#include <array>
#include <functional>

#include "child_windows.hpp"
#include "raw_pipe.hpp"

namespace geyser::unit {
namespace {

using platform::Carriage;
using platform::FrameHead;
using platform::FrameKind;

/// A message with one handle that this process keeps.
FrameHead kept(std::int64_t value) {
  FrameHead head;
  head.handles = 1;
  head.carriage = Carriage::kept;
  head.process = ::GetCurrentProcessId();
  head.sequence = 1;
  head.values[0] = value;
  return head;
}

std::int64_t number(HANDLE handle) { return reinterpret_cast<std::intptr_t>(handle); }

bool say(const RawPipe& pipe, const std::string& lie) {
  if (lie == "garbage") return pipe.write(std::vector<std::byte>(300, std::byte{0x5A}));
  if (lie == "short") return pipe.write(std::vector<std::byte>(3));
  if (lie == "oversized") return pipe.write(FrameHead(), platform::max_datagram_bytes + 1);
  if (lie == "huge") return pipe.write(std::vector<std::byte>(1'000'000));
  if (lie == "empty") return pipe.write(FrameHead(), 0);
  if (lie == "welcome") {
    FrameHead head = kept(number(::CreateEventW(nullptr, TRUE, FALSE, nullptr)));
    head.kind = FrameKind::welcome;
    return pipe.write(head, 0);
  }
  FrameHead head = kept(number(::CreateEventW(nullptr, TRUE, FALSE, nullptr)));
  if (lie == "zero") head.values[0] = 0;
  if (lie == "minus-one") head.values[0] = -1;
  if (lie == "odd") head.values[0] |= 1;
  if (lie == "closed") {
    // The highest number, and closed first: whether the system gives out the lowest or the last one again, it takes another.
    std::array<HANDLE, 64> events{};
    for (HANDLE& event : events) event = ::CreateEventW(nullptr, TRUE, FALSE, nullptr);
    std::sort(events.begin(), events.end(), std::less<>());
    head.values[0] = number(events.back());
    for (auto event = events.rbegin(); event != events.rend(); ++event) ::CloseHandle(*event);
  }
  if (lie == "foreign") head.values[0] = 0x7FF0;  // may be open at the publisher; here it is not
  if (lie == "twice") head.handles = 2, head.values[1] = head.values[0];
  if (lie == "nine") head.handles = 9;
  if (lie == "pushed") head.carriage = Carriage::pushed;
  if (lie == "other-process") head.process = 4;
  if (lie == "no-carriage") head.carriage = Carriage::none;
  return pipe.write(head, 1);
}

/// Many connections that say nothing; every other time they are gone before anybody looks.
int crowd(const std::string& path, const test::Channel& parent) {
  for (int round = 0; round < 10; ++round) {
    std::vector<RawPipe> pipes;
    for (int i = 0; i < 12; ++i) pipes.push_back(RawPipe::client(path));
    for (const RawPipe& pipe : pipes) {
      if (!pipe) return 7;
    }
    if (round % 2 == 0) pipes.clear();
    if (!tell(parent) || told(parent).empty()) return 8;
  }
  return 0;
}

}  // namespace

int run_hostile_client(const std::string& path, const std::string& lie, const test::Channel& parent) {
  if (lie == "crowd") return crowd(path, parent);
  const RawPipe pipe = RawPipe::client(path);
  if (!pipe) return 1;
  if (lie == "silent" || lie == "never-reads") return told(parent, std::chrono::seconds(50)).empty() ? 2 : 0;
  if (lie == "as-publisher") {  // a handle in the publisher's own table, claimed by its process id
    const std::string id = told(parent);
    FrameHead head = kept(4);
    head.process = static_cast<std::uint32_t>(std::stoul(id));
    return pipe.write(head, 1) && pipe.ends() ? 0 : 3;
  }
  if (lie == "own") return say(pipe, lie) && !told(parent, std::chrono::seconds(50)).empty() ? 0 : 4;
  if (!say(pipe, lie)) return lie == "huge" ? 0 : 5;  // what is larger than the pipe waits for a reader, who hangs up
  return pipe.ends() ? 0 : 6;
}

int run_hostile_server(const std::string& path, const std::string& lie, const test::Channel& parent) {
  const RawPipe pipe = RawPipe::server(path);
  if (!pipe || !tell(parent)) return 1;
  if (::ConnectNamedPipe(platform::native(pipe.handle()), nullptr) == 0 && ::GetLastError() != ERROR_PIPE_CONNECTED) return 2;
  FrameHead head;
  head.handles = 1;
  head.carriage = Carriage::pushed;
  head.process = ::GetCurrentProcessId();
  head.sequence = 1;
  head.values[0] = 0x7FF0;  // closed at the client
  if (lie == "welcome-closed") head.kind = FrameKind::welcome;
  if (lie == "kept") head.carriage = Carriage::kept;
  if (lie == "garbage") {
    if (!pipe.write(std::vector<std::byte>(500, std::byte{7}))) return 3;
  } else if (!pipe.write(head, head.kind == FrameKind::welcome ? 0 : 1)) {
    return 4;
  }
  return told(parent, std::chrono::seconds(50)).empty() ? 5 : 0;
}

}  // namespace geyser::unit
