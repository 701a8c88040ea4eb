// Choosing the slot for the next frame: what readers hold, what they have not read yet, and what to do when all is taken.
#include <algorithm>
#include <utility>

#include "core/guard.hpp"
#include "core/message.hpp"
#include "geyser/log.hpp"
#include "stream/lane_state.hpp"

namespace geyser::detail {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

// A reader's device that is nearly done is worth waiting for rather than spending a texture on it.
constexpr nanoseconds grace = std::chrono::microseconds(200);
// How long the publisher sleeps on a reader's semaphore or on the doorbell before it looks at everybody again.
constexpr nanoseconds release_slice = std::chrono::milliseconds(1);
constexpr nanoseconds doorbell_slice = std::chrono::milliseconds(5);
constexpr nanoseconds longest_timeout = std::chrono::hours(24);  // keeps the deadline within the clock's range
// An extra texture that was not needed for so many frames is freed.
constexpr std::uint64_t idle_frames = 120;
constexpr std::uint32_t no_slot = max_stream_textures;
// `latest` waits for nobody: a reader that keeps more textures than it may hold while none is left has so long.
constexpr nanoseconds stuck_time = std::chrono::milliseconds(50);
// No device has more reads under way than this; a promise further ahead is none.
constexpr std::uint64_t most_pending = std::uint64_t{1} << 16U;

std::uint32_t newest_slot(const BoardWriter& board) noexcept { return board.newest() == 0 ? no_slot : slot_of(board.newest()); }

void mark_broken(LaneReader& reader, std::string why) {
  const std::lock_guard lock(reader.mutex);
  reader.why_broken = std::move(why);
  reader.broken.store(true, std::memory_order_release);
}

void mark_lied(LaneReader& reader, std::string why) {
  reader.lied.store(true, std::memory_order_release);  // before `broken`, which others look at first
  mark_broken(reader, std::move(why));
}

/// Imports what ReaderReady brought. False: it cannot be used, and `why` says so.
bool import_semaphores(TextureShareManager& manager, LaneReader& reader, std::string& why) {
  std::vector<SemaphoreHandle> arrived;
  {
    const std::lock_guard lock(reader.mutex);
    arrived = std::move(reader.arrived);
    reader.arrived.clear();
    reader.has_arrived.store(false, std::memory_order_relaxed);
  }
  if (arrived.empty()) return true;  // taken already: the flag came after the content
  if (reader.released.size() + arrived.size() > max_held_frames) {
    why = text("It sent ", reader.released.size() + arrived.size(), " semaphores; at most ", max_held_frames, " are allowed.");
    return false;
  }
  reader.released.reserve(reader.released.size() + arrived.size());
  for (std::size_t i = 0; i < arrived.size(); ++i) {
    if (arrived[i].kind == SemaphoreKind::binary) {
      why = "It sent a binary semaphore; streams use timelines only.";
      return false;
    }
    auto semaphore = manager.import_semaphore(std::move(arrived[i]));
    const Errc why_not = semaphore ? Errc::internal : semaphore.error().code();
    if (why_not == Errc::out_of_memory || why_not == Errc::invalid_state) {
      // This process's trouble (no memory, or another thread's OpenGL context), not the reader's: the rest is tried again with the next
      // frame.
      arrived.erase(arrived.begin(), arrived.begin() + static_cast<std::ptrdiff_t>(i));
      const std::lock_guard lock(reader.mutex);
      reader.arrived = std::move(arrived);
      reader.has_arrived.store(true, std::memory_order_release);
      return true;
    }
    if (!semaphore) {
      why = semaphore.error().describe();
      return false;
    }
    reader.released.push_back(*std::move(semaphore));
  }
  return true;
}

}  // namespace

Result<void> Lane::State::look_at_written(std::uint64_t most) {
  auto now = written.value();
  if (!now) return std::move(now).error();
  reached = *now;
  if (reached > most && !tampered.exchange(true)) {
    log(LogLevel::error, text("A reader has raised the semaphore that says \"written\" to ", reached, " where at most ", most,
                              " was promised; the stream's textures and semaphores are made anew."));
  }
  if (!tampered.load(std::memory_order_relaxed)) return {};
  return Error(Errc::protocol_error, "A reader has raised the semaphore that says \"written\"; the lane must be replaced by a new one.");
}

