// Sleeping on a word of shared memory, across processes.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#if defined(_MSC_VER)
#include <intrin.h>
#endif

#include "geyser/result.hpp"
#include "platform/internal_api.hpp"

namespace geyser::platform {

/// What sleepers and wakers have to know of each other where the system cannot tell it from the word's address alone. Lies in the page,
/// beside the word, and is not trusted. Linux: all zero. Windows: names a pair of events.
struct BellKey {
  std::array<std::uint64_t, 2> id{};
};

/// How processes sleep on one word of memory that they share, and wake each other.
/// Ownership: move-only. Threading: wait() and wake() from any thread.
class GEYSER_INTERNAL_API Bell {
 public:
  /// For a new page: writes the key that belongs in it. Errors: os_error, out_of_memory.
  static Result<Bell> create(BellKey& key) noexcept;
  /// For a page of another process. A key that means nothing gives a bell that nobody rings: its sleepers wake by themselves, late.
  static Bell open(const BellKey& key) noexcept;
  Bell(Bell&& other) noexcept;
  Bell& operator=(Bell&& other) noexcept;
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;
  ~Bell();  // NOLINT(performance-trivially-destructible): Windows has events to close

  /// Sleeps while `word` holds `expected`, at most `timeout`. May return early; the caller checks and loops.
  void wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::chrono::nanoseconds timeout) const noexcept;
  /// Wakes every process that sleeps on `word`, after `word` was changed.
  void wake(const std::atomic<std::uint32_t>& word) const noexcept;

 private:
  Bell() noexcept = default;
  [[maybe_unused]] std::array<std::intptr_t, 2> events_{};  // Windows only
};

/// Begins to fetch the cache line at `address`; a hint, which any address may be given to.
inline void prefetch([[maybe_unused]] const void* address) noexcept {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#elif defined(_M_X64)
  _mm_prefetch(static_cast<const char*>(address), _MM_HINT_T0);
#endif
}

/// Tells the core that this thread spins: it saves power and leaves the other hardware thread its share.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#elif defined(_M_X64)
  _mm_pause();
#elif defined(_M_ARM64)
  __yield();
#endif
}

}  // namespace geyser::platform
