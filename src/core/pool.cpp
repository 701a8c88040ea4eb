#include "geyser/pool.hpp"

#include <algorithm>
#include <list>
#include <mutex>

#include "core/backend.hpp"
#include "core/guard.hpp"

namespace geyser {
namespace {

bool same_texture(const TextureDescriptor& a, const TextureDescriptor& b) {
  return a.dimension == b.dimension && a.extent == b.extent && a.mip_levels == b.mip_levels && a.array_layers == b.array_layers &&
         a.format == b.format && a.usage == b.usage && a.color == b.color;
}

/// True when no ended access is still at work on the texture.
bool is_free(detail::TextureContents& contents) {
  const std::lock_guard lock(contents.mutex);
  if (!contents.access.idle()) return false;
  return std::all_of(contents.own_signals.begin(), contents.own_signals.end(), [](const SyncPoint& point) {
    auto now = point.semaphore.value();
    return now && *now >= point.value;
  });
}

}  // namespace

struct TexturePool::Shared {
  std::mutex mutex;
  TextureShareManager manager;
  std::size_t capacity = 0;
  bool open = true;               // false once the pool is gone: loans are then freed instead of kept
  std::list<SharedTexture> idle;  // oldest first

  Shared(TextureShareManager m, std::size_t c) noexcept : manager(std::move(m)), capacity(c) {}
};

struct PooledTexture::Block {
  SharedTexture texture;
  bool reused = false;
  std::shared_ptr<TexturePool::Shared> pool;
};

PooledTexture::PooledTexture(std::unique_ptr<Block> block) noexcept : block_(std::move(block)) {}
PooledTexture::PooledTexture(PooledTexture&&) noexcept = default;

PooledTexture& PooledTexture::operator=(PooledTexture&& other) noexcept {
  std::swap(block_, other.block_);  // the old loan goes back when `other` is destroyed
  return *this;
}

PooledTexture::~PooledTexture() {
  if (!block_) return;
  const std::unique_ptr<Block> block = std::move(block_);
  std::list<SharedTexture> surplus;  // destroyed after the lock is gone
  try {
    std::list<SharedTexture> one;
    one.push_back(std::move(block->texture));
    const std::lock_guard lock(block->pool->mutex);
    if (!block->pool->open || block->pool->capacity == 0) {
      surplus.splice(surplus.end(), one);
      return;
    }
    block->pool->idle.splice(block->pool->idle.end(), one);
    if (block->pool->idle.size() > block->pool->capacity) surplus.splice(surplus.end(), block->pool->idle, block->pool->idle.begin());
  } catch (const std::exception&) {
    // No memory for a list node: the texture is freed with the block.
  }
}

SharedTexture& PooledTexture::operator*() noexcept { return block_->texture; }
SharedTexture* PooledTexture::operator->() noexcept { return &block_->texture; }
bool PooledTexture::reused() const noexcept { return block_->reused; }

TexturePool::TexturePool(TextureShareManager& manager, std::size_t capacity)
    : shared_(std::make_shared<Shared>(detail::Private::make(detail::Private::shared(manager)), capacity)) {}
TexturePool::TexturePool(TexturePool&&) noexcept = default;

TexturePool& TexturePool::operator=(TexturePool&& other) noexcept {
  std::swap(shared_, other.shared_);
  return *this;
}

TexturePool::~TexturePool() {
  if (!shared_) return;
  std::list<SharedTexture> all;
  const std::lock_guard lock(shared_->mutex);
  shared_->open = false;
  all.swap(shared_->idle);
}

Result<PooledTexture> TexturePool::acquire(const TextureDescriptor& descriptor) {
  return detail::guard([&]() -> Result<PooledTexture> {
    std::list<SharedTexture> found;
    {
      const std::lock_guard lock(shared_->mutex);
      for (auto it = shared_->idle.begin(); it != shared_->idle.end(); ++it) {
        if (same_texture(it->descriptor(), descriptor) && is_free(*detail::Private::contents(*it))) {
          found.splice(found.end(), shared_->idle, it);
          break;
        }
      }
    }
    if (!found.empty()) {
      detail::TextureContents& contents = *detail::Private::contents(found.front());
      const std::lock_guard lock(contents.mutex);
      contents.state = {};
      contents.own_signals.clear();
      contents.ready = {};
      contents.ready_signalled = 0;
      contents.ready_waited = 0;
    }
    const bool reused = !found.empty();
    if (!reused) {
      auto made = shared_->manager.create_shareable_texture(descriptor);
      if (!made) return std::move(made).error();
      found.push_back(*std::move(made));
    }
    return PooledTexture(std::make_unique<PooledTexture::Block>(PooledTexture::Block{std::move(found.front()), reused, shared_}));
  });
}

std::size_t TexturePool::idle() const noexcept {
  const std::lock_guard lock(shared_->mutex);
  return shared_->idle.size();
}

void TexturePool::clear() noexcept {
  std::list<SharedTexture> all;
  const std::lock_guard lock(shared_->mutex);
  all.swap(shared_->idle);
}

}  // namespace geyser