void Lane::State::import_arrived() {
  const std::lock_guard lock(mutex);
  left_behind.clear();
  for (const auto& reader : readers) {
    if (!reader->has_arrived.load(std::memory_order_acquire) || reader->broken.load(std::memory_order_relaxed)) continue;
    std::string why;
    if (import_semaphores(manager, *reader, why)) continue;
    mark_broken(*reader, std::move(why));
    marked = true;
  }
}

bool Lane::State::is_let_go(const std::shared_ptr<LaneReader>& reader, std::uint32_t slot, Obstacle& obstacle) {
  LaneReader& r = *reader;
  if (r.lied.load(std::memory_order_relaxed)) return true;
  const auto lies = [&](std::string why) {
    mark_lied(r, std::move(why));
    marked = true;
    return true;
  };
  if (r.claims.holds(slot)) {
    obstacle = {.kind = Obstacle::Kind::held, .reader = reader, .number = slots[slot].number};
    return false;
  }
  const auto values = r.claims.releases(slot);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] <= r.reached[i]) continue;
    if (i >= r.released.size()) {
      // Not here yet, or it speaks of one that it never sent.
      const bool complete = !r.released.empty() && !r.has_arrived.load(std::memory_order_acquire);
      if (complete) return lies(text("It promises something of its semaphore ", i, ", and it sent ", r.released.size(), "."));
      obstacle = {.kind = Obstacle::Kind::held, .reader = reader, .number = slots[slot].number};
      return false;
    }
    if (const auto now = r.released[i].value(); now && *now > r.reached[i]) r.reached[i] = *now;
    if (values[i] <= r.reached[i]) continue;
    if (values[i] - r.reached[i] > most_pending) {
      return lies(text("It promises value ", values[i], " of a semaphore that is at ", r.reached[i], "; no device has so much to do."));
    }
    obstacle = {.kind = Obstacle::Kind::release,
                .reader = reader,
                .number = slots[slot].number,
                .release = {.semaphore = r.released[i], .value = values[i]}};
    return false;
  }
  return true;
}

bool Lane::State::is_read(std::uint64_t number, Obstacle& obstacle) {
  for (const auto& reader : readers) {
    if (reader->claims.cursor() > number || reader->broken.load(std::memory_order_relaxed)) continue;
    obstacle = {.kind = Obstacle::Kind::unread, .reader = reader, .number = number};
    return false;
  }
  return true;
}

bool Lane::State::is_free(std::uint32_t slot, Obstacle& obstacle) {
  const std::uint64_t number = slots[slot].number;
  if (slots[slot].limbo > reached) {
    obstacle = {.kind = Obstacle::Kind::limbo};
    return false;
  }
  if (number != 0) {
    if (options.pacing != Pacing::latest && !is_read(number, obstacle)) return false;
    board.withdraw(number);  // before the claims are looked at: board.cpp
  }
  for (const auto& reader : readers) reader->claims.prefetch(slot);
  return std::all_of(readers.begin(), readers.end(), [&](const auto& reader) { return is_let_go(reader, slot, obstacle); });
}

bool Lane::State::is_due(Obstacle& obstacle) {
  const FrameRef newest = board.newest();
  if (newest == 0 || options.pacing == Pacing::latest) return true;
  const std::uint64_t number = frame_of(newest);
  if (options.pacing == Pacing::queue) {
    // The ring says the same as long as all of its textures are there; after reconfigure() it has more room than the rule.
    return number < options.ring || is_read(number - options.ring + 1, obstacle);
  }
  return is_read(number, obstacle) &&
         std::all_of(readers.begin(), readers.end(), [&](const auto& reader) { return is_let_go(reader, slot_of(newest), obstacle); });
}

void Lane::State::forget(std::uint32_t slot) noexcept {
  for (const auto& reader : readers) reader->claims.forget(slot);
}

