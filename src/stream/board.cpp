#include "stream/board.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>

#include "core/color.hpp"

namespace geyser::detail {
namespace {

/// A BoardFrame in fixed sizes, two cache lines.
struct FrameRecord {
  std::uint64_t number;
  std::uint64_t generation;
  std::uint64_t texture_id;
  std::uint64_t written_value;
  std::int64_t published;  // nanoseconds, monotonic
  std::int64_t timestamp;  // nanoseconds
  std::array<std::uint32_t, 4> damage;
  std::array<float, 12> hdr;
  std::uint32_t user_bytes;
  std::uint8_t clock;
  std::uint8_t layout;
  std::uint8_t has_damage;
  std::uint8_t has_hdr;
  std::uint8_t primaries;
  std::uint8_t transfer;
  std::uint8_t range;
  std::uint8_t alpha;
  std::array<std::uint8_t, 4> unused;
};
static_assert(sizeof(FrameRecord) == 128 && std::is_trivially_copyable_v<FrameRecord> && std::is_standard_layout_v<FrameRecord>);

using Word = std::atomic<std::uint64_t>;
using RecordWords = std::array<std::uint64_t, sizeof(FrameRecord) / sizeof(std::uint64_t)>;
constexpr std::size_t user_words = max_user_data_bytes / sizeof(std::uint64_t);
static_assert(max_user_data_bytes % sizeof(std::uint64_t) == 0);
static_assert(sizeof(HdrMetadata) == sizeof(FrameRecord::hdr) && std::is_trivially_copyable_v<HdrMetadata>);

/// Content is written and read word by word, relaxed: what one side loads once it keeps, so a hostile publisher that changes the content
/// while it is checked changes nothing. The order comes from the reference.
struct BoardSlot {
  alignas(64) std::array<Word, std::tuple_size_v<RecordWords>> record;
  std::array<Word, user_words> user;
};

}  // namespace

// The whole of what is shared.
struct BoardPage {
  static constexpr std::uint64_t magic_value = 0x6472616f62797367;  // "gsyboard"
  static constexpr std::uint32_t version_value = 1;

