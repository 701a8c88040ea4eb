#include "backends/cuda/peer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <limits>
#include <vector>

#include "backends/cuda/manager.hpp"
#include "backends/cuda/transfer.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"
#include "geyser/log.hpp"

namespace geyser::cuda {
namespace {

using detail::Private;
using detail::text;

/// Copies under way at once; a ring of textures is shorter, so who comes here waits for devices that do not keep up.
constexpr std::size_t max_under_way = 16;

/// What goes from one leg of the way to the next at once: large enough for the link's full speed, small enough for three legs to overlap.
constexpr std::size_t stripe_bytes = std::size_t{8} << 20U;

/// How long a failed copy is waited for even if its time is over.
constexpr std::chrono::seconds at_least{2};

/// What a copy needs until it is over. The event is in the target's stream, behind everything in both.
struct Flight {
  explicit Flight(const Context& target) noexcept : landed(target) {}
  Event landed;
  bool recorded = false;
  std::vector<SharedSemaphore> semaphores;
  std::array<std::shared_ptr<const void>, 4> kept;
};

/// Plain memory on both devices, through which tiled textures go: between arrays of another API's memory the driver copies at a tenth of
/// the link's speed.
struct Twin {
  Twin(const Context& source, const Context& target) noexcept : sent(source), emptied(target) {}
  api::DevicePointer out = 0;  ///< of the source's context
  api::DevicePointer in = 0;   ///< of the target's
  std::size_t bytes = 0;
  Event sent;     ///< in the link's stream: `out` may be written again
  Event emptied;  ///< in the target's stream: `in` may be written again
  bool filled = false;
};

/// A part of a tiled texture on its way: into the twin, and out of the other one.
struct Part {
  api::Copy3D out;
  api::Copy3D in;
  std::size_t offset = 0;  ///< in the twin
  std::size_t end = 0;
};

/// A stream that does not wait for the context's other streams. Ownership: the caller's, in end().
struct OwnStream {
  std::shared_ptr<Context> context;
  api::Stream native = nullptr;

  Result<void> begin() {
    const Current current(*context);
    if (!current) return current.error();
    const auto status = context->cu().stream_create(&native, api::stream_non_blocking);
    if (status == api::Status::success) return {};
    native = nullptr;
    return context->error(status, "cuStreamCreate");
  }
  /// The context is current.
  void end() noexcept {
    if (native != nullptr) static_cast<void>(context->cu().stream_destroy(native));
    native = nullptr;
  }
  /// Everything behind it waits for `event`, of any context. The context is current.
  [[nodiscard]] Result<void> wait(const Event& event) const {
    const auto status = context->cu().stream_wait_event(native, event.handle(), 0);
    return status == api::Status::success ? Result<void>() : context->error(status, "cuStreamWaitEvent");
  }
};

Result<Manager*> manager_of(const TextureShareManager& manager) {
  auto* backend = dynamic_cast<Manager*>(Private::backend(manager));
  if (backend != nullptr) return backend;
  return Error(Errc::device_mismatch, text("The manager is one of the ", manager.backend_name(), " backend, not of CUDA."));
}

/// Whether `user` may use memory of `owner`. The driver's first answer is for memory, the second for the link alone.
bool reaches(const Context& user, const Context& owner) noexcept {
  int can = 0;
  if (user.cu().peer_can_access(&can, user.device, owner.device) == api::Status::success && can != 0) return true;
  int supported = 0;
  return user.cu().peer_attribute != nullptr &&
         user.cu().peer_attribute(&supported, api::PeerAttribute::access_supported, user.device, owner.device) == api::Status::success &&
         supported != 0;
}

/// From now on copies of `user` take memory of `owner` where it is.
Result<void> enable(const Context& user, const Context& owner) {
  const Current current(user);
  if (!current) return current.error();
  const auto status = user.cu().peer_enable(owner.handle, 0);
  if (status == api::Status::success || status == api::Status::peer_access_already_enabled) return {};
  return user.error(status, "cuCtxEnablePeerAccess");
}

/// After any other error work may still be under way.
bool lost(const Result<void>& result) noexcept { return !result && result.error().code() == Errc::device_lost; }

/// Usage, colour and label may differ.
bool same_texels(const TextureDescriptor& a, const TextureDescriptor& b) noexcept {
  return a.dimension == b.dimension && a.extent == b.extent && a.mip_levels == b.mip_levels && a.array_layers == b.array_layers &&
         a.format == b.format;
}

/// Memory of cuMemCreate() is not part of what peer access between contexts opens: it is opened by itself, once.
Result<void> open_to(Texture& texture, const Context& other) {
  if (texture.memory.allocation == 0 || texture.memory.open_to == other.device) return {};
  const Context& own = *texture.memory.context;
  const Current current(own);
  if (!current) return current.error();
  const api::MemoryAccess access{.location = {api::location_device, other.device}, .flags = api::access_read_write};
  const auto status = own.cu().vmm_set_access(texture.memory.address, texture.memory.bytes, &access, 1);
  if (status != api::Status::success) return own.error(status, "cuMemSetAccess");
  texture.memory.open_to = other.device;
  return {};
}

}  // namespace

struct PeerLink::State {
  State* next_left = nullptr;  ///< of those that a device never finished