std::optional<std::uint32_t> Lane::State::choose(Obstacle& first, Obstacle& release) {
  const std::lock_guard lock(mutex);
  Obstacle obstacle;
  const auto note = [&] {
    if (release.kind == Obstacle::Kind::none && obstacle.kind == Obstacle::Kind::release) release = obstacle;
    if (first.kind == Obstacle::Kind::none) first = std::move(obstacle);
  };
  if (!is_due(obstacle)) {
    note();
    return std::nullopt;
  }
  // The ring first, so that extra textures become idle; within it the oldest frame first, which readers are likeliest to be done with.
  const auto sooner = [](const LaneSlot& a, const LaneSlot& b) { return a.extra != b.extra ? b.extra : a.number < b.number; };
  const std::uint32_t newest = newest_slot(board);
  std::uint64_t tried = 0;
  static_assert(max_stream_textures <= 64);
  while (true) {
    std::uint32_t best = no_slot;
    for (std::uint32_t i = 0; i < max_stream_textures; ++i) {
      if (i == newest || !slots[i].texture || slots[i].retired || (tried >> i & 1U) != 0) continue;
      if (best == no_slot || sooner(slots[i], slots[best])) best = i;
    }
    if (best == no_slot) return std::nullopt;
    if (is_free(best, obstacle)) {
      forget(best);
      return best;
    }
    note();
    tried |= std::uint64_t{1} << best;
  }
}

std::unique_ptr<LaneTexture> Lane::State::vacate(std::uint32_t slot) noexcept {
  forget(slot);
  std::unique_ptr<LaneTexture> texture = std::move(slots[slot].texture);
  slots[slot] = LaneSlot{};
  return texture;
}

void Lane::State::free_unused() {
  if (spare == 0) return;
  // Destroyed after the lock is given back: a texture waits for its last write.
  std::array<std::unique_ptr<LaneTexture>, max_stream_textures> gone;
  bool any = false;
  {
    const std::lock_guard lock(mutex);
    const std::uint32_t newest = newest_slot(board);
    for (std::uint32_t i = 0; i < max_stream_textures; ++i) {
      const LaneSlot& slot = slots[i];
      if (!slot.texture || i == newest) continue;
      if (!slot.retired && !(slot.extra && begun - slot.last_begun >= idle_frames)) continue;
      Obstacle ignored;
      if (!is_free(i, ignored)) continue;
      gone[i] = vacate(i);
      --spare;
      any = true;
    }
  }
  if (any) notify();
}

std::optional<std::uint32_t> Lane::State::room(const Obstacle& obstacle) {
  const std::lock_guard lock(mutex);
  // After reconfigure() the ring may be incomplete; a texture in limbo may never come back.
  if (options.pacing != Pacing::latest && obstacle.kind != Obstacle::Kind::limbo && current() >= options.ring) return std::nullopt;
  for (std::uint32_t i = 0; i < max_stream_textures; ++i) {
    Obstacle ignored;
    if (!slots[i].texture && is_free(i, ignored)) return i;  // readers can claim vacant slots too, if they like
  }
  return std::nullopt;
}

std::uint32_t Lane::State::current() const noexcept {
  return static_cast<std::uint32_t>(std::count_if(slots.begin(), slots.end(), [](const auto& s) { return s.texture && !s.retired; }));
}

Result<void> Lane::State::grow(std::uint32_t at) {
  auto texture = make_texture(options.texture);
  if (!texture) return std::move(texture).error().with_context("adding a texture to a stream whose readers hold all others");
  {
    const std::lock_guard lock(mutex);
    slots[at].extra = current() >= options.ring;
    slots[at].texture = *std::move(texture);
    spare += slots[at].extra ? 1U : 0U;
    forget(at);
  }
  notify();
  return {};
}

Result<Lane::Open> Lane::State::open_slot(std::uint32_t index) {
  LaneSlot& slot = slots[index];
  AccessInfo info;
  info.state.emplace();  // not initialized: the old content may go
  if (options.keep_content && slot.content != 0) {
    info.state->initialized = true;
    info.state->layout = slot.layout;
  }
  if (slot.ordered_after != 0) info.state->points.push_back({written, slot.ordered_after});
  info.signal = SyncPoint{written, promised + 1};
  auto access = slot.texture->texture.begin_write(info);
  if (!access) return std::move(access).error();
  ++promised;
  ++begun;
  slot.number = 0;
  slot.limbo = 0;
  slot.last_begun = begun;
  is_open = true;
  const std::uint64_t content = std::exchange(slot.content, 0);
  return Open{.slot = index, .texture = &slot.texture->texture, .content = content, .access = *std::move(access)};
}

