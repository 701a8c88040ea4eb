#include "stream/attachment.hpp"

#include <algorithm>
#include <cstring>

#include "core/backend.hpp"
#include "core/between_processes.hpp"
#include "core/duplicate_handles.hpp"
#include "core/guard.hpp"
#include "core/regions.hpp"
#include "geyser/host.hpp"
#include "geyser/log.hpp"
#include "stream/host_copy.hpp"

namespace geyser::detail {
namespace {

// How long a live publisher's device may take for one frame before its readers stop waiting for it.
constexpr std::chrono::nanoseconds promise_time = std::chrono::seconds(5);
// Frames that may be withdrawn one after the other while one is looked for. On a board that contradicts itself that would never end.
constexpr int most_tries = 100;

std::int64_t now() noexcept { return Timestamp::now().nanoseconds; }

}  // namespace

Result<TextureHandle> duplicate(const TextureHandle& from) {
  TextureHandle to;
  to.info = from.info;
  if (auto ok = detail::duplicate_handles(from.handles, to.handles); !ok) return std::move(ok).error();
  return to;
}

Attachment::Attachment(const TextureShareManager& user, TextureShareManager importer, bool uploads, BoardReader board, ClaimWriter claims,
                       Doorbell doorbell, const ipc::Welcome& welcome)
    : user_(Private::make(Private::shared(user))),
      importer_(std::move(importer)),
      uploads_(uploads),
      board_(std::move(board)),
      claims_(std::move(claims)),
      doorbell_(std::move(doorbell)),
      lane_id_(welcome.lane_id),
      transport_(ipc::transport_of(welcome.lane)),
      pacing_(welcome.stream.pacing),
      generation_(welcome.stream.generation) {}

Result<std::shared_ptr<Attachment>> Attachment::open(const TextureShareManager& manager, const SubscriberOptions& options,
                                                     ipc::Welcome& welcome) {
  auto board = BoardReader::open(welcome.board);
  if (!board) return std::move(board).error();
  auto claims = ClaimWriter::open(welcome.claims);
  if (!claims) return std::move(claims).error();
  auto doorbell = Doorbell::open(welcome.doorbell);
  if (!doorbell) return std::move(doorbell).error();
  // A lane in host memory: its textures are imported by a host manager, and copied for a reader that is not one.
  const bool on_host = manager.backend_name() == "host";
  const bool uploads = welcome.lane == ipc::LaneKind::host && !on_host;
  auto importer = uploads ? host::create_manager() : Result(Private::make(Private::shared(manager)));
  if (!importer) return std::move(importer).error();
  std::shared_ptr<Attachment> made(
      new Attachment(manager, *std::move(importer), uploads, *std::move(board), *std::move(claims), *std::move(doorbell), welcome));
  auto written = made->importer_.import_semaphore(std::move(welcome.written));
  if (!written) return std::move(written).error();
  made->written_ = *std::move(written);
  if (made->written_.kind() == SemaphoreKind::binary) {
    return Error(Errc::protocol_error, "The publisher offers a binary semaphore for a ring; a timeline is needed.");
  }
  made->max_held_ = options.max_held;
  made->keep_handles_ = options.keep_handles;
  // Their values rise, so no binary semaphore will do. A device may wait for timelines and make none that others can have (CUDA and OpenGL
  // without a partner); the publisher looks at these on the host in any case, so the other rung is as good. When frames are copied, the
  // point orders this process's own copies only.
  const bool timelines = exports_timelines(made->user_.capabilities());
  const bool wanted = uploads || made->written_.kind() == SemaphoreKind::timeline;
  const SemaphoreKind kind = timelines && wanted ? SemaphoreKind::timeline : SemaphoreKind::host_timeline;
  for (std::uint32_t i = 0; i < options.max_held; ++i) {
    auto semaphore = made->user_.create_shared_semaphore({.kind = kind});
    if (!semaphore) return std::move(semaphore).error();
    made->released_[i].semaphore = *std::move(semaphore);
  }
  return made;
}

Result<ipc::ReaderReady> Attachment::ready() const {
  ipc::ReaderReady message;
  message.lane_id = lane_id_;
  if (uploads_) return message;  // its claims end on the host
  for (std::uint32_t i = 0; i < max_held_; ++i) {
    auto handle = const_cast<TextureShareManager&>(user_).export_semaphore(released_[i].semaphore);
    if (!handle) return std::move(handle).error();
    message.released.push_back(*std::move(handle));
  }
  return message;
}

Result<void> Attachment::take(Arrivals&& arrivals) {
  for (auto& offer : arrivals.offers) {
    std::shared_ptr<const TextureHandle> kept;
    if (keep_handles_ && !uploads_) {
      auto copy = duplicate(offer.texture);  // before the import, which takes the handle
      if (!copy) return std::move(copy).error();
      kept = std::make_shared<const TextureHandle>(*std::move(copy));
    }
    auto imported = importer_.import_texture(std::move(offer.texture));
    if (!imported) return std::move(imported).error();
    std::erase_if(textures_, [&](const Known& k) { return k.id == offer.texture_id; });
    if (textures_.size() >= max_stream_textures) {
      return Error(Errc::protocol_error, text("The publisher offers more than ", max_stream_textures, " textures at once."));
    }
    textures_.push_back({offer.texture_id, std::make_shared<SharedTexture>(*std::move(imported)), std::move(kept)});
  }
  for (const auto id : arrivals.gone) std::erase_if(textures_, [&](const Known& k) { return k.id == id; });
  return {};
}

const Attachment::Known* Attachment::texture(std::uint64_t id) const noexcept {
  const auto at = std::find_if(textures_.begin(), textures_.end(), [&](const Known& k) { return k.id == id; });
  return at == textures_.end() ? nullptr : &*at;
}

Result<Attachment::Search> Attachment::find(std::uint32_t index, bool again, HeldFrame& held) {
  for (int tries = 0; tries < most_tries; ++tries) {
    const FrameRef ref = pacing_ == Pacing::latest ? board_.newest() : board_.next(claims_.cursor());
    const std::uint64_t number = frame_of(ref);
    if (ref == 0 || (pacing_ == Pacing::latest && number <= last_ && !(again && number == last_))) return Search::nothing;
    claims_.claim(index, ref);
    if (board_.find(number) != ref) {
      claims_.drop(index);
      continue;  // a newer one has come
    }
    if (!board_.read(ref, frame_)) {
      claims_.drop(index);
      return Error(Errc::protocol_error, "The publisher's board contradicts itself.");
    }
    const Known* known = texture(frame_.texture_id);
    if (known == nullptr) {
      claims_.drop(index);
      return Search::texture_due;
    }
    if (lost() && !is_complete()) {
      claims_.drop(index);
      return Search::unusable;
    }
    held.info = frame_.info;
    held.info.number = number;
    held.info.generation = frame_.generation;
    held.info.skipped = last_ == 0 || number <= last_ ? 0 : number - last_ - 1;
    if (held.info.skipped != 0) held.info.damage.reset();  // it is relative to a frame that was not taken
    auto opened = uploads_ ? open_copy(index, *known->texture, held) : open_native(index, *known, held);
    if (!opened) {
      claims_.drop(index);
      // In order, a frame that this device will never take must neither stand before the next one nor hold up the publisher.
      const Errc code = opened.error().code();
      if (code == Errc::unsupported_format || code == Errc::limit_exceeded) claims_.set_cursor(number + 1);
      doorbell_.ring();
      return std::move(opened).error();
    }
    const bool is_new = number != last_;
    last_ = number;
    generation_ = frame_.generation;
    claims_.set_cursor(number + 1);
    if (is_new) claims_.count(number, held.info.skipped, std::chrono::nanoseconds(now() - held.info.published.nanoseconds));
    return Search::found;
  }
  return Search::nothing;
}

Result<void> Attachment::open_native(std::uint32_t index, const Known& known, HeldFrame& held) {
  Released& released = released_[index];
  AccessInfo info;
  info.state = TextureState{true, frame_.layout, {}};
  if (frame_.written_value != 0) info.state->points.push_back({written_, frame_.written_value});
  info.signal = SyncPoint{released.semaphore, released.value + 1};
  auto access = known.texture->begin_read(info);
  if (!access) return std::move(access).error();
  ++released.value;
  if (frame_.written_value > promised_.load(std::memory_order_relaxed)) {
    promised_since_.store(held.info.published.nanoseconds, std::memory_order_relaxed);
    promised_.store(frame_.written_value, std::memory_order_release);
  }
  held.texture = known.texture;
  held.handle = known.handle;
  held.access = *std::move(access);
  return {};
}

Result<void> Attachment::open_copy(std::uint32_t index, SharedTexture& texture, HeldFrame& held) {
  if (frame_.written_value != 0) {
    if (auto ok = written_.wait(frame_.written_value, default_gpu_timeout); !ok) return ok;
  }
  // A copy that no frame holds; the pool's own test would not know about frames that are out.
  std::erase_if(copies_, [&](const auto& c) { return c.use_count() == 1 && c->descriptor() != texture.descriptor(); });
  auto at = std::find_if(copies_.begin(), copies_.end(),
                         [&](const auto& c) { return c.use_count() == 1 && c->descriptor() == texture.descriptor(); });
  if (at == copies_.end()) {
    auto made = user_.create_shareable_texture(texture.descriptor());
    if (!made) return std::move(made).error();
    copies_.push_back(std::make_shared<SharedTexture>(*std::move(made)));
    at = copies_.end() - 1;
  }
  std::shared_ptr<SharedTexture> copy = *at;
  if (auto ok = upload(texture, *copy); !ok) return ok;
  claims_.drop(index);  // the frame of the ring is free; this one is the reader's own
  doorbell_.ring();
  Released& released = released_[index];
  auto access = copy->begin_read({.signal = SyncPoint{released.semaphore, released.value + 1}});
  if (!access) return std::move(access).error();
  ++released.value;
  held.texture = std::move(copy);
  held.access = *std::move(access);
  return {};
}

Result<void> Attachment::upload(SharedTexture& from, SharedTexture& to) {
  return for_each_region(from.descriptor(), [&](const TextureRegion& region) -> Result<void> {
    auto mapped = host::map(from, region);
    if (!mapped) return std::move(mapped).error();
    if (const auto bytes = gapless(*mapped); !bytes.empty()) return user_.upload(to, region, bytes);
    staging_.resize(static_cast<std::size_t>(mapped->layout.total_bytes));
    for_each_row(*mapped, staging_.data(),
                 [](const std::byte* row, std::byte* packed, std::size_t bytes) { std::memcpy(packed, row, bytes); });
    return user_.upload(to, region, staging_);
  });
}

bool Attachment::is_complete() const noexcept {
  return frame_.written_value == 0 || written_.wait(frame_.written_value, last_work_time).has_value();
}

Result<void> Attachment::release(std::uint32_t index, HeldFrame& held) noexcept {
  return guard([&]() -> Result<void> {
    if (!held.access) return Error(Errc::invalid_state, "The frame has been released already.");
    Access access = *std::move(held.access);
    held.access.reset();
    const bool submitted = Private::signal_taken(access);
    const auto point = Private::signal(access);
    if (!submitted) Private::signal(access).reset();
    auto ended = std::move(access).end();
    held.texture.reset();
    held.handle.reset();
    if (!uploads_) {
      if (submitted && point) {
        claims_.release(index, point->value);
      } else {
        claims_.drop(index);
      }
      doorbell_.ring();
    }
    if (!ended) return std::move(ended).error();
    return {};
  });
}

void Attachment::sleep(std::uint32_t seen, std::chrono::nanoseconds timeout) noexcept {
  claims_.set_sleeping(true);
  if (board_.ticket() == seen) board_.wait(seen, timeout);
  claims_.set_sleeping(false);
}

bool Attachment::is_owed() const noexcept {
  const std::uint64_t promised = promised_.load(std::memory_order_acquire);
  if (promised == 0) return false;
  const auto reached = written_.value();
  return reached && *reached < promised;
}

void Attachment::release_overdue_waits() noexcept {
  if (!is_owed()) return;
  const std::uint64_t promised = promised_.load(std::memory_order_acquire);
  const bool gone = lost();
  const auto age = std::chrono::nanoseconds(now() - promised_since_.load(std::memory_order_relaxed));
  if (age < (gone ? last_work_time : promise_time)) return;
  log(LogLevel::error, gone ? "The publisher is gone and its last frame was never finished; what waits for it is released."
                            : "The publisher announced a frame whose pixels never came; what waits for it is released.");
  if (auto ok = written_.signal(promised); !ok) log(LogLevel::error, ok.error().message());
}

}  // namespace geyser::detail
