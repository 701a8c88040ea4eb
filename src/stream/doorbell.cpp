#include <algorithm>
#include <atomic>
#include <new>
#include <type_traits>

#include "stream/claims.hpp"

namespace geyser::detail {

namespace {
constexpr std::chrono::nanoseconds longest_sleep = std::chrono::milliseconds(5);
}  // namespace

// The whole of what is shared; any reader may write anything here. No magic number: a hostile reader could spoil it for those that come
// after it, and a page that is none of ours does no more harm than one that is.
struct DoorbellPage {
  alignas(64) std::atomic<std::uint32_t> ticket;
  std::atomic<std::uint32_t> sleeping;
  platform::BellKey bell;
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free, "atomics in shared memory must not hide a lock of one process");
static_assert(std::is_standard_layout_v<DoorbellPage> && sizeof(DoorbellPage) == 64, "the page's layout is part of the protocol");

Result<Doorbell> Doorbell::create() {
  auto memory = platform::SharedMemory::create(sizeof(DoorbellPage), "geyser-doorbell");
  if (!memory) return std::move(memory).error().with_context("creating the doorbell of a stream");
  auto* page = new (memory->bytes().data()) DoorbellPage{};
  auto bell = platform::Bell::create(page->bell);
  if (!bell) return std::move(bell).error().with_context("creating the doorbell of a stream");
  return Doorbell(*std::move(memory), *std::move(bell));
}

Result<Doorbell> Doorbell::open(OsHandle& handle) {
  auto memory = platform::SharedMemory::open(handle, sizeof(DoorbellPage));
  if (!memory) return std::move(memory).error().with_context("opening the doorbell of a stream");
  const platform::BellKey key = reinterpret_cast<const DoorbellPage*>(memory->bytes().data())->bell;
  return Doorbell(*std::move(memory), platform::Bell::open(key));
}

DoorbellPage& Doorbell::page() const noexcept { return *reinterpret_cast<DoorbellPage*>(memory_.bytes().data()); }

void Doorbell::ring() noexcept {
  DoorbellPage& p = page();
  p.ticket.fetch_add(1, std::memory_order_seq_cst);
  if (p.sleeping.load(std::memory_order_seq_cst) != 0) bell_.wake(p.ticket);
}

std::uint32_t Doorbell::ticket() const noexcept { return page().ticket.load(std::memory_order_seq_cst); }

void Doorbell::wait(std::uint32_t seen, std::chrono::nanoseconds timeout) noexcept {
  if (timeout <= std::chrono::nanoseconds::zero()) return;
  DoorbellPage& p = page();
  // One publisher sleeps here, so a flag is enough; the kernel compares the ticket again before it lets anybody sleep.
  p.sleeping.store(1, std::memory_order_seq_cst);
  bell_.wait(p.ticket, seen, std::min(timeout, longest_sleep));
  p.sleeping.store(0, std::memory_order_seq_cst);
}

const OsHandle& Doorbell::handle() const noexcept { return memory_.handle(); }

}  // namespace geyser::detail
