// What a frame costs when nothing happens: no allocation and no system call, for the publisher and for the reader.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <new>

#include "fixture.hpp"
#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"

namespace {
thread_local std::uint64_t allocations = 0;  // of this thread
}  // namespace

#if GEYSER_TEST_SANITIZED == 0  // a sanitizer's runtime has these itself
namespace {

void* counted(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void* counted(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto step = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(step, (size + step - 1) / step * step)) return memory;
  throw std::bad_alloc();
}

}  // namespace

// The whole program's: everything that the library allocates comes through here.
void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, std::align_val_t alignment) { return counted(size, alignment); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return counted(size, alignment); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
#endif

namespace geyser::stream_test {
namespace {

constexpr int frames = 1000;

struct SystemCalls {
  int count = -1;  // -1: the filter could not be installed
  int first = -1;  // number of the first one
};
volatile sig_atomic_t trapped_count = 0;
volatile sig_atomic_t trapped_first = -1;

void on_trap(int, siginfo_t* info, void*) {
  if (trapped_count == 0) trapped_first = info->si_syscall;
  trapped_count = trapped_count + 1;
}

/// Runs `body` in a copy of this process in which every system call is caught and counted instead of made.
template <class Body>
SystemCalls count_system_calls(Body&& body) {
  SystemCalls seen;
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) return seen;
  const pid_t child = ::fork();
  if (child == 0) {
    struct sigaction action{};
    action.sa_sigaction = on_trap;
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGSYS, &action, nullptr);
    sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{.len = static_cast<unsigned short>(std::size(rules)), .filter = rules};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) {
      body();
      seen = {.count = trapped_count, .first = trapped_first};
    }
    const bool told = ::write(ends[1], &seen, sizeof seen) == static_cast<ssize_t>(sizeof seen);
    ::_exit(told ? 0 : 1);
  }
  ::close(ends[1]);
  if (child < 0 || ::read(ends[0], &seen, sizeof seen) != static_cast<ssize_t>(sizeof seen)) seen = {};
  ::close(ends[0]);
  int status = 0;
  if (child > 0) ::waitpid(child, &status, 0);
  return seen;
}

/// A publisher and a reader in one thread, past their beginnings.
class Steady : public LaneTest {
 protected:
  void prepare(Pacing pacing) {
    make_lane(pacing, 3);
    reader_.emplace(lane());
    for (int i = 0; i < 200; ++i) frame();
    ASSERT_TRUE(healthy_);
  }
  void frame() {
    publish_one();
    read_one();
  }
  void publish_one() {
    auto open = lane().begin(1s);
    frame_.number = next_++;
    frame_.info.user_bytes = max_user_data_bytes;
    healthy_ = healthy_ && open.has_value() && lane().publish(*std::move(open), frame_).has_value();
  }
  void read_one() {
    const std::uint32_t index = static_cast<std::uint32_t>(next_ % max_held_frames);
    const FrameRef ref = reader_->take_newest(index);
    healthy_ = healthy_ && reader_->board().read(ref, seen_) && seen_.number == frame_.number;
    reader_->claims().count(seen_.number, 0, 1us);
    reader_->want(next_);
    if (next_ % 2 == 0) {
      reader_->release(index);
    } else {
      reader_->release_later(index);
      reader_->finish(index);
    }
  }
  void TearDown() override {
    EXPECT_TRUE(healthy_);
    reader_.reset();
    LaneTest::TearDown();
  }

  bool healthy_ = true;
  std::optional<Reader> reader_;

 private:
  BoardFrame frame_;
  BoardFrame seen_;
};

TEST_F(Steady, a_frame_costs_no_allocation) {
  if (sanitized) GTEST_SKIP() << "a sanitizer's runtime brings its own operator new, which is not counted";
  for (const Pacing pacing : {Pacing::latest, Pacing::queue, Pacing::lockstep}) {
    next_ = 1;
    reader_.reset();
    prepare(pacing);
    const std::uint64_t before = allocations;
    for (int i = 0; i < frames; ++i) frame();
    EXPECT_EQ(allocations - before, 0U) << to_string(pacing);
  }
  const std::uint64_t before = allocations;
  const auto noticed = std::make_unique<int>(1);
  EXPECT_EQ(allocations - before, 1U) << "the counter does not count";
}

