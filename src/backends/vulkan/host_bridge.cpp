#include "backends/vulkan/host_bridge.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "backends/vulkan/sync.hpp"
#include "core/message.hpp"
#include "geyser/log.hpp"

namespace geyser::vulkan {
namespace {

using detail::text;

// Vulkan cannot wake a thread that waits for a semaphore, so it looks up now and then whether it shall stop, or wait for a lower value
// that was submitted later.
constexpr std::chrono::milliseconds out_slice{20};
// A value is waited for once its submit is made. A caller who submits by hand and keeps the access open says so late; this is how late it
// may be.
constexpr std::chrono::milliseconds unsaid_submit{100};
constexpr std::chrono::milliseconds in_slice{100};
// How long a semaphore that goes away waits for the signals that were submitted, so that peers still hear of them.
constexpr std::chrono::seconds longest_goodbye{1};

void insert(std::vector<std::uint64_t>& sorted, std::uint64_t value) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), value);
  if (at == sorted.end() || *at != value) sorted.insert(at, value);
}

/// Drops every value up to `value`; true when there was one.
bool drop_until(std::vector<std::uint64_t>& sorted, std::uint64_t value) noexcept {
  const auto end = std::upper_bound(sorted.begin(), sorted.end(), value);
  const bool any = end != sorted.begin();
  sorted.erase(sorted.begin(), end);
  return any;
}

}  // namespace

/// One semaphore's two directions.
class HostBridge::Link {
  using Clock = std::chrono::steady_clock;
  struct Promise {
    std::uint64_t value = 0;
    Clock::time_point believed_at;  // taken for submitted from then on
    bool submitted = false;
  };
  static bool before(const Promise& promise, std::uint64_t value) noexcept { return promise.value < value; }

 public:
  Link(const Context& context, Semaphore& semaphore) noexcept
      : context_(context),
        wait_for_(semaphore.semaphore),
        signalled_here_(semaphore.signalled_here),
        page_(*semaphore.page),
        reached_(semaphore.start),
        raised_(semaphore.start) {}
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  ~Link() {
    stop(in_thread_, stop_in_, in_wake_);
    {
      std::unique_lock lock(mutex_);
      if (!expected_in_.empty()) {
        log(LogLevel::warning, text("A host timeline is destroyed while a submit waits for value ", expected_in_.back(),
                                    " that no peer signalled (it is at ", page_.value(), "); the submit is released."));
        static_cast<void>(raise(expected_in_.back()));  // it fails only when the device is lost, and then nothing waits
      }
      if (out_thread_.joinable() && !out_done_.wait_for(lock, longest_goodbye, [&] { return expected_out_.empty(); })) {
        log(LogLevel::warning,
            text("A host timeline is destroyed before value ", expected_out_.back().value, " that was announced here is signalled."));
      }
    }
    stop(out_thread_, stop_out_, out_wake_);
  }

  Result<void> expect_out(std::uint64_t value) {
    const std::lock_guard lock(mutex_);
    if (value <= reached_) {
      return Error(Errc::invalid_argument, text("The timeline was signalled with ", reached_, " by this device, so a submit cannot signal ",
                                                value, "; signal a value above ", reached_, "."));
    }
    const auto at = std::lower_bound(expected_out_.begin(), expected_out_.end(), value, before);
    if (at == expected_out_.end() || at->value != value) expected_out_.insert(at, Promise{value, Clock::now() + unsaid_submit});
    if (auto ok = start(out_thread_, [this] { run_out(); }); !ok) {
      forget_out(value);
      return ok;
    }
    out_wake_.notify_one();
    return {};
  }

  void submitted(std::uint64_t value) noexcept {
    const std::lock_guard lock(mutex_);
    const auto at = std::lower_bound(expected_out_.begin(), expected_out_.end(), value, before);
    if (at == expected_out_.end() || at->value != value) return;
    at->submitted = true;
    out_wake_.notify_one();
  }

  void cancel_out(std::uint64_t value) noexcept {
    const std::lock_guard lock(mutex_);
    forget_out(value);
    if (expected_out_.empty()) out_done_.notify_all();
  }

  Result<void> expect_in(std::uint64_t value) {
    const std::lock_guard lock(mutex_);
    if (value <= raised_) return {};
    if (page_.value() >= value) return raise(value);  // no thread needed
    insert(expected_in_, value);
    if (auto ok = start(in_thread_, [this] { run_in(); }); !ok) {
      std::erase(expected_in_, value);
      return ok;
    }
    in_wake_.notify_one();
    return {};
  }

  Result<void> follow() {
    const std::lock_guard lock(mutex_);
    if (follow_) return {};
    if (const std::uint64_t now = page_.value(); now > raised_) {
      if (auto ok = raise(now); !ok) return ok;
    }
    if (auto ok = start(in_thread_, [this] { run_in(); }); !ok) return ok;
    follow_ = true;
    in_wake_.notify_one();
    return {};
  }

 private:
  template <class Body>
  static Result<void> start(std::thread& thread, Body&& body) {
    if (thread.joinable()) return {};
    try {
      thread = std::thread(std::forward<Body>(body));
    } catch (const std::system_error& e) {
      return Error(Errc::os_error, text("The host timeline's thread cannot be started: ", e.what(), "."), ErrorDomain::posix,
                   e.code().value());
    }
    return {};
  }

  void stop(std::thread& thread, std::atomic<bool>& flag, std::condition_variable& wake) noexcept {
    {
      const std::lock_guard lock(mutex_);
      flag.store(true);
    }
    wake.notify_all();
    if (!thread.joinable()) return;
    page_.wake();
    thread.join();
  }

