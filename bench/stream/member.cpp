// What the processes of the crew do.
#include <sys/prctl.h>
#include <csignal>
#include <cstring>

#include <thread>

#include "bench/stream/bare_socket.hpp"
#include "bench/stream/common.hpp"
#include "bench/stream/crew.hpp"
#include "bench/stream/crew_handles.hpp"
#include "bench/stream/engine.hpp"
#include "bench/stream/futex.hpp"

namespace geyser::bench {
namespace {

constexpr std::chrono::milliseconds look_around{100};  // how soon an order to halt is heard
constexpr std::chrono::seconds patience{10};

class Member {
 public:
  explicit Member(const Options& options)
      : options_(options),
        pages_(page_descriptor, sizeof(Page)),
        copies_(copy_descriptor, copy_bytes),
        page_(*reinterpret_cast<Page*>(pages_.bytes().data())),
        cell_(page_.cells[static_cast<std::size_t>(options.member)]),
        sequence_(cell_.done.load()) {}

  int serve() {
    while (true) {
      while (cell_.sequence.load() == sequence_) futex_wait(cell_.sequence, sequence_, 1000);
      sequence_ = cell_.sequence.load();
      if (cell_.order.task == Task::leave) return 0;
      try {
        follow();
      } catch (const std::exception& failure) {
        std::strncpy(cell_.failure, failure.what(), sizeof cell_.failure - 1);
        cell_.failed.store(1);
      }
      started();
      cell_.done.store(sequence_);
      futex_wake(cell_.done);
    }
  }

 private:
  [[nodiscard]] const Order& order() const { return cell_.order; }
  [[nodiscard]] bool halted() const { return cell_.halt.load(std::memory_order_relaxed) != 0; }
  void started() {
    cell_.started.store(sequence_);
    futex_wake(cell_.started);
  }
  [[nodiscard]] Engine& engine() {
    auto& wanted = order().other ? other_ : order().gpu ? gpu_ : host_;
    if (!wanted && order().other) wanted = open_vulkan(options_.other.value());
    if (!wanted) wanted = order().gpu ? open_vulkan(options_.index.value()) : open_host();
    return *wanted;
  }
  [[nodiscard]] SubscriberOptions subscriber_options() const {
    SubscriberOptions made;
    made.connect_timeout = patience;
    made.spin = std::chrono::nanoseconds(order().spin_ns);
    made.directory = options_.folder;
    made.require_zero_copy = !order().other;
    return made;
  }
  void follow() {
    switch (order().task) {
      case Task::read:
        return read();
      case Task::listen:
        return listen();
      case Task::wake:
        return wake();
      case Task::attach:
        return attach();
      case Task::take_copy:
        return take_copy();
      case Task::publish:
        return publish();
      case Task::open:
        static_cast<void>(engine());
        return;
      case Task::leave:
        break;
    }
  }
  void finish_turn(std::uint32_t turn) {
    cell_.turn.store(turn);
    futex_wake(cell_.turn);
  }
  void look_at(Engine& engine, ReadFrame& frame) {
    if (!engine.looks_right(frame)) throw std::runtime_error("the first frame's content is not that of its number");
  }

  void read() {
    Engine& device = engine();
    auto stream = must(Subscriber::connect(device.manager(), order().stream, subscriber_options()));
    started();
    bool look = order().look;
    const std::chrono::nanoseconds period(order().period_ns);
    while (!halted()) {
      auto frame = period.count() == 0 ? stream.acquire(look_around) : stream.acquire_newest(std::chrono::nanoseconds(0));
      const std::int64_t moment = now_ns();
      if (frame) {
        if (std::exchange(look, false)) {
          look_at(device, *frame);
        } else {
          device.use(*frame);
        }
        if (frame->info().generation != cell_.generation.load(std::memory_order_relaxed)) {
          cell_.generation_moment.store(moment);
          cell_.generation.store(frame->info().generation);
          futex_wake(cell_.turn);
        }
        cell_.skipped.fetch_add(frame->info().skipped, std::memory_order_relaxed);
        must(frame->release());
        cell_.frames.fetch_add(1, std::memory_order_release);
      } else if (frame.error().code() != Errc::timed_out && frame.error().code() != Errc::peer_gone) {
        throw std::runtime_error(frame.error().describe());
      }
      if (period.count() != 0) std::this_thread::sleep_for(period);
    }
    device.settle();
  }

