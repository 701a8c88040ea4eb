// Life of a lane, its readers and its textures.
#include "stream/lane.hpp"

#include <algorithm>

#include "core/backend.hpp"
#include "core/between_processes.hpp"
#include "core/guard.hpp"
#include "core/host_semaphore.hpp"
#include "core/message.hpp"
#include "geyser/publisher.hpp"
#include "stream/lane_state.hpp"

namespace geyser::detail {

Lane::Lane(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Lane::~Lane() = default;

std::string name_of(const LaneReader& reader) {
  return text("process ", reader.process_id, reader.application.empty() ? "" : " (", reader.application,
              reader.application.empty() ? "" : ")");
}

Result<std::unique_ptr<LaneTexture>> Lane::State::make_texture(const TextureDescriptor& descriptor) {
  CreateOptions how;
  how.linear = options.linear;
  how.handle_type = options.handle_type;
  if (memory != MemoryHandleType::none) how.handle_type = memory;  // readers agreed on it
  auto texture = manager.create_shareable_texture(descriptor, how);
  if (!texture) return std::move(texture).error();
  auto handle = manager.export_texture(*texture);
  if (!handle) return std::move(handle).error();
  if (memory == MemoryHandleType::none) memory = handle->info.type;  // once, before other threads know the lane
  return std::make_unique<LaneTexture>(LaneTexture{next_texture_id++, *std::move(texture), *std::move(handle)});
}

void Lane::State::notify() const {
  if (changed) changed();
}

Result<std::unique_ptr<Lane>> Lane::create(const TextureShareManager& manager, const Options& options, std::function<void()> changed,
                                           std::function<void()> wake_many) {
  return guard([&]() -> Result<std::unique_ptr<Lane>> {
    if (options.ring < 2 || options.ring > max_ring) {
      return Error(Errc::invalid_argument, text("The ring has ", options.ring, " textures; allowed are 2 to ", max_ring, "."));
    }
    TextureShareManager own = Private::make(Private::shared(manager));
    // A binary semaphore cannot serve readers that skip frames, so the ladder has two rungs here.
    const bool native = exports_timelines(own.capabilities());
    auto written = own.create_shared_semaphore({.kind = native ? SemaphoreKind::timeline : SemaphoreKind::host_timeline});
    if (!written) return std::move(written).error();
    auto written_handle = own.export_semaphore(*written);
    if (!written_handle) return std::move(written_handle).error();
    auto board = BoardWriter::create();
    if (!board) return std::move(board).error();
    auto doorbell = Doorbell::create();
    if (!doorbell) return std::move(doorbell).error();
    auto state = std::make_unique<State>(std::move(own), options, std::move(changed), *std::move(board), *std::move(doorbell),
                                         *std::move(written), *std::move(written_handle));
    state->wake_many = std::move(wake_many);
    for (std::uint32_t i = 0; i < options.ring; ++i) {
      auto texture = state->make_texture(options.texture);
      if (!texture) return std::move(texture).error().with_context("making the textures of a stream");
      state->slots[i].texture = *std::move(texture);
    }
    return std::unique_ptr<Lane>(new Lane(std::move(state)));
  });
}

Result<std::shared_ptr<LaneReader>> Lane::attach(std::uint32_t process_id, std::string application) {
  return guard([&]() -> Result<std::shared_ptr<LaneReader>> {
    State& s = *state_;
    const std::lock_guard lock(s.mutex);  // no frame is published between the choice of the cursor and its being minded
    const FrameRef newest = s.board.newest();
    auto claims = ClaimReader::create(newest != 0 ? frame_of(newest) : s.options.first_frame);
    if (!claims) return std::move(claims).error();
    std::shared_ptr<LaneReader> reader(
        new LaneReader{.process_id = process_id, .application = std::move(application), .claims = *std::move(claims)});
    s.readers.push_back(reader);
    return reader;
  });
}

void Lane::detach(const std::shared_ptr<LaneReader>& reader) noexcept {
  State& s = *state_;
  {
    const std::lock_guard lock(s.mutex);
    const auto at = std::find(s.readers.begin(), s.readers.end(), reader);
    if (at == s.readers.end()) return;
    try {
      s.left_behind.insert(s.left_behind.end(), reader->released.begin(), reader->released.end());
    } catch (const std::bad_alloc&) {
      // They are dropped in this thread then, which matters to OpenGL only.
    }
    reader->released.clear();
    s.readers.erase(at);
  }
  s.doorbell.ring();  // the publisher may be waiting for this very reader
}

SharedTexture* Lane::texture_of(std::uint64_t texture_id) noexcept {
  const std::lock_guard lock(state_->mutex);
  for (auto& slot : state_->slots) {
    if (slot.texture && slot.texture->id == texture_id) return &slot.texture->texture;
  }
  return nullptr;
}

void Lane::for_each_texture(const std::function<void(std::uint64_t, const TextureHandle&)>& visit) const {
  const std::lock_guard lock(state_->mutex);
  std::uint64_t last = 0;
  while (true) {
    const LaneTexture* next = nullptr;
    for (const auto& slot : state_->slots) {
      if (slot.texture && slot.texture->id > last && (next == nullptr || slot.texture->id < next->id)) next = slot.texture.get();
    }
    if (next == nullptr) return;
    last = next->id;
    visit(next->id, next->handle);
  }
}

Result<SemaphoreHandle> Lane::export_written() const {
  return guard([&]() -> Result<SemaphoreHandle> {
    if (state_->written.kind() == SemaphoreKind::host_timeline) {
      // In shared memory: no device is asked, and what readers have spoilt is mended. This is not the publishing thread, so a thread-bound
      // device must not be asked even by accident.
      const auto* plain = dynamic_cast<const HostSemaphore*>(Private::contents(state_->written));
      if (plain != nullptr) return plain->export_handle(state_->manager.identity());
      if (!Private::backend(state_->manager)->thread_bound()) return state_->manager.export_semaphore(state_->written);
    }
    const SemaphoreHandle& original = state_->written_handle;
    auto copy = original.handle.duplicate();
    if (!copy) return std::move(copy).error();
    SemaphoreHandle handle;
    handle.kind = original.kind;
    handle.type = original.type;
    handle.exporter = original.exporter;
    handle.handle = *std::move(copy);
    return handle;
  });
}

Lane::Usage Lane::usage() const noexcept {
  Usage usage;
  const std::lock_guard lock(state_->mutex);
  for (const auto& slot : state_->slots) {
    if (!slot.texture) continue;
    ++usage.textures;
    usage.bytes += slot.texture->texture.allocated_bytes();
  }
  return usage;
}

const SharedSemaphore& Lane::written() const noexcept { return state_->written; }

bool Lane::accepts(const Negotiation& negotiation) const noexcept {
  const SemaphoreHandle& written = state_->written_handle;
  return negotiation.memory == state_->memory && negotiation.semaphore == written.kind && negotiation.semaphore_handle == written.type;
}

std::string Lane::describe_types() const {
  const SemaphoreHandle& written = state_->written_handle;
  return text(to_string(state_->memory), " with ", to_string(written.kind), " semaphores (", to_string(written.type), ")");
}

const BoardWriter& Lane::board() const noexcept { return state_->board; }
const Doorbell& Lane::doorbell() const noexcept { return state_->doorbell; }
const Lane::Options& Lane::options() const noexcept { return state_->options; }
bool Lane::tampered() const noexcept { return state_->tampered.load(std::memory_order_relaxed); }

void Lane::close() noexcept {
  state_->board.close();
  state_->doorbell.ring();
}

}  // namespace geyser::detail
