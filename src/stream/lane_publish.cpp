// Showing a frame, giving one back, and changing what frames are.
#include <algorithm>

#include "core/backend.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"
#include "stream/lane_state.hpp"

namespace geyser::detail {
namespace {

// For signals of frames that were given back: nobody knows whether their work was ever submitted.
constexpr std::chrono::milliseconds unsure_timeout{100};

// So many are woken at once, by the publishing thread itself.
constexpr std::size_t few_sleepers = 2;

}  // namespace

/// A timeline must not be raised past signals that are still to come: they would lower it.
Result<void> Lane::State::reach_promises() {
  if (promise_taken <= reached) return {};
  auto done = written.wait(promise_taken, promise_sure ? std::chrono::nanoseconds(default_gpu_timeout) : unsure_timeout);
  if (!done && (promise_sure || done.error().code() != Errc::timed_out)) {
    return std::move(done).with_context("publishing a frame that is done on the host, while an earlier frame's signal is still to come");
  }
  reached = std::max(reached, promise_taken);
  return {};
}

void Lane::State::take_back(LaneSlot& slot, Access&& access) noexcept {
  if (Private::signal_taken(access) && Private::signal(access)) {
    const std::uint64_t value = Private::signal(access)->value;
    slot.limbo = value;
    slot.ordered_after = value;
    promise_taken = std::max(promise_taken, value);
    promise_sure = false;
  }
  cancel_access(std::move(access), TextureState{});
  is_open = false;
}

void Lane::give_back(Open&& open) noexcept {
  State& s = *state_;
  if (!open.access || !s.is_open || open.slot >= max_stream_textures) return;
  s.take_back(s.slots[open.slot], *std::move(open.access));
  open.access.reset();
  open.texture = nullptr;
}

Result<void> Lane::publish(Open&& open, BoardFrame& frame) {
  return guard([&]() -> Result<void> {
    State& s = *state_;
    if (!open.access || !s.is_open || open.slot >= max_stream_textures) {
      return Error(Errc::invalid_state, "The frame is not open; begin one, and publish it once.");
    }
    LaneSlot& slot = s.slots[open.slot];
    const auto fail = [&](Error error) {
      s.take_back(slot, *std::move(open.access));
      open.access.reset();
      return error;
    };
    if (frame.number == 0 || frame.number <= frame_of(s.board.newest())) {
      return fail(Error(Errc::invalid_argument,
                        text("The frame's number is ", frame.number, "; it must be above ", frame_of(s.board.newest()), ".")));
    }
    if (!Private::signal(*open.access)) return fail(Error(Errc::invalid_state, "The frame's access has lost its signal."));
    const SyncPoint point = *Private::signal(*open.access);
    const bool taken = Private::signal_taken(*open.access);
    if (!taken) {
      if (auto ok = s.reach_promises(); !ok) return fail(std::move(ok).error());
      Private::signal(*open.access).reset();  // no device shall expect a submit that signals it
    }
    auto state = std::move(*open.access).end();
    if (!state) return fail(std::move(state).error());
    open.access.reset();
    s.is_open = false;
    if (taken) {
      s.promise_taken = point.value;
      s.promise_sure = true;
      slot.ordered_after = point.value;
    } else {
      slot.ordered_after = 0;  // done on the host: nothing is left to wait for
      if (auto ok = point.semaphore.signal(point.value); !ok) {
        // Somebody may have been there first. The pixels are there all the same, so the frame is shown; begin() asks for a new lane.
        if (auto trust = s.look_at_written(point.value - 1); trust || !s.tampered.load(std::memory_order_relaxed)) return ok;
      }
    }
    frame.generation = s.options.generation;
    frame.texture_id = slot.texture->id;
    // What is done on the host needs no waiting for; where every reader could lower the counter, none shall depend on it.
    frame.written_value = !taken && s.written.kind() == SemaphoreKind::host_timeline ? 0 : point.value;
    frame.layout = state->layout;
    if (s.options.keep_content) {
      slot.content = frame.number;
      slot.layout = state->layout;
    }
    frame.info.number = frame.number;
    frame.info.generation = frame.generation;
    std::size_t sleepers = 0;
    {
      const std::lock_guard lock(s.mutex);
      slot.number = frame.number;
      s.board.publish(open.slot, frame);
      for (const auto& reader : s.readers) sleepers += reader->claims.sleeping() ? 1U : 0U;
    }
    if (sleepers > few_sleepers && s.wake_many) {
      s.wake_many();
    } else if (sleepers != 0) {
      s.board.wake();
    }
    return {};
  });
}

Result<void> Lane::reconfigure(const TextureDescriptor& texture, std::uint64_t generation) {
  return guard([&]() -> Result<void> {
    State& s = *state_;
    if (s.is_open)
      return Error(Errc::invalid_state, "A frame of this stream is open; publish it or let go of it before changing the stream.");
    TextureDescriptor copy = texture;  // may throw; below nothing does
    s.free_unused();
    std::vector<std::unique_ptr<LaneTexture>> fresh;
    for (std::uint32_t i = 0; i < s.options.ring; ++i) {
      auto made = s.make_texture(texture);
      if (!made) return std::move(made).error().with_context("making the textures of a stream's new generation");
      fresh.push_back(*std::move(made));
    }
    std::array<std::unique_ptr<LaneTexture>, max_stream_textures> gone;  // destroyed after the lock is given back
    {
      const std::lock_guard lock(s.mutex);
      const FrameRef newest = s.board.newest();
      std::array<bool, max_stream_textures> room{};
      std::uint32_t rooms = 0;
      Obstacle obstacle;
      for (std::uint32_t i = 0; i < max_stream_textures; ++i) {
        // The newest frame stays in reach until the new generation's first one.
        room[i] = !(newest != 0 && i == slot_of(newest)) && s.is_free(i, obstacle);
        rooms += room[i] ? 1U : 0U;
      }
      // Two are enough to go on with: one to write, one that is the newest. The others follow when readers let go.
      if (rooms < 2) {
        return Error(
            Errc::limit_exceeded,
            text("Readers still use the textures of ", max_stream_textures - rooms, " frames of earlier sizes, one of them ",
                 obstacle.reader ? name_of(*obstacle.reader) : std::string("unknown"), "; change the stream again when they have let go."));
      }
      auto next = fresh.begin();
      s.spare = 0;
      for (std::uint32_t i = 0; i < max_stream_textures; ++i) {
        LaneSlot& slot = s.slots[i];
        if (room[i]) {
          if (slot.texture) gone[i] = s.vacate(i);
          if (next != fresh.end()) slot.texture = std::move(*next++);
        } else if (slot.texture) {
          slot.retired = true;
          slot.extra = false;
          ++s.spare;
        }
      }
      s.options.texture = std::move(copy);
      s.options.generation = generation;
    }
    s.notify();
    return {};
  });
}

}  // namespace geyser::detail
