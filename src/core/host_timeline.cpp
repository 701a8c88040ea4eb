#include "core/host_timeline.hpp"

#include <algorithm>

namespace geyser::detail {

// The whole of what is shared. A peer may write anything here at any time, so nothing read from it is used as an index, a size or a
// pointer.
struct HostTimeline::Page {
  static constexpr std::uint64_t magic_value = 0x656e696c656d6974;  // "timeline"
  static constexpr std::uint32_t version_value = 1;

  std::uint64_t magic;
  std::uint32_t version;
  std::atomic<std::uint32_t> waiters;
  platform::BellKey bell;
  alignas(64) std::atomic<std::uint64_t> value;
  alignas(64) std::atomic<std::uint32_t> wake_word;  // changes with every signal: what sleepers sleep on
};

namespace {
constexpr std::uint64_t page_bytes = 4096;
// A peer may break the wake-up word or the waiter count; looking this often bounds what that costs.
constexpr std::chrono::nanoseconds longest_sleep = std::chrono::milliseconds(100);
}  // namespace

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free,
              "atomics in shared memory must not hide a lock of one process");

HostTimeline::Page& HostTimeline::page() const noexcept { return *reinterpret_cast<Page*>(memory_.bytes().data()); }

Result<HostTimeline> HostTimeline::create(std::uint64_t initial_value) {
  auto memory = platform::SharedMemory::create(page_bytes, "geyser-timeline");
  if (!memory) return std::move(memory).error().with_context("creating a host timeline");
  Page* page = new (memory->bytes().data()) Page{};
  page->magic = Page::magic_value;
  page->version = Page::version_value;
  page->value.store(initial_value, std::memory_order_release);
  auto bell = platform::Bell::create(page->bell);
  if (!bell) return std::move(bell).error().with_context("creating a host timeline");
  const platform::BellKey key = page->bell;
  return HostTimeline(*std::move(memory), key, *std::move(bell));
}

Result<HostTimeline> HostTimeline::open(OsHandle& handle) {
  // Looked at through a duplicate, so that a page that is none of ours leaves the caller's handle untouched.
  auto copy = handle.duplicate();
  if (!copy) return std::move(copy).error().with_context("opening a host timeline");
  auto memory = platform::SharedMemory::open(*copy, page_bytes);
  if (!memory) return std::move(memory).error().with_context("opening a host timeline");
  const Page& page = *reinterpret_cast<const Page*>(memory->bytes().data());
  if (page.magic != Page::magic_value || page.version != Page::version_value) {
    return Error(Errc::protocol_error,
                 "The shared memory is no host timeline of this library's version 1; export it with export_semaphore().");
  }
  handle.reset();
  const platform::BellKey key = page.bell;
  return HostTimeline(*std::move(memory), key, platform::Bell::open(key));
}

Result<OsHandle> HostTimeline::duplicate_handle() const {
  std::atomic_ref(page().magic).store(Page::magic_value, std::memory_order_relaxed);
  std::atomic_ref(page().version).store(Page::version_value, std::memory_order_relaxed);
  for (std::size_t i = 0; i < key_.id.size(); ++i) std::atomic_ref(page().bell.id[i]).store(key_.id[i], std::memory_order_relaxed);
  return memory_.handle().duplicate();
}

std::uint64_t HostTimeline::value() const noexcept { return page().value.load(std::memory_order_acquire); }

void HostTimeline::signal(std::uint64_t value) noexcept {
  Page& p = page();
  std::uint64_t now = p.value.load(std::memory_order_relaxed);
  while (now < value && !p.value.compare_exchange_weak(now, value, std::memory_order_seq_cst, std::memory_order_relaxed)) {
  }
  if (now >= value) return;
  p.wake_word.fetch_add(1, std::memory_order_seq_cst);
  if (p.waiters.load(std::memory_order_seq_cst) != 0) bell_.wake(p.wake_word);
}

void HostTimeline::wake() noexcept {
  Page& p = page();
  p.wake_word.fetch_add(1, std::memory_order_seq_cst);
  bell_.wake(p.wake_word);
}

bool HostTimeline::wait(std::uint64_t value, std::chrono::nanoseconds timeout) const noexcept {
  static const std::atomic<bool> never{false};
  return wait(value, timeout, never);
}

bool HostTimeline::wait(std::uint64_t value, std::chrono::nanoseconds timeout, const std::atomic<bool>& stop) const noexcept {
  using Clock = std::chrono::steady_clock;
  Page& p = page();
  if (p.value.load(std::memory_order_acquire) >= value) return true;
  if (timeout <= std::chrono::nanoseconds::zero()) return false;
  const auto start = Clock::now();
  p.waiters.fetch_add(1, std::memory_order_seq_cst);
  bool reached = false;
  while (true) {
    // Read the word before the counter: a signal between the two changes the word, and the sleep returns at once.
    const std::uint32_t word = p.wake_word.load(std::memory_order_seq_cst);
    reached = p.value.load(std::memory_order_seq_cst) >= value;
    if (reached || stop.load(std::memory_order_acquire)) break;
    const auto passed = Clock::now() - start;
    if (passed >= timeout) break;
    bell_.wait(p.wake_word, word, std::min<std::chrono::nanoseconds>(timeout - passed, longest_sleep));
  }
  p.waiters.fetch_sub(1, std::memory_order_seq_cst);
  return reached;
}

}  // namespace geyser::detail