  std::uint64_t magic;
  std::uint32_t version;
  platform::BellKey bell;
  alignas(64) Word newest;
  std::atomic<std::uint32_t> ticket;  // what readers sleep on
  std::atomic<std::uint32_t> closed;
  alignas(64) std::array<Word, board_history> history;  // number % board_history -> reference
  std::array<BoardSlot, max_stream_textures> slots;
};
static_assert(Word::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free,
              "atomics in shared memory must not hide a lock of one process");
static_assert(sizeof(Word) == 8 && std::is_standard_layout_v<BoardPage>);
static_assert(sizeof(BoardSlot) == 1152 && sizeof(BoardPage) == 128 + 8 * board_history + sizeof(BoardSlot) * max_stream_textures,
              "the page's layout is part of the protocol: raise version_value when it changes");
static_assert(board_history >= 2 * max_stream_textures && max_stream_textures < 0xff);

// Claiming and withdrawing are Dekker's two flags. The reader stores its claim and then loads the frame's place in `history`; the publisher
// stores 0 to that place and then loads the claims. All four are sequentially consistent, so at least one side sees the other's store:
// either the reader finds the frame gone and lets go, or the publisher finds the claim and leaves the slot alone. A release store and an
// acquire load would not do: each side's load could overtake its own store. A publisher that sees a claim gone sees it by a load that
// acquires what the reader released with it, so the reader's last look at the content comes before the next write.

namespace {

FrameRecord pack(const BoardFrame& frame) noexcept {
  FrameRecord r{};
  const FrameInfo& info = frame.info;
  r.number = frame.number;
  r.generation = frame.generation;
  r.texture_id = frame.texture_id;
  r.written_value = frame.written_value;
  r.published = info.published.nanoseconds;
  r.timestamp = info.timestamp.nanoseconds;
  r.clock = static_cast<std::uint8_t>(info.timestamp.clock);
  r.layout = static_cast<std::uint8_t>(frame.layout);
  r.has_damage = info.damage ? 1 : 0;
  if (info.damage) r.damage = {info.damage->x, info.damage->y, info.damage->width, info.damage->height};
  r.has_hdr = info.hdr ? 1 : 0;
  if (info.hdr) r.hdr = std::bit_cast<std::array<float, 12>>(*info.hdr);
  r.primaries = static_cast<std::uint8_t>(info.color.primaries);
  r.transfer = static_cast<std::uint8_t>(info.color.transfer);
  r.range = static_cast<std::uint8_t>(info.color.range);
  r.alpha = static_cast<std::uint8_t>(info.color.alpha);
  r.user_bytes = static_cast<std::uint32_t>(std::min(info.user_bytes, max_user_data_bytes));
  return r;
}

/// False when a field is out of range.
bool unpack(const FrameRecord& r, BoardFrame& frame) noexcept {
  constexpr auto first_clock = static_cast<std::uint8_t>(ClockType::monotonic);
  constexpr auto last_clock = static_cast<std::uint8_t>(ClockType::media);
  constexpr auto last_layout = static_cast<std::uint8_t>(TextureLayout::transfer_dst);
  if (r.clock < first_clock || r.clock > last_clock || r.has_damage > 1 || r.has_hdr > 1) return false;
  if (r.layout == static_cast<std::uint8_t>(TextureLayout::undefined) || r.layout > last_layout) return false;
  if (r.user_bytes > max_user_data_bytes || r.generation == 0 || r.texture_id == 0) return false;
  const ColorInfo color{static_cast<ColorPrimaries>(r.primaries), static_cast<TransferFunction>(r.transfer),
                        static_cast<ColorRange>(r.range), static_cast<AlphaMode>(r.alpha)};
  if (!is_color(color)) return false;
  constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
  const auto [x, y, width, height] = r.damage;
  if (r.has_damage == 1 && (x > most - width || y > most - height)) return false;

  frame.number = r.number;
  frame.generation = r.generation;
  frame.texture_id = r.texture_id;
  frame.written_value = r.written_value;
  frame.layout = static_cast<TextureLayout>(r.layout);
  FrameInfo& info = frame.info;
  info.number = r.number;
  info.generation = r.generation;
  info.skipped = 0;
  info.published = {.nanoseconds = r.published, .clock = ClockType::monotonic};
  info.timestamp = {.nanoseconds = r.timestamp, .clock = static_cast<ClockType>(r.clock)};
  info.damage.reset();
  if (r.has_damage == 1) info.damage = Rect{x, y, width, height};
  info.color = color;
  info.hdr.reset();
  if (r.has_hdr == 1) info.hdr = std::bit_cast<HdrMetadata>(r.hdr);
  info.user_bytes = r.user_bytes;
  return true;
}

}  // namespace

Result<BoardWriter> BoardWriter::create() {
  auto memory = platform::SharedMemory::create_read_only_for_others(sizeof(BoardPage), "geyser-board");
  if (!memory) return std::move(memory).error().with_context("creating the board of a stream");
  auto* page = new (memory->bytes().data()) BoardPage{};
  page->magic = BoardPage::magic_value;
  page->version = BoardPage::version_value;
  auto bell = platform::Bell::create(page->bell);
  if (!bell) return std::move(bell).error().with_context("creating the board of a stream");
  return BoardWriter(*std::move(memory), *std::move(bell));
}

BoardPage& BoardWriter::page() const noexcept { return *reinterpret_cast<BoardPage*>(memory_.bytes().data()); }

void BoardWriter::publish(std::uint32_t slot, const BoardFrame& frame) noexcept {
  BoardPage& p = page();
  BoardSlot& to = p.slots[slot];
  const FrameRecord record = pack(frame);
  const auto words = std::bit_cast<RecordWords>(record);
  for (std::size_t i = 0; i < words.size(); ++i) to.record[i].store(words[i], std::memory_order_relaxed);
  for (std::size_t at = 0; at < record.user_bytes; at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, frame.info.user_storage.data() + at, std::min<std::size_t>(sizeof word, record.user_bytes - at));
    to.user[at / sizeof word].store(word, std::memory_order_relaxed);
  }
  const FrameRef ref = frame_ref(frame.number, slot);
  // The frame that had this place in the history is withdrawn by it, so it is as strong a store as withdraw()'s.
  p.history[frame.number % board_history].store(ref, std::memory_order_seq_cst);
  p.newest.store(ref, std::memory_order_seq_cst);
  p.ticket.fetch_add(1, std::memory_order_seq_cst);
}

