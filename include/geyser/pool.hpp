// TexturePool: hands back a texture of the same descriptor instead of making a new one.
#pragma once

#include <cstddef>
#include <memory>

#include "geyser/manager.hpp"

namespace geyser {

/// A texture on loan; its destructor gives it back to the pool (or frees it when the pool is gone or full).
/// Ownership: move-only. Threading: as SharedTexture.
class [[nodiscard]] GEYSER_API PooledTexture {
 public:
  PooledTexture(PooledTexture&&) noexcept;
  PooledTexture& operator=(PooledTexture&&) noexcept;
  PooledTexture(const PooledTexture&) = delete;
  PooledTexture& operator=(const PooledTexture&) = delete;
  ~PooledTexture();
  [[nodiscard]] SharedTexture& operator*() noexcept;
  [[nodiscard]] SharedTexture* operator->() noexcept;
  /// True when the texture has been used before; its old content counts as not initialized. Errors: none.
  [[nodiscard]] bool reused() const noexcept;

 private:
  friend class TexturePool;
  struct Block;
  explicit PooledTexture(std::unique_ptr<Block> block) noexcept;
  std::unique_ptr<Block> block_;
};

/// Keeps textures that are not in use. Textures whose last access has not signalled yet are not handed out.
/// Ownership: move-only; loans outlive it safely. Threading: every member from any thread at once.
class [[nodiscard]] GEYSER_API TexturePool {
 public:
  /// `capacity`: idle textures kept at most; the longest idle goes first. `manager` is used by the pool for as long as the pool lives
  /// (unchecked). Errors: none.
  explicit TexturePool(TextureShareManager& manager, std::size_t capacity = 16);
  TexturePool(TexturePool&&) noexcept;
  TexturePool& operator=(TexturePool&&) noexcept;
  TexturePool(const TexturePool&) = delete;
  TexturePool& operator=(const TexturePool&) = delete;
  ~TexturePool();
  /// An idle texture of the same descriptor (label apart), or a new one. Errors: as create_shareable_texture().
  [[nodiscard]] Result<PooledTexture> acquire(const TextureDescriptor& descriptor);
  /// Idle textures now. Errors: none.
  [[nodiscard]] std::size_t idle() const noexcept;
  /// Frees all idle textures. Errors: none.
  void clear() noexcept;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  friend class PooledTexture;
};

}  // namespace geyser