  State(std::shared_ptr<Context> from, std::shared_ptr<Context> to)
      : source{std::move(from)},
        link{source.context},
        target{std::move(to)},
        gathered(*source.context),
        over(*target.context),
        copied(*source.context),
        twins{Twin(*source.context, *target.context), Twin(*source.context, *target.context), Twin(*source.context, *target.context)} {}

  OwnStream source;  ///< copies out of tiled textures
  OwnStream link;    ///< of the source's context: copies from device to device
  OwnStream target;  ///< copies into tiled textures
  Event gathered;    ///< in the source's stream
  Event over;        ///< in the target's stream, for settle()
  Event copied;      ///< in the link's
  std::deque<Flight> flights;
  std::vector<Flight> spare;
  std::vector<api::Copy3DPeer> copies;  ///< from plain memory into plain memory
  std::vector<Part> parts;
  std::size_t part_bytes = 0;
  std::size_t at_once = stripe_bytes;  ///< frames that follow each other overlap by themselves, and are not cut
  std::array<Twin, 3> twins;           ///< in turn: one fills, one crosses, one empties
  std::size_t turn = 0;
  /// What was promised and is in no stream yet.
  struct {
    bool source = false;
    bool target = false;
  } owed;

  void add_parts(Side out, Side in, const RegionLayout& layout);
  Result<void> describe(const Texture& from, const Texture& to, std::span<const TextureRegion> regions);
  Result<void> make_room(Clock::time_point deadline);
  Result<void> make_twin(Clock::time_point deadline);
  void free_twin(Twin& twin) noexcept;
  void land() noexcept;
  Flight new_flight(const End& from, const End& to);
  Result<void> begin(const End& from, const End& to, Clock::time_point deadline);
  Result<void> go(const End& from, const End& to, Flight& flight);
  Result<void> settle(Clock::time_point deadline);
  void keep_promises(const End& from, const End& to) noexcept;
  void close() noexcept;
};

void PeerLink::State::add_parts(Side out, Side in, const RegionLayout& layout) {
  const std::size_t slice = std::size_t{layout.row_bytes} * layout.rows;
  // Slices of volumes are not cut: their rows do not follow each other.
  const std::uint32_t rows_at_once = layout.extent.depth > 1
                                         ? layout.rows
                                         : static_cast<std::uint32_t>(std::clamp<std::size_t>(at_once / layout.row_bytes, 1, layout.rows));
  const auto skip = [](Side& side, std::uint32_t rows) {
    if (side.type == api::memory_device) {
      side.pointer += rows * side.pitch;
    } else {
      side.start.y += rows;
    }
  };
  for (std::uint32_t row = 0; row < layout.rows; row += rows_at_once) {
    const std::uint32_t rows = std::min(rows_at_once, layout.rows - row);
    Part part;
    part.offset = part_bytes;
    part.out = part.in = extent_of(layout);
    part.out.height = part.in.height = rows;
    set_source(part.out, out);
    set_destination(part.in, in);
    part.out.dst_type = part.in.src_type = api::memory_device;
    part.out.dst_pitch = part.in.src_pitch = layout.row_bytes;
    part.out.dst_height = part.in.src_height = rows;
    constexpr std::size_t step = 256;
    const std::size_t bytes = layout.extent.depth > 1 ? slice * layout.extent.depth : std::size_t{layout.row_bytes} * rows;
    part_bytes += (bytes + step - 1) / step * step;
    part.end = part_bytes;
    parts.push_back(part);
    skip(out, rows);
    skip(in, rows);
  }
}

Result<void> PeerLink::State::describe(const Texture& from, const Texture& to, std::span<const TextureRegion> regions) {
  copies.clear();
  copies.reserve(regions.size());
  parts.clear();
  parts.reserve(regions.size());
  part_bytes = 0;
  for (const TextureRegion& region : regions) {
    auto layout = region_layout(from.descriptor(), region);
    if (!layout) return std::move(layout).error();
    auto out = side_of(from, region);
    if (!out) return std::move(out).error();
    auto in = side_of(to, region);
    if (!in) return std::move(in).error();
    if (out->type != api::memory_device || in->type != api::memory_device) {
      add_parts(*out, *in, *layout);
      continue;
    }
    api::Copy3DPeer copy{};
    copy.src_type = out->type;
    copy.src_array = out->array;
    copy.src_device = out->pointer;
    copy.src_context = source.context->handle;
    copy.src_pitch = out->pitch;
    copy.src_height = out->rows;
    copy.src_x_bytes = out->start.x_bytes;
    copy.src_y = out->start.y;
    copy.src_z = out->start.z;
    copy.dst_type = in->type;
    copy.dst_array = in->array;
    copy.dst_device = in->pointer;
    copy.dst_context = target.context->handle;
    copy.dst_pitch = in->pitch;
    copy.dst_height = in->rows;
    copy.dst_x_bytes = in->start.x_bytes;
    copy.dst_y = in->start.y;
    copy.dst_z = in->start.z;
    copy.width_bytes = layout->row_bytes;
    copy.height = layout->rows;
    copy.depth = layout->extent.depth;
    const bool plain = out->type == api::memory_device && in->type == api::memory_device && copy.depth == 1;
    if (const auto whole =
            region_layout(from.descriptor(), {.mip_level = region.mip_level, .array_layer = region.array_layer, .plane = region.plane});
        plain && whole && whole->row_bytes == layout->row_bytes && out->pitch == in->pitch) {
      // Whole rows that lie alike are one piece, with what is between them: nobody's, and the same on both sides.
      copy.width_bytes = out->pitch * (copy.height - 1) + copy.width_bytes;
      copy.height = 1;
      copy.src_pitch = copy.dst_pitch = copy.width_bytes;
      copy.src_height = copy.dst_height = 1;
    }
    copies.push_back(copy);
  }
  return {};
}

void PeerLink::State::land() noexcept {
  const Current current(*target.context);
  if (!current) return;
  while (!flights.empty() && flights.front().recorded && flights.front().landed.wait(Clock::time_point{}).has_value()) {
    Flight flight = std::move(flights.front());
    flights.pop_front();
    flight.semaphores.clear();
    flight.kept = {};
    if (spare.size() < spare.capacity()) spare.push_back(std::move(flight));
  }
}

Result<void> PeerLink::State::make_room(Clock::time_point deadline) {
  land();
  if (flights.size() < max_under_way) return {};
  if (auto ok = settle(deadline); !ok) return std::move(ok).with_context("waiting for earlier copies between two devices");
  return {};
}

void PeerLink::State::free_twin(Twin& twin) noexcept {
  if (const Current current(*source.context); current && twin.out != 0) static_cast<void>(source.context->cu().memory_free(twin.out));
  if (const Current current(*target.context); current && twin.in != 0) static_cast<void>(target.context->cu().memory_free(twin.in));
  twin.out = twin.in = 0;
  twin.bytes = 0;
  twin.filled = false;
}

Result<void> PeerLink::State::make_twin(Clock::time_point deadline) {
  turn = (turn + 1) % twins.size();
  Twin& twin = twins[turn];
  if (part_bytes <= twin.bytes) return {};
  // One that no copy went through is in no stream: a device that hangs does not hold up its making.
  if (twin.bytes != 0) {
    if (auto ok = settle(deadline); !ok) return std::move(ok).with_context("waiting for earlier copies between two devices");
  }
  free_twin(twin);
  for (const bool source_side : {true, false}) {
    const Context& context = source_side ? *source.context : *target.context;
    const Current current(context);
    if (!current) return current.error();
    const auto status = context.cu().memory_allocate(source_side ? &twin.out : &twin.in, part_bytes);
    if (status != api::Status::success) return context.error(status, "cuMemAlloc");
  }
  twin.bytes = part_bytes;
  return {};
}

Flight PeerLink::State::new_flight(const End& from, const End& to) {
  Flight flight(*target.context);
  if (!spare.empty()) {
    flight = std::move(spare.back());
    spare.pop_back();
  }
  flight.recorded = false;
  for (const End* end : {&from, &to}) {
    for (const SyncPoint& point : end->waits) flight.semaphores.push_back(point.semaphore);
    if (end->signal) flight.semaphores.push_back(end->signal->semaphore);
  }
  flight.kept = {from.keep, to.keep, nullptr, nullptr};
  return flight;
}

/// The waits of both sides.
Result<void> PeerLink::State::begin(const End& from, const End& to, Clock::time_point deadline) {
  for (const bool source_side : {true, false}) {
    const OwnStream& side = source_side ? source : target;
    const Current current(*side.context);
    if (!current) return current.error();
    // Looked at on the host: a CUDA stream goes on some 10 ms after another API's signal (NVIDIA 580), and this thread has time.
    for (const SyncPoint& point : source_side ? from.waits : to.waits) {
      const auto left = std::max(Clock::duration::zero(), deadline - Clock::now());
      auto ok = point.semaphore.kind() == SemaphoreKind::binary ? wait_for_points(*side.context, {&point, 1}, side.native, deadline, true)
                                                                : point.semaphore.wait(point.value, left);
      if (!ok) return ok;
    }
  }
  return {};
}

Result<void> PeerLink::State::go(const End& from, const End& to, Flight& flight) {
  const auto signal = [&](const End& end, const OwnStream& side, bool& owes) -> Result<void> {
    if (!end.signal) return {};
    if (end.promise != nullptr) static_cast<void>(end.promise->signal());
    owes = true;
    auto ok = signal_in_stream(*side.context, *Private::contents(end.signal->semaphore), end.signal->value, side.native);
    if (ok) owes = false;
    return ok;
  };
  Twin& twin = twins[turn];
  const auto failed = [](const Context& context, api::Status status, const char* call) -> Result<void> {
    return status == api::Status::success ? Result<void>() : context.error(status, call);
  };
  if (!parts.empty() && twin.filled) {
    const Current current(*source.context);
    if (!current) return current.error();
    if (auto ok = source.wait(twin.sent); !ok) return ok;
    if (auto ok = link.wait(twin.emptied); !ok) return ok;
  }
  // Small parts cross together. An event stands for its last record when a stream is told to wait, so one does for all stripes.
  for (std::size_t first = 0, last = 0; first < parts.size(); first = last) {
    while (last < parts.size() && (last == first || parts[last].end - parts[first].offset <= at_once)) ++last;
    {
      const Current current(*source.context);
      if (!current) return current.error();
      const auto& cu = source.context->cu();
      for (std::size_t i = first; i < last; ++i) {
        parts[i].out.dst_device = twin.out + parts[i].offset;
        parts[i].in.src_device = twin.in + parts[i].offset;
        if (auto ok = failed(*source.context, cu.copy_3d(&parts[i].out, source.native), "cuMemcpy3DAsync"); !ok) return ok;
      }
      if (auto ok = gathered.record(source.native); !ok) return ok;
      if (auto ok = link.wait(gathered); !ok) return ok;
      api::Copy3DPeer stripe{};
      stripe.src_type = stripe.dst_type = api::memory_device;
      stripe.src_device = twin.out + parts[first].offset;
      stripe.dst_device = twin.in + parts[first].offset;
      stripe.src_context = source.context->handle;
      stripe.dst_context = target.context->handle;
      stripe.width_bytes = stripe.src_pitch = stripe.dst_pitch = parts[last - 1].end - parts[first].offset;
      stripe.height = stripe.depth = stripe.src_height = stripe.dst_height = 1;
      if (auto ok = failed(*source.context, cu.peer_copy_3d(&stripe, link.native), "cuMemcpy3DPeerAsync"); !ok) return ok;
      if (auto ok = copied.record(link.native); !ok) return ok;
    }
    const Current current(*target.context);
    if (!current) return current.error();
    if (auto ok = target.wait(copied); !ok) return ok;
    for (std::size_t i = first; i < last; ++i) {
      if (auto ok = failed(*target.context, target.context->cu().copy_3d(&parts[i].in, target.native), "cuMemcpy3DAsync"); !ok) return ok;
    }
  }
  {
    const Current current(*source.context);
    if (!current) return current.error();
    if (!parts.empty()) {
      if (auto ok = twin.sent.record(link.native); !ok) return ok;
    }
    for (const auto& copy : copies) {
      if (auto ok = failed(*source.context, source.context->cu().peer_copy_3d(&copy, link.native), "cuMemcpy3DPeerAsync"); !ok) return ok;
    }
    // What was tiled has been read when it is in the twin.
    if (auto ok = signal(from, copies.empty() ? source : link, owed.source); !ok) return ok;
    if (auto ok = gathered.record(source.native); !ok) return ok;
    if (auto ok = link.wait(gathered); !ok) return ok;
    if (auto ok = copied.record(link.native); !ok) return ok;
  }
  const Current current(*target.context);
  if (!current) return current.error();
  if (auto ok = target.wait(copied); !ok) return ok;
  if (!parts.empty()) {
    if (auto ok = twin.emptied.record(target.native); !ok) return ok;
    twin.filled = true;
  }
  if (auto ok = signal(to, target, owed.target); !ok) return ok;
  auto ok = flight.landed.record(target.native);
  flight.recorded = ok.has_value();
  return ok;
}

Result<void> PeerLink::State::settle(Clock::time_point deadline) {
  Result<void> first;
  for (const OwnStream* side : {&source, &link, &target}) {  // each waits for the one before
    Event& event = side == &source ? gathered : side == &link ? copied : over;
    const Current current(*side->context);
    auto ok = current ? event.record(side->native) : Result<void>(current.error());
    if (!ok && !lost(ok)) ok = event.record(side->native);  // short of memory for a moment
    if (ok) ok = event.wait(deadline);
    if (!ok && first) first = std::move(ok);
  }
  if (!first && !lost(first)) return first;
  // Over, or lost with the device: nothing of it runs any more.
  const Current current(*target.context);
  flights.clear();
  return first;
}

void PeerLink::State::keep_promises(const End& from, const End& to) noexcept {
  for (const bool source_side : {true, false}) {
    bool& owes = source_side ? owed.source : owed.target;
    if (!std::exchange(owes, false)) continue;
    const auto& point = *(source_side ? from : to).signal;
    if (point.semaphore.kind() == SemaphoreKind::binary) continue;  // the host cannot
    if (point.semaphore.signal(point.value)) continue;
    log(LogLevel::error, "A copy between two devices failed, and so did the signal that it promised.");
  }
}

void PeerLink::State::close() noexcept {
  for (Twin& twin : twins) free_twin(twin);
  {
    const Current current(*target.context);
    for (Twin& twin : twins) twin.emptied = Event(*target.context);
    flights.clear();
    spare.clear();
    over = Event(*target.context);
    if (current) target.end();
  }
  const Current current(*source.context);
  copied = Event(*source.context);
  gathered = Event(*source.context);
  for (Twin& twin : twins) twin.sent = Event(*source.context);
  if (current) link.end();
  if (current) source.end();
}

PeerLink::PeerLink(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

PeerLink::~PeerLink() {
  if (!state_) return;
  auto ok = finish(std::chrono::seconds(2));
  if (!ok && !lost(ok)) {
    log(LogLevel::error,
        "Copies between two CUDA devices are not over two seconds after the last use; their streams, semaphores and textures stay "
        "allocated.");
    // Never freed, and still somebody's: leak checkers shall find leaks.
    static std::atomic<State*> left{nullptr};
    state_->next_left = left.exchange(state_.get());
    static_cast<void>(state_.release());
    return;
  }
  state_->close();
}

Result<std::unique_ptr<PeerLink>> PeerLink::open(const TextureShareManager& source, const TextureShareManager& target) {
  return detail::guard([&]() -> Result<std::unique_ptr<PeerLink>> {
    auto out = manager_of(source);
    if (!out) return std::move(out).error();
    auto in = manager_of(target);
    if (!in) return std::move(in).error();
    const Context& from = *(*out)->context();
    const Context& to = *(*in)->context();
    if (from.device == to.device) {
      return Error(Errc::invalid_argument, text("Both managers are on ", from.identity.name, "; a peer copy is between two devices."));
    }
    if (!from.cu().has_peers())
      return Error(Errc::unsupported_feature, "This CUDA driver has no cuMemcpy3DPeerAsync; install a newer one.");
    if (!reaches(to, from)) {
      return Error(Errc::unsupported_feature,
                   text(to.identity.name, " (", to_string(to.identity.device_uuid), ") has no peer access to ", from.identity.name, " (",
                        to_string(from.identity.device_uuid), "), says CUDA's driver."));
    }
    if (auto ok = enable(to, from); !ok) return std::move(ok).error();
    if (reaches(from, to)) {
      if (auto ok = enable(from, to); !ok) return std::move(ok).error();
    }
    auto state = std::make_unique<State>((*out)->context(), (*in)->context());
    state->spare.reserve(max_under_way);
    auto ok = state->source.begin();
    if (ok) ok = state->link.begin();
    if (ok) ok = state->target.begin();
    if (!ok) {
      state->close();
      return std::move(ok).error();
    }
    return std::unique_ptr<PeerLink>(new PeerLink(std::move(state)));
  });
}

Result<void> PeerLink::finish(std::chrono::nanoseconds timeout) {
  return detail::guard([&] { return state_->settle(Clock::now() + timeout); });
}

Result<void> PeerLink::copy(const End& from, const End& to, std::span<const TextureRegion> regions) {
  return detail::guard([&]() -> Result<void> {
    State& state = *state_;
    const auto deadline = Clock::now() + default_gpu_timeout;
    auto out = cuda_texture(*from.texture);
    if (!out) return std::move(out).error();
    auto in = cuda_texture(*to.texture);
    if (!in) return std::move(in).error();
    if ((*out)->memory.context != state.source.context || (*in)->memory.context != state.target.context) {
      return Error(Errc::device_mismatch, "A texture of the copy belongs to another manager than the one that the link was opened with.");
    }
    if (!same_texels((*out)->descriptor(), (*in)->descriptor())) {
      return Error(Errc::invalid_argument,
                   text("The textures differ: ", geyser::describe((*out)->descriptor()), ", and ", geyser::describe((*in)->descriptor()),
                        "; a copy is between textures of one size and format."));
    }
    state.land();
    state.at_once = state.flights.empty() ? stripe_bytes : std::numeric_limits<std::size_t>::max();
    if (auto ok = state.describe(**out, **in, regions); !ok) return ok;
    if (auto ok = open_to(**out, *state.target.context); !ok) return ok;
    if (auto ok = open_to(**in, *state.source.context); !ok) return ok;
    if (auto ok = state.make_room(deadline); !ok) return ok;
    if (!state.parts.empty()) {
      if (auto ok = state.make_twin(deadline); !ok) return ok;
    }
    state.flights.push_back(state.new_flight(from, to));  // whatever of it gets into a stream is looked after from here on
    auto done = detail::guard([&] {
      auto ready = state.begin(from, to, deadline);
      return ready ? state.go(from, to, state.flights.back()) : std::move(ready);
    });
    if (done && from.signal && to.signal) return {};
    // Without a signal somebody must wait, and after an error too: then nothing of it may be under way when this returns.
    const auto keep_textures = [&] {
      state.flights.back().kept[2] = Private::shared(*from.texture);
      state.flights.back().kept[3] = Private::shared(*to.texture);
    };
    auto over = [&]() -> Result<void> {
      if (!done) return state.settle(std::max(deadline, Clock::now() + at_least));
      const Current current(*state.target.context);
      return current ? state.flights.back().landed.wait(deadline) : Result<void>(current.error());
    }();
    if (!over && !lost(over)) keep_textures();
    state.keep_promises(from, to);
    if (!done) return done;
    if (!over) return std::move(over).with_context("waiting for a copy between two devices");
    state.land();
    return {};
  });
}

Result<TextureShareManager> create_private_manager(const Uuid& device, const TextureShareManager* partner) {
  return detail::guard([&]() -> Result<TextureShareManager> {
    auto context = Context::create_private(device);
    if (!context) return std::move(context).error().with_context("opening a CUDA device");
    auto adopted = detail::Partner::adopt(partner, (*context)->identity);
    if (!adopted) return std::move(adopted).error().with_context("opening a CUDA device");
    return Private::make(std::make_shared<Manager>(*std::move(context), *std::move(adopted)));
  });
}

}  // namespace geyser::cuda