bool Lane::State::throw_out() {
  const std::lock_guard lock(mutex);
  bool any = false;
  for (const auto& reader : readers) {
    std::uint32_t kept = 0;
    Obstacle ignored;
    for (std::uint32_t i = 0; i < max_stream_textures; ++i) kept += is_let_go(reader, i, ignored) ? 0U : 1U;
    if (kept <= max_held_frames) continue;
    mark_lied(*reader, text("It kept ", kept, " textures from being written; a reader may hold ", max_held_frames, "."));
    any = true;
  }
  marked = marked || any;
  return any;
}

Error Lane::State::late(const Options& options, const Obstacle& obstacle, nanoseconds timeout) {
  const auto waited = text(" after ", std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(), " ms");
  const auto advice = options.pacing == Pacing::latest ? text("; all ", max_stream_textures, " textures that a stream may have are in use.")
                                                       : std::string("; give it more time, end it, or publish with the pacing latest.");
  const auto who = obstacle.reader ? name_of(*obstacle.reader) : std::string();
  switch (obstacle.kind) {
    case Obstacle::Kind::unread:
      return Error(Errc::timed_out, text("The reader in ", who, " has not taken frame ", obstacle.number, waited, advice));
    case Obstacle::Kind::held:
      return Error(Errc::timed_out, text("The reader in ", who, " still holds frame ", obstacle.number, waited, advice));
    case Obstacle::Kind::release:
      return Error(Errc::timed_out, text("The device of the reader in ", who, " is not done with frame ", obstacle.number, waited, advice));
    case Obstacle::Kind::limbo:
    case Obstacle::Kind::none:
      break;
  }
  return Error(Errc::timed_out, text("A frame was given back after its signal was asked for, and the signal has not come", waited,
                                     "; submit the work that signals it, or do not ask."));
}

Result<Lane::Open> Lane::begin(nanoseconds timeout) {
  return guard([&]() -> Result<Open> {
    State& s = *state_;
    if (s.is_open) return Error(Errc::invalid_state, "A frame of this stream is open; publish it or let go of it before the next one.");
    std::optional<Clock::time_point> deadline;
    std::optional<Error> not_grown;
    bool graced = false;
    for (bool once = true;; once = false) {
      if (std::exchange(s.marked, false)) s.notify();
      if (auto ok = s.look_at_written(s.promised); !ok) return std::move(ok).error();
      s.import_arrived();
      if (once) s.free_unused();
      const std::uint32_t ticket = s.doorbell.ticket();
      Obstacle first;
      Obstacle release;
      const auto slot = s.choose(first, release);
      if (std::exchange(s.marked, false)) s.notify();
      if (slot) {
        s.stuck_since.reset();
        return s.open_slot(*slot);
      }

      const auto now = Clock::now();
      if (!deadline) deadline = now + std::clamp(timeout, nanoseconds::zero(), longest_timeout);
      const nanoseconds left = *deadline - now;
      const auto wait_for_release = [&](nanoseconds limit) {
        static_cast<void>(release.release.semaphore.wait(release.release.value, std::min(left, limit)));  // choose() looks again
      };
      const bool device_busy = release.kind == Obstacle::Kind::release;
      if (const auto room = not_grown ? std::nullopt : s.room(first)) {
        if (device_busy && !graced && left > nanoseconds::zero()) {
          graced = true;
          wait_for_release(grace);
          continue;
        }
        auto grown = s.grow(*room);
        if (grown) {
          s.stuck_since.reset();
          return s.open_slot(*room);
        }
        if (grown.error().code() == Errc::device_lost) return std::move(grown).error();
        not_grown = std::move(grown).error();
      }
      if (!s.stuck_since) s.stuck_since = now;
      if (s.options.pacing == Pacing::latest && now - *s.stuck_since >= stuck_time && s.throw_out()) continue;
      if (left <= nanoseconds::zero()) return not_grown ? *std::move(not_grown) : State::late(s.options, first, timeout);
      if (device_busy) {
        wait_for_release(release_slice);
      } else {
        s.doorbell.wait(ticket, std::min(left, doorbell_slice));
      }
    }
  });
}

}  // namespace geyser::detail