void BoardWriter::withdraw(std::uint64_t number) noexcept {
  Word& place = page().history[number % board_history];
  // Only this side writes: no exchange is needed.
  if (frame_of(place.load(std::memory_order_relaxed)) == number) place.store(0, std::memory_order_seq_cst);
}

void BoardWriter::wake() const noexcept { bell_.wake(page().ticket); }

void BoardWriter::close() noexcept {
  page().closed.store(1, std::memory_order_release);
  page().ticket.fetch_add(1, std::memory_order_seq_cst);
  wake();
}

FrameRef BoardWriter::newest() const noexcept { return page().newest.load(std::memory_order_acquire); }
const OsHandle& BoardWriter::handle() const noexcept { return memory_.handle(); }

Result<BoardReader> BoardReader::open(OsHandle& handle) {
  // Looked at through a duplicate, so that a page that is none of ours leaves the caller's handle untouched.
  auto copy = handle.duplicate();
  if (!copy) return std::move(copy).error().with_context("opening the board of a stream");
  auto memory = platform::SharedMemory::open_read_only(*copy, sizeof(BoardPage));
  if (!memory) return std::move(memory).error().with_context("opening the board of a stream");
  const auto& page = *reinterpret_cast<const BoardPage*>(memory->bytes().data());
  if (page.magic != BoardPage::magic_value || page.version != BoardPage::version_value) {
    return Error(Errc::protocol_error,
                 "The shared memory is no board of this library's version 1; both programs need the same version of geyser.");
  }
  handle.reset();
  const platform::BellKey key = page.bell;
  return BoardReader(*std::move(memory), platform::Bell::open(key));
}

const BoardPage& BoardReader::page() const noexcept { return *reinterpret_cast<const BoardPage*>(memory_.bytes().data()); }

FrameRef BoardReader::newest() const noexcept { return page().newest.load(std::memory_order_seq_cst); }

FrameRef BoardReader::find(std::uint64_t number) const noexcept {
  const FrameRef ref = page().history[number % board_history].load(std::memory_order_seq_cst);
  return frame_of(ref) == number ? ref : 0;
}

FrameRef BoardReader::next(std::uint64_t cursor) const noexcept {
  // The newest first: a frame appears in the history before it is the newest.
  const std::uint64_t last = frame_of(newest());
  if (last < cursor) return 0;
  for (std::uint64_t number = std::max(cursor, last < board_history ? 0 : last - board_history + 1); number <= last; ++number) {
    if (const FrameRef ref = find(number); ref != 0) return ref;
  }
  return 0;
}

bool BoardReader::read(FrameRef ref, BoardFrame& frame) const noexcept {
  if (frame_of(ref) == 0 || slot_of(ref) >= max_stream_textures) return false;
  const BoardSlot& from = page().slots[slot_of(ref)];
  RecordWords words{};
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = from.record[i].load(std::memory_order_relaxed);
  const auto record = std::bit_cast<FrameRecord>(words);
  if (record.number != frame_of(ref) || !unpack(record, frame)) return false;
  for (std::size_t at = 0; at < record.user_bytes; at += sizeof(std::uint64_t)) {
    const std::uint64_t word = from.user[at / sizeof(std::uint64_t)].load(std::memory_order_relaxed);
    std::memcpy(frame.info.user_storage.data() + at, &word, std::min<std::size_t>(sizeof word, record.user_bytes - at));
  }
  return true;
}

bool BoardReader::closed() const noexcept { return page().closed.load(std::memory_order_acquire) != 0; }
std::uint32_t BoardReader::ticket() const noexcept { return page().ticket.load(std::memory_order_seq_cst); }

void BoardReader::wait(std::uint32_t seen, std::chrono::nanoseconds timeout) const noexcept {
  if (timeout > std::chrono::nanoseconds::zero()) bell_.wait(page().ticket, seen, timeout);
}

void BoardReader::wake() const noexcept { bell_.wake(page().ticket); }

}  // namespace geyser::detail
