#include "stream/claims.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <new>
#include <type_traits>

#include "platform/wait.hpp"

namespace geyser::detail {

namespace {
constexpr std::size_t latency_count = 1024;
using Word = std::atomic<std::uint64_t>;
}  // namespace

// The whole of what is shared. Both sides can write it, so neither uses what it finds as an index, a size or a pointer without a check.
struct ClaimPage {
  static constexpr std::uint64_t magic_value = 0x6d69616c63797367;  // "gsyclaim"
  static constexpr std::uint32_t version_value = 1;

  std::uint64_t magic;
  std::uint32_t version;
  // What a publisher looks at with every frame is together in one cache line: fetching the lines of many readers is what they cost it.
  alignas(64) std::array<Word, max_held_frames> claims;  // references; 0: nothing is held
  Word cursor;
  std::atomic<std::uint32_t> sleeping;
  alignas(64) std::array<std::array<Word, max_held_frames>, max_stream_textures> releases;  // [slot][claim]
  alignas(64) Word frames;
  Word skipped;
  Word last_frame;
  std::array<Word, latency_count> latencies;  // nanoseconds; a ring
};
static_assert(Word::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free,
              "atomics in shared memory must not hide a lock of one process");
static_assert(std::is_standard_layout_v<ClaimPage>);
static_assert(sizeof(ClaimPage) == 64 + 64 + 8 * max_held_frames * max_stream_textures + 64 + 8 * latency_count,
              "the page's layout is part of the protocol: raise version_value when it changes");

Result<ClaimWriter> ClaimWriter::open(OsHandle& handle) {
  // Looked at through a duplicate, so that a page that is none of ours leaves the caller's handle untouched.
  auto copy = handle.duplicate();
  if (!copy) return std::move(copy).error().with_context("opening the claims of a stream");
  auto memory = platform::SharedMemory::open(*copy, sizeof(ClaimPage));
  if (!memory) return std::move(memory).error().with_context("opening the claims of a stream");
  const auto& page = *reinterpret_cast<const ClaimPage*>(memory->bytes().data());
  if (page.magic != ClaimPage::magic_value || page.version != ClaimPage::version_value) {
    return Error(Errc::protocol_error,
                 "The shared memory is no claim page of this library's version 1; both programs need the same version of geyser.");
  }
  handle.reset();
  return ClaimWriter(*std::move(memory));
}

ClaimPage& ClaimWriter::page() const noexcept { return *reinterpret_cast<ClaimPage*>(memory_.bytes().data()); }

// Why sequentially consistent: board.cpp.
void ClaimWriter::claim(std::uint32_t index, FrameRef ref) noexcept { page().claims[index].store(ref, std::memory_order_seq_cst); }

void ClaimWriter::drop(std::uint32_t index) noexcept { page().claims[index].store(0, std::memory_order_seq_cst); }

void ClaimWriter::release(std::uint32_t index, std::uint64_t value) noexcept {
  ClaimPage& p = page();
  const std::uint32_t slot = slot_of(p.claims[index].load(std::memory_order_relaxed));
  // The claim goes last: whoever sees it gone sees what to wait for instead.
  if (slot < max_stream_textures) p.releases[slot][index].store(value, std::memory_order_relaxed);
  drop(index);
}

std::uint64_t ClaimWriter::cursor() const noexcept { return page().cursor.load(std::memory_order_relaxed); }
void ClaimWriter::set_cursor(std::uint64_t number) noexcept { page().cursor.store(number, std::memory_order_release); }
void ClaimWriter::set_sleeping(bool sleeping) noexcept { page().sleeping.store(sleeping ? 1 : 0, std::memory_order_seq_cst); }

void ClaimWriter::count(std::uint64_t number, std::uint64_t skipped, std::chrono::nanoseconds latency) noexcept {
  ClaimPage& p = page();
  const std::uint64_t before = p.frames.load(std::memory_order_relaxed);
  const auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0));
  p.latencies[before % latency_count].store(nanoseconds, std::memory_order_relaxed);
  p.skipped.store(p.skipped.load(std::memory_order_relaxed) + skipped, std::memory_order_relaxed);
  p.last_frame.store(number, std::memory_order_relaxed);
  p.frames.store(before + 1, std::memory_order_release);
}

Result<ClaimReader> ClaimReader::create(std::uint64_t cursor) {
  auto memory = platform::SharedMemory::create(sizeof(ClaimPage), "geyser-claims");
  if (!memory) return std::move(memory).error().with_context("creating a reader's claims");
  auto* page = new (memory->bytes().data()) ClaimPage{};
  page->magic = ClaimPage::magic_value;
  page->version = ClaimPage::version_value;
  page->cursor.store(cursor, std::memory_order_release);
  return ClaimReader(*std::move(memory));
}

const ClaimPage& ClaimReader::page() const noexcept { return *reinterpret_cast<const ClaimPage*>(memory_.bytes().data()); }

void ClaimReader::prefetch(std::uint32_t slot) const noexcept {
  platform::prefetch(page().claims.data());
  platform::prefetch(page().releases[slot].data());
}

bool ClaimReader::holds(std::uint32_t slot) const noexcept {
  bool any = false;
  for (const auto& claim : page().claims) {
    const FrameRef ref = claim.load(std::memory_order_seq_cst);
    any = any || (ref != 0 && slot_of(ref) == slot);
  }
  return any;
}

std::uint32_t ClaimReader::held() const noexcept {
  std::uint32_t slots = 0;
  for (std::uint32_t slot = 0; slot < max_stream_textures; ++slot) slots += holds(slot) ? 1U : 0U;
  return slots;
}

std::array<std::uint64_t, max_held_frames> ClaimReader::releases(std::uint32_t slot) const noexcept {
  std::array<std::uint64_t, max_held_frames> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint64_t value = page().releases[slot][i].load(std::memory_order_acquire);
    values[i] = value == forgotten_[slot][i] ? 0 : value;
  }
  return values;
}

void ClaimReader::forget(std::uint32_t slot) noexcept {
  for (std::size_t i = 0; i < max_held_frames; ++i) forgotten_[slot][i] = page().releases[slot][i].load(std::memory_order_relaxed);
}

std::uint64_t ClaimReader::cursor() const noexcept { return page().cursor.load(std::memory_order_acquire); }
bool ClaimReader::sleeping() const noexcept { return page().sleeping.load(std::memory_order_seq_cst) != 0; }

ClaimCounters ClaimReader::counters() const {
  const ClaimPage& p = page();
  ClaimCounters counters;
  counters.frames = p.frames.load(std::memory_order_acquire);
  counters.skipped = p.skipped.load(std::memory_order_relaxed);
  counters.last_frame = p.last_frame.load(std::memory_order_relaxed);
  counters.held = held();
  std::array<std::uint64_t, latency_count> sorted{};
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(counters.frames, latency_count));
  for (std::size_t i = 0; i < count; ++i) sorted[i] = p.latencies[i].load(std::memory_order_relaxed);
  std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(count));
  if (count == 0) return counters;
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto at = [&](std::size_t percent) {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(sorted[(count - 1) * percent / 100], most)));
  };
  counters.latency_p50 = at(50);
  counters.latency_p99 = at(99);
  return counters;
}

const OsHandle& ClaimReader::handle() const noexcept { return memory_.handle(); }

}  // namespace geyser::detail
