#include "resource_roles.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <fstream>
#include <functional>
#include <thread>

#include "frames.hpp"
#include "geyser/channel.hpp"
#include "geyser/host.hpp"
#include "handmade.hpp"
#include "stream/names.hpp"

namespace geyser::test {

FewDescriptors::FewDescriptors(std::size_t headroom) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  before_ = limit.rlim_cur;
  // The limit is about the highest number, so numbers that are free below it count.
  rlim_t next = 0;
  for (std::size_t free = 0; free < headroom + 1; ++next) {
    if (!is_open(static_cast<int>(next))) ++free;
  }
  limit.rlim_cur = next - 1;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

FewDescriptors::~FewDescriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = before_;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

namespace {

constexpr unsigned nobody = 65534;

int fail(const Slate& slate, const std::string& words) {
  slate.say(words);
  return 1;
}
int complain(const Slate& slate, const Error& error) { return fail(slate, error.describe()); }

// Tries with fewer descriptors than it takes, and then with one more, until it works; then nothing may be left of the failures.
int starved(const Slate& slate, const std::function<Result<void>()>& attempt) {
  if (auto first = attempt(); !first) return complain(slate, first.error());  // whatever is opened once in a process
  const std::size_t before = open_descriptors();
  std::uint64_t failures = 0;
  for (std::size_t headroom = 0; headroom < 80; ++headroom) {
    Result<void> done;
    {
      const FewDescriptors few(headroom);
      done = attempt();
    }
    if (!eventually(2s, [&] { return open_descriptors() <= before; })) {
      return fail(slate, "with " + std::to_string(headroom) + " free descriptors " + std::to_string(open_descriptors() - before) + " leak");
    }
    if (done) {
      slate->rounds.store(headroom);
      if (failures == 0) return fail(slate, "it never failed");
      // With plenty it works again at once.
      if (auto last = attempt(); !last) return complain(slate, last.error());
      return 0;
    }
    if (done.error().message().empty()) return fail(slate, "an error without words");
    slate.say(done.error().describe());
    ++failures;
  }
  return fail(slate, "it never worked: " + slate.words());
}

int starved_reader(const Settings& settings, const Slate& slate) {
  auto manager = host::create_manager();
  if (!manager) return complain(slate, manager.error());
  return starved(slate, [&]() -> Result<void> {
    SubscriberOptions options;
    options.directory = settings.text("dir");
    options.connect_timeout = 200ms;
    options.reconnect = false;
    auto made = Subscriber::connect(*manager, settings.text("name"), options);
    if (!made) return std::move(made).error();
    auto frame = made->acquire(200ms);
    if (!frame) return std::move(frame).error();
    auto different = compare_mapped(*frame, 0us);
    if (!different) return std::move(different).error();
    if (!different->empty()) return Error(Errc::internal, *different);
    return {};
  });
}

int starved_publisher(const Settings& settings, const Slate& slate) {
  auto manager = host::create_manager();
  if (!manager) return complain(slate, manager.error());
  return starved(slate, [&]() -> Result<void> {
    PublisherOptions options;
    options.name = settings.text("name");
    options.texture = small_texture();
    options.directory = settings.text("dir");
    auto made = Publisher::create(*manager, options);
    if (!made) return std::move(made).error();
    PublishLoop loop(*made);
    auto number = loop.once();
    if (!number) return std::move(number).error();
    return {};
  });
}

// A folder on a disk of a few pages. Exit status 77: this process may not mount one.
int full_disk(const Settings& settings, const Slate& slate) {
  const std::string place = settings.text("place");
  ::mkdir(place.c_str(), 0700);
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tiny", place.c_str(), "tmpfs", 0, "size=16k,mode=0700") != 0) {
    slate.say(std::string("a small disk cannot be mounted: ") + std::strerror(errno));
    return 77;
  }
  const auto fill = [&] {
    std::ofstream out(place + "/filler", std::ios::app);
    while (out << std::string(1024, 'x') << std::flush) {
    }
  };
  auto manager = host::create_manager();
  if (!manager) return complain(slate, manager.error());
  PublisherOptions options;
  options.name = "disk";
  options.texture = small_texture();
  options.directory = place;
  fill();
  auto refused = Publisher::create(*manager, options);
  if (refused) return fail(slate, "a stream was announced on a full disk");
  if (refused.error().code() != Errc::os_error) return complain(slate, refused.error());
  const std::string words = refused.error().describe();
  ::unlink((place + "/filler").c_str());
  auto made = Publisher::create(*manager, options);
  if (!made) return complain(slate, made.error());
  PublishLoop loop(*made);
  if (auto number = loop.once(); !number) return complain(slate, number.error());
  // A full disk later on costs the directory its newest line, and the stream nothing.
  fill();
  if (auto changed = made->reconfigure(small_texture(48, 48)); !changed) return complain(slate, changed.error());
  if (auto number = loop.once(); !number) return complain(slate, number.error());
  slate.say(words);
  return 0;
}

// Another user, who goes to the socket's file past the folder. Exit status 0: turned away without an answer.
int stranger(const Settings& settings, const Slate& slate) {
  if (::setgid(nobody) != 0 || ::setuid(nobody) != 0) return 77;
  auto refused = Directory::open(settings.text("dir"));
  if (refused) return fail(slate, "somebody else's folder was opened");
  slate.say(refused.error().describe());
  auto socket = platform::Socket::connect(settings.text("socket"), 2s);
  if (!socket) return complain(slate, socket.error());
  const ipc::Link link(std::move(*socket));
  ipc::Hello hello;
  hello.application = "stranger";
  static_cast<void>(link.send(hello, 1s));
  auto answer = link.receive(5s);
  if (answer) return fail(slate, "the publisher answers a stranger");
  return answer.error().code() == Errc::peer_gone ? 0 : complain(slate, answer.error());
}

// A stream's name, held by this user, whose socket another user serves. Step 1: listening.
int foreign_server(const Settings& settings, const Slate& slate) {
  auto folder = platform::RuntimeDirectory::open(settings.text("dir"));
  if (!folder) return complain(slate, folder.error());
  auto held = folder->hold(detail::stream_kind, settings.text("name"));
  if (!held) return complain(slate, held.error());
  const OsHandle socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  held->socket_path().copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return fail(slate, "bind");
  // Who is at the other end is what the system noted at listen().
  if (::setgid(nobody) != 0 || ::setuid(nobody) != 0) return 77;
  if (::listen(socket.fd(), 5) != 0) return fail(slate, "listen");
  slate->step.store(1);
  while (slate->stop.load() == 0) std::this_thread::sleep_for(1ms);
  return 0;
}

}  // namespace

Role find_resource_role(std::string_view name) {
  if (name == "starved_reader") return &starved_reader;
  if (name == "starved_publisher") return &starved_publisher;
  if (name == "full_disk") return &full_disk;
  if (name == "stranger") return &stranger;
  if (name == "foreign_server") return &foreign_server;
  return nullptr;
}

}  // namespace geyser::test
