#include "geyser/shared_texture.hpp"

#include <algorithm>
#include <exception>

#include "core/backend.hpp"
#include "core/guard.hpp"
#include "geyser/log.hpp"

namespace geyser {
namespace detail {
namespace {

/// Adds a point; a later value of the same timeline replaces the earlier one.
void merge(SyncPointList& list, const SyncPoint& point) {
  const bool known = std::any_of(list.begin(), list.end(), [&](const SyncPoint& p) { return p.semaphore == point.semaphore; });
  if (!known || point.semaphore.kind() == SemaphoreKind::binary) {
    list.push_back(point);
    return;
  }
  SyncPointList merged;
  for (const auto& p : list) {
    merged.push_back(p.semaphore == point.semaphore ? SyncPoint{p.semaphore, std::max(p.value, point.value)} : p);
  }
  list = std::move(merged);
}

Result<void> check_point(const TextureContents& texture, const SyncPoint& point, std::string_view what) {
  const auto* semaphore = Private::contents(point.semaphore);
  if (semaphore == nullptr) {
    return Error(Errc::invalid_argument, text("The point in ", what, " has no semaphore; give one that was created or imported."));
  }
  if (semaphore->backend() != texture.backend()) {
    return Error(Errc::device_mismatch, text("The semaphore in ", what, " belongs to another manager (", semaphore->backend()->name(),
                                             "); export it there and import it into this one."));
  }
  if (semaphore->kind() == SemaphoreKind::binary && point.value != 1) {
    return Error(Errc::invalid_argument,
                 text("The point in ", what, " has value ", point.value, ", but a binary semaphore has only value 1."));
  }
  return {};
}

Result<void> check_points(const TextureContents& texture, std::span<const SyncPoint> points, std::string_view what) {
  for (const auto& p : points) {
    if (auto ok = check_point(texture, p, what); !ok) return ok;
  }
  return {};
}

Result<void> check_info(const TextureContents& texture, const AccessInfo& info) {
  if (info.state) {
    if (info.state->initialized && info.state->layout == TextureLayout::undefined) {
      return Error(Errc::invalid_argument,
                   "AccessInfo::state says initialized with layout undefined, which would lose the content; "
                   "pass the state that the previous access's end() gave.");
    }
    if (auto ok = check_points(texture, info.state->points, "AccessInfo::state"); !ok) return ok;
  }
  if (auto ok = check_points(texture, info.wait_for, "AccessInfo::wait_for"); !ok) return ok;
  if (info.signal) return check_point(texture, *info.signal, "AccessInfo::signal");
  return {};
}

}  // namespace

Result<geyser::Access> begin_access(const std::shared_ptr<TextureContents>& texture, AccessMode mode, const AccessInfo& info) {
  if (auto ok = check_info(*texture, info); !ok) return std::move(ok).error();
  if (auto ok = texture->backend()->alive(); !ok) return std::move(ok).error();
  geyser::Access access = Private::new_access();
  TextureState& at_begin = Private::state(access);
  const std::lock_guard lock(texture->mutex);
  at_begin = info.state ? *info.state : texture->state;
  if (mode == AccessMode::read && !at_begin.initialized) {
    return Error(Errc::not_initialized,
                 "Nobody has written the texture, as far as this side knows; pass the state that the writer's end() gave, "
                 "or wait_for_texture() first.");
  }
  at_begin.points.append(info.wait_for);
  // A binary point may be waited for once: it belongs to this access now.
  SyncPointList remaining;
  for (const auto& p : info.state ? info.state->points : texture->state.points) {
    if (p.semaphore.kind() != SemaphoreKind::binary) remaining.push_back(p);
  }
  if (auto ok = texture->access.begin(mode); !ok) return std::move(ok).error();  // nothing after this can fail
  texture->state.initialized = at_begin.initialized;
  texture->state.layout = at_begin.layout;
  texture->state.points = std::move(remaining);
  Private::shared(access) = texture;
  Private::mode(access) = mode;
  Private::signal(access) = info.signal;
  // A read leaves the layout that it found unless it says otherwise; content that is written is released in GENERAL by default.
  Private::released(access) = mode == AccessMode::read ? at_begin.layout : TextureLayout::general;
  return access;
}

void cancel_access(geyser::Access&& access, TextureState before) noexcept {
  std::shared_ptr<TextureContents> texture = std::move(Private::shared(access));
  if (!texture) return;
  {
    const std::lock_guard lock(texture->mutex);
    texture->access.end(access.mode());
    texture->state = std::move(before);
  }
}

namespace {

/// Frees a texture when its last owner (SharedTexture or Access) lets go: waits for own_signals, and parks it if they do not come.
void retire(std::shared_ptr<TextureContents> last) noexcept {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(2);
  for (const auto& point : last->own_signals) {
    const auto left = std::max(Clock::duration::zero(), deadline - Clock::now());
    auto reached = Private::contents(point.semaphore)->wait(point.value, left);
    if (reached || reached.error().code() != Errc::timed_out) continue;
    if (last->backend()->managers.load() == 0) {
      log(LogLevel::error,
          "A texture is destroyed after its manager while a signal that an ended access promised never came; it is freed now.");
      return;
    }
    try {
      log(LogLevel::error, text("A texture is destroyed while an ended access promised value ", point.value,
                                " of a timeline that was never signalled; its memory is kept until the manager is destroyed."));
      last->backend()->park(std::move(last));
    } catch (const std::exception&) {
      // Without memory to park it, freeing now is what is left.
    }
    return;
  }
}

}  // namespace

SharedTexture Private::make(std::shared_ptr<TextureContents> contents) {
  // The public objects share a pointer of their own, whose deleter runs exactly once, when the last of them is gone.
  TextureContents* raw = contents.get();
  return SharedTexture(std::shared_ptr<TextureContents>(
      raw, [owner = std::move(contents)](TextureContents*) mutable noexcept { retire(std::move(owner)); }));
}

}  // namespace detail

Access::Access(Access&& other) noexcept
    : contents_(std::move(other.contents_)),
      mode_(other.mode_),
      state_(std::move(other.state_)),
      signal_(std::move(other.signal_)),
      released_(other.released_),
      acquired_(other.acquired_),
      content_(other.content_),
      signal_taken_(other.signal_taken_) {}

Access& Access::operator=(Access&& other) noexcept {
  if (this != &other) {
    abandon();
    contents_ = std::move(other.contents_);
    mode_ = other.mode_;
    state_ = std::move(other.state_);
    signal_ = std::move(other.signal_);
    released_ = other.released_;
    acquired_ = other.acquired_;
    content_ = other.content_;
    signal_taken_ = other.signal_taken_;
  }
  return *this;
}

Access::~Access() { abandon(); }

void Access::abandon() noexcept {
  if (!contents_) return;
  log(LogLevel::error, mode_ == AccessMode::write ? "A write access was destroyed without end(); the texture counts as not initialized."
                                                  : "A read access was destroyed without end().");
  {
    const std::lock_guard lock(contents_->mutex);
    contents_->access.end(mode_);
    if (mode_ == AccessMode::write) contents_->state = {};
  }
  if (acquired_) contents_->left_acquired();
  contents_.reset();
}

AccessMode Access::mode() const noexcept { return mode_; }
const TextureState& Access::state() const noexcept { return state_; }
std::span<const SyncPoint> Access::waits() const noexcept { return state_.points; }
const std::optional<SyncPoint>& Access::signal() const noexcept {
  signal_taken_ = signal_taken_ || signal_.has_value();
  return signal_;
}

const TextureDescriptor& Access::descriptor() const noexcept {
  static const TextureDescriptor none;
  return contents_ ? contents_->descriptor() : none;
}

Result<void> Access::wait(std::chrono::nanoseconds timeout) const {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + timeout;
  for (const auto& point : waits()) {
    auto ok = point.semaphore.wait(point.value, std::max(Clock::duration::zero(), deadline - Clock::now()));
    if (!ok) return std::move(ok).with_context("waiting for the previous access of a texture");
  }
  return {};
}

Result<TextureState> Access::end(std::optional<TextureLayout> layout) && {
  return detail::guard([&]() -> Result<TextureState> {
    if (!contents_) return Error(Errc::invalid_state, "The access has ended already; begin another one.");
    const TextureLayout left = layout.value_or(released_);
    if (left == TextureLayout::undefined) {
      return Error(Errc::invalid_argument,
                   "An access cannot end in layout undefined, which would lose the content; name the layout it was released in.");
    }
    TextureState result;
    {
      const std::lock_guard lock(contents_->mutex);
      SyncPointList points = mode_ == AccessMode::write ? SyncPointList() : contents_->state.points;
      SyncPointList own = mode_ == AccessMode::write ? SyncPointList() : contents_->own_signals;
      if (signal_) {
        detail::merge(points, *signal_);
        if (signal_->semaphore.kind() != SemaphoreKind::binary) detail::merge(own, *signal_);
      } else if (mode_ == AccessMode::write) {
        own = contents_->own_signals;  // no later point says that the earlier ones are over
      }
      contents_->access.end(mode_);
      contents_->state.initialized = content_;
      contents_->state.layout = left;
      contents_->state.points = std::move(points);
      contents_->own_signals = std::move(own);
      result = contents_->state;
    }
    if (signal_) detail::Private::contents(signal_->semaphore)->submitted(signal_->value);
    if (acquired_) contents_->left_acquired();
    contents_.reset();
    return result;
  });
}

SharedTexture::SharedTexture(std::shared_ptr<detail::TextureContents> contents) noexcept : contents_(std::move(contents)) {}
SharedTexture::SharedTexture(SharedTexture&&) noexcept = default;

SharedTexture& SharedTexture::operator=(SharedTexture&&) noexcept = default;
SharedTexture::~SharedTexture() = default;

const TextureDescriptor& SharedTexture::descriptor() const noexcept { return contents_->descriptor(); }
MemoryHandleType SharedTexture::handle_type() const noexcept { return contents_->handle_type(); }
bool SharedTexture::imported() const noexcept { return contents_->imported(); }
std::uint64_t SharedTexture::allocated_bytes() const noexcept { return contents_->allocated_bytes(); }
std::uint64_t SharedTexture::required_bytes() const noexcept { return contents_->required_bytes(); }

TextureState SharedTexture::state() const {
  const std::lock_guard lock(contents_->mutex);
  return contents_->state;
}

Result<Access> SharedTexture::begin_write(const AccessInfo& info) {
  return detail::guard([&] { return detail::begin_access(contents_, AccessMode::write, info); });
}

Result<Access> SharedTexture::begin_read(const AccessInfo& info) {
  return detail::guard([&] { return detail::begin_access(contents_, AccessMode::read, info); });
}

}  // namespace geyser