TEST_F(Steady, a_frame_costs_no_system_call) {
  if (sanitized) GTEST_SKIP() << "a sanitizer's runtime makes system calls of its own";
  for (const Pacing pacing : {Pacing::latest, Pacing::queue, Pacing::lockstep}) {
    next_ = 1;
    reader_.reset();
    prepare(pacing);
    const SystemCalls calls = count_system_calls([&] {
      for (int i = 0; i < frames; ++i) frame();
      if (!healthy_) static_cast<void>(::getpid());  // the copy's failure has to show here
    });
    EXPECT_EQ(calls.count, 0) << to_string(pacing) << ": the first is number " << calls.first;
  }
  const SystemCalls control = count_system_calls([] {
    static_cast<void>(::syscall(SYS_getppid));
    static_cast<void>(::syscall(SYS_getuid));
  });
  EXPECT_EQ(control.count, 2) << "the counter does not count";
  EXPECT_EQ(control.first, SYS_getppid);
}

// A reader that keeps frames for itself changes nothing about that, once there are textures enough.
TEST_F(Steady, a_frame_costs_nothing_more_while_a_reader_is_stopped) {
  if (sanitized) GTEST_SKIP() << "nothing is counted beside a sanitizer's runtime";
  prepare(Pacing::latest);
  Reader stopped(lane());
  publish_one();
  static_cast<void>(stopped.take_newest(0));
  for (int i = 0; i < 10; ++i) frame();
  const std::uint64_t before = allocations;
  for (int i = 0; i < frames; ++i) frame();
  EXPECT_EQ(allocations - before, 0U);
  const SystemCalls calls = count_system_calls([&] {
    for (int i = 0; i < frames; ++i) frame();
  });
  EXPECT_EQ(calls.count, 0) << "the first is number " << calls.first;
}

// The same through the public doors: what a program pays.
TEST(SteadyStream, a_frame_costs_no_allocation_and_no_system_call) {
  if (sanitized) GTEST_SKIP() << "nothing is counted beside a sanitizer's runtime";
  std::string folder = testing::TempDir() + "geyser-steady-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  for (const Pacing pacing : {Pacing::latest, Pacing::queue, Pacing::lockstep}) {
    auto manager = must(host::create_manager());
    PublisherOptions options;
    options.name = "steady";
    options.texture.extent = {64, 64, 1};
    options.texture.format = TextureFormat::rgba8_unorm;
    options.pacing = pacing;
    options.directory = folder;
    auto publisher = must(Publisher::create(manager, options));
    auto subscriber = must(Subscriber::connect(manager, "steady", {.directory = folder}));
    ASSERT_TRUE(ok(publisher.wait_for_subscribers(1, 5s)));
    bool healthy = true;
    std::array<std::byte, max_user_data_bytes> blob{};
    const auto frame = [&] {
      auto written = publisher.begin_frame();
      if (!written) return static_cast<void>(healthy = false);
      const auto number = publisher.publish(*std::move(written), {.damage = Rect{1, 2, 3, 4}, .hdr = HdrMetadata{}, .user_data = blob});
      auto read = subscriber.acquire(1s);
      healthy = healthy && number && read && read->info().number == *number && read->info().user_data().size() == blob.size();
    };
    for (int i = 0; i < 200; ++i) frame();
    const std::uint64_t before = allocations;
    for (int i = 0; i < frames; ++i) frame();
    EXPECT_EQ(allocations - before, 0U) << to_string(pacing);
    ASSERT_TRUE(healthy) << to_string(pacing);
    const SystemCalls calls = count_system_calls([&] {
      for (int i = 0; i < frames; ++i) frame();
      if (!healthy) static_cast<void>(::getpid());  // the copy's failure has to show here
    });
    EXPECT_EQ(calls.count, 0) << to_string(pacing) << ": the first is number " << calls.first;
  }
  EXPECT_EQ(::rmdir(folder.c_str()), 0) << "the streams left files behind";
}

}  // namespace
}  // namespace geyser::stream_test
