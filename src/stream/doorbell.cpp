#include <algorithm>
#include <atomic>
#include <new>
#include <type_traits>

#include "platform/wait.hpp"
#include "stream/claims.hpp"

namespace geyser::detail {

namespace {
constexpr std::chrono::nanoseconds longest_sleep = std::chrono::milliseconds(5);
}  // namespace

// The whole of what is shared; any reader may write anything here.
struct DoorbellPage {
  static constexpr std::uint64_t magic_value = 0x6c6c656279736779;  // "ygsybell"
  static constexpr std::uint32_t version_value = 1;

  std::uint64_t magic;
  std::uint32_t version;
  alignas(64) std::atomic<std::uint32_t> ticket;
  std::atomic<std::uint32_t> sleeping;
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free, "atomics in shared memory must not hide a lock of one process");
static_assert(std::is_standard_layout_v<DoorbellPage> && sizeof(DoorbellPage) == 128,
              "the page's layout is part of the protocol: raise version_value when it changes");

Result<Doorbell> Doorbell::create() {
  auto memory = platform::SharedMemory::create(sizeof(DoorbellPage), "geyser-doorbell");
  if (!memory) return std::move(memory).error().with_context("creating the doorbell of a stream");
  auto* page = new (memory->bytes().data()) DoorbellPage{};
  page->magic = DoorbellPage::magic_value;
  page->version = DoorbellPage::version_value;
  return Doorbell(*std::move(memory));
}

Result<Doorbell> Doorbell::open(OsHandle& handle) {
  // Looked at through a duplicate, so that a page that is none of ours leaves the caller's handle untouched.
  auto copy = handle.duplicate();
  if (!copy) return std::move(copy).error().with_context("opening the doorbell of a stream");
  auto memory = platform::SharedMemory::open(*copy, sizeof(DoorbellPage));
  if (!memory) return std::move(memory).error().with_context("opening the doorbell of a stream");
  const auto& page = *reinterpret_cast<const DoorbellPage*>(memory->bytes().data());
  if (page.magic != DoorbellPage::magic_value || page.version != DoorbellPage::version_value) {
    return Error(Errc::protocol_error,
                 "The shared memory is no doorbell of this library's version 1; both programs need the same version of geyser.");
  }
  handle.reset();
  return Doorbell(*std::move(memory));
}

DoorbellPage& Doorbell::page() const noexcept { return *reinterpret_cast<DoorbellPage*>(memory_.bytes().data()); }

void Doorbell::ring() noexcept {
  DoorbellPage& p = page();
  p.ticket.fetch_add(1, std::memory_order_seq_cst);
  if (p.sleeping.load(std::memory_order_seq_cst) != 0) platform::wake_word(p.ticket);
}

std::uint32_t Doorbell::ticket() const noexcept { return page().ticket.load(std::memory_order_seq_cst); }

void Doorbell::wait(std::uint32_t seen, std::chrono::nanoseconds timeout) noexcept {
  if (timeout <= std::chrono::nanoseconds::zero()) return;
  DoorbellPage& p = page();
  // One publisher sleeps here, so a flag is enough; the kernel compares the ticket again before it lets anybody sleep.
  p.sleeping.store(1, std::memory_order_seq_cst);
  platform::wait_on_word(p.ticket, seen, std::min(timeout, longest_sleep));
  p.sleeping.store(0, std::memory_order_seq_cst);
}

const OsHandle& Doorbell::handle() const noexcept { return memory_.handle(); }

}  // namespace geyser::detail