  /// Sets the local wait semaphore to `value`, never downwards. Caller holds mutex_: two raises must not cross.
  Result<void> raise(std::uint64_t value) {
    if (value <= raised_) return {};
    if (auto ok = signal_counter(context_, wait_for_, value); !ok) return ok;
    raised_ = value;
    drop_until(expected_in_, value);
    return {};
  }

  void forget_out(std::uint64_t value) noexcept {
    std::erase_if(expected_out_, [&](const Promise& p) { return p.value == value; });
  }

  /// The value to wait for now, or 0 and when to look again. Caller holds mutex_.
  /// Only what is submitted: waiting for a value while its submit is being made is allowed, but the validation layers of 2023 stall on it.
  std::pair<std::uint64_t, Clock::time_point> next_out() const noexcept {
    auto look_again = Clock::now() + std::chrono::hours(1);
    for (const auto& promise : expected_out_) {
      if (promise.submitted) return {promise.value, {}};
    }
    for (const auto& promise : expected_out_) {
      if (promise.believed_at <= Clock::now()) return {promise.value, {}};
      look_again = std::min(look_again, promise.believed_at);
    }
    return {0, look_again};
  }

  void run_out() {
    std::unique_lock lock(mutex_);
    while (!stop_out_.load()) {
      const auto [value, look_again] = next_out();
      if (value == 0) {
        out_wake_.wait_until(lock, look_again);
        continue;
      }
      lock.unlock();
      const auto reached = wait_counter(context_, signalled_here_, value, out_slice);
      lock.lock();
      if (!reached) {
        log(LogLevel::error, text("A host timeline cannot pass signals on any more: ", reached.error().message()));
        expected_out_.clear();
      } else if (*reached) {
        reached_ = std::max(reached_, value);
        page_.signal(value);
        std::erase_if(expected_out_, [&](const Promise& p) { return p.value <= reached_; });
      }
      if (expected_out_.empty()) out_done_.notify_all();
    }
  }

  void run_in() {
    std::unique_lock lock(mutex_);
    while (true) {
      // A peer may write anything into the page; at the highest value there is nothing left to follow.
      in_wake_.wait(lock, [&] {
        return stop_in_.load() || !expected_in_.empty() || (follow_ && raised_ != std::numeric_limits<std::uint64_t>::max());
      });
      if (stop_in_.load()) return;
      const std::uint64_t now = page_.value();
      std::uint64_t due = follow_ ? now : 0;
      for (const auto value : expected_in_) {
        if (value <= now) due = std::max(due, value);
      }
      if (due > raised_) {
        if (auto ok = raise(due); !ok) {
          log(LogLevel::error, text("A host timeline cannot release submits any more: ", ok.error().message()));
          expected_in_.clear();
          follow_ = false;
        }
        continue;
      }
      lock.unlock();
      static_cast<void>(page_.wait(now + 1, in_slice, stop_in_));
      lock.lock();
    }
  }

  const Context& context_;
  const vk::Semaphore wait_for_;
  const vk::Semaphore signalled_here_;
  detail::HostTimeline& page_;

  std::mutex mutex_;
  std::condition_variable out_wake_;
  std::condition_variable out_done_;
  std::condition_variable in_wake_;
  std::vector<Promise> expected_out_;       // sorted; guarded by mutex_
  std::vector<std::uint64_t> expected_in_;  // sorted; guarded by mutex_
  std::uint64_t reached_;                   // newest value seen of signalled_here_; guarded by mutex_
  std::uint64_t raised_;                    // value of wait_for_; guarded by mutex_
  bool follow_ = false;                     // guarded by mutex_
  std::atomic<bool> stop_out_{false};       // written under mutex_
  std::atomic<bool> stop_in_{false};        // written under mutex_
  std::thread out_thread_;
  std::thread in_thread_;
};

HostBridge::HostBridge(std::shared_ptr<Context> context) noexcept : context_(std::move(context)) {}
HostBridge::~HostBridge() = default;

HostBridge::Link& HostBridge::link(Semaphore& semaphore) {
  const std::lock_guard lock(mutex_);
  auto& found = links_[&semaphore];
  if (!found) found = std::make_unique<Link>(*context_, semaphore);
  return *found;
}

Result<void> HostBridge::expect_local_signal(Semaphore& semaphore, std::uint64_t value) { return link(semaphore).expect_out(value); }

Result<void> HostBridge::expect_shared_signal(Semaphore& semaphore, std::uint64_t value) { return link(semaphore).expect_in(value); }

HostBridge::Link* HostBridge::find(const Semaphore& semaphore) noexcept {
  const std::lock_guard lock(mutex_);
  const auto at = links_.find(&semaphore);
  return at != links_.end() ? at->second.get() : nullptr;
}

void HostBridge::local_signal_submitted(const Semaphore& semaphore, std::uint64_t value) noexcept {
  if (auto* found = find(semaphore)) found->submitted(value);
}

void HostBridge::cancel_local_signal(const Semaphore& semaphore, std::uint64_t value) noexcept {
  if (auto* found = find(semaphore)) found->cancel_out(value);
}

Result<void> HostBridge::follow(Semaphore& semaphore) { return link(semaphore).follow(); }

void HostBridge::forget(Semaphore& semaphore) noexcept {
  std::unique_ptr<Link> last;
  {
    const std::lock_guard lock(mutex_);
    const auto at = links_.find(&semaphore);
    if (at == links_.end()) return;
    last = std::move(at->second);
    links_.erase(at);
  }
  // Stops its threads here, outside the lock, so that other semaphores go on meanwhile.
}

}  // namespace geyser::vulkan