  void listen() {
    std::uint32_t seen = page_.bell.load();
    started();
    while (!halted()) {
      futex_wait(page_.bell, seen);
      const std::uint32_t now = page_.bell.load();
      if (now != std::exchange(seen, now)) cell_.frames.fetch_add(1, std::memory_order_relaxed);
    }
  }

  /// Odd turns are the library's, even ones the floor's; order().spin_ns != 0: both spin.
  void wake() {
    Engine& device = engine();
    auto stream = must(Subscriber::connect(device.manager(), order().stream, subscriber_options()));
    const bool spins = order().spin_ns != 0;
    const std::uint32_t before = page_.bell.load();
    must(must(stream.acquire(patience)).release());  // the one that stands there: textures are known from now on
    started();
    for (std::uint32_t turn = 1; turn <= order().turns && !halted(); ++turn) {
      std::int64_t moment = 0;
      if (turn % 2 == 1) {
        auto frame = must(stream.acquire(patience));
        moment = now_ns();
        must(frame.release());
      } else {
        // The turn's number comes with the bell.
        while (page_.bell.load(std::memory_order_acquire) != before + turn / 2 && !halted()) {
          if (spins) {
            relax();
          } else {
            futex_wait(page_.bell, before + turn / 2 - 1);
          }
        }
        moment = now_ns();
      }
      page_.samples[turn % 2 == 1 ? 0 : 1][(turn - 1) / 2 % most_samples] = moment - page_.stamp.load(std::memory_order_relaxed);
      cell_.turn.store(turn, std::memory_order_release);
    }
  }

  void attach() {
    Engine& device = engine();
    started();
    for (std::uint32_t turn = 1; turn <= order().turns && !halted(); ++turn) {
      const std::int64_t begin = now_ns();
      if (!order().bare) {
        auto stream = must(Subscriber::connect(device.manager(), order().stream, subscriber_options()));
        auto frame = must(stream.acquire(patience));
        page_.samples[0][turn - 1] = now_ns() - begin;
        if (turn == 1) look_at(device, frame);
        must(frame.release());
      } else {
        const BareGuest guest(options_.folder + "/bare");
        page_.samples[1][turn - 1] = now_ns() - begin;
      }
      finish_turn(turn);
    }
  }

  void take_copy() {
    Engine& device = engine();
    const std::size_t bytes = std::size_t{4} * order().width * order().height;
    auto texture = must(device.manager().create_shareable_texture(descriptor_of(order().width, order().height)));
    std::uint32_t taken = page_.taken.load();
    started();
    while (!halted()) {
      const std::uint32_t filled = page_.filled.load();
      if (filled == taken) {
        futex_wait(page_.filled, filled);
        continue;
      }
      must(device.manager().upload(texture, {}, copies_.bytes().subspan(taken % copy_slots * (copy_bytes / copy_slots), bytes)));
      page_.taken.store(++taken);
      futex_wake(page_.taken);
    }
  }

  void publish() {
    Engine& device = engine();
    PublisherOptions options;
    options.name = order().stream;
    options.texture = descriptor_of(order().width, order().height);
    options.directory = options_.folder;
    started();
    while (cell_.go.load() == 0 && !halted()) futex_wait(cell_.go, 0);
    if (halted()) return;
    cell_.begun.store(now_ns());
    auto stream = must(Publisher::create(device.manager(), options));
    std::uint32_t published = 0;
    while (!halted()) {
      auto frame = must(stream.begin_frame(patience));
      device.draw(frame, Drawing::clear);
      (void)must(stream.publish(std::move(frame)));
      if (published++ == 0) {
        cell_.ready.store(now_ns());
        finish_turn(1);
      }
      std::this_thread::sleep_for(std::chrono::nanoseconds(order().period_ns));
    }
    device.settle();
  }

  Options options_;
  Pages pages_;
  Pages copies_;
  Page& page_;
  Cell& cell_;
  std::uint32_t sequence_;
  std::unique_ptr<Engine> host_;
  std::unique_ptr<Engine> gpu_;
  std::unique_ptr<Engine> other_;
};

}  // namespace

int serve(const Options& options) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody is left behind when the leader is killed
  return Member(options).serve();
}

}  // namespace geyser::bench
