// Sleeping on a word of shared memory, across processes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "platform/internal_api.hpp"

namespace geyser::platform {

/// Sleeps while `word` holds `expected`, at most `timeout`. May return early; the caller checks and loops.
GEYSER_INTERNAL_API void wait_on_word(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                                      std::chrono::nanoseconds timeout) noexcept;
/// Wakes every process that sleeps on `word`.
GEYSER_INTERNAL_API void wake_word(const std::atomic<std::uint32_t>& word) noexcept;

/// Begins to fetch the cache line at `address`; a hint, which any address may be given to.
inline void prefetch([[maybe_unused]] const void* address) noexcept {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#endif
}

/// Tells the core that this thread spins: it saves power and leaves the other hardware thread its share.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace geyser::platform
