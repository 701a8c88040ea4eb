// Copies of pNext chains: what the program gave is never written to.
#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <vector>

#include "win32_driver/vulkan_win32.hpp"

namespace win32_driver {

/// The structure of that type in a chain that is only read; null when there is none.
[[nodiscard]] const void* find_in(const void* chain, VkStructureType type) noexcept;
template <class T>
[[nodiscard]] const T* find_as(const void* chain, VkStructureType type) noexcept {
  return static_cast<const T*>(find_in(chain, type));
}

/// A copy of a chain. Structures that this driver does not know are complained about and left out.
class Chain {
 public:
  explicit Chain(const void* from, std::initializer_list<VkStructureType> without = {});
  [[nodiscard]] const void* head() const noexcept { return head_; }
  /// The copy of the structure of that type, to be changed; null when there is none.
  template <class T>
  [[nodiscard]] T* find(VkStructureType type) noexcept {
    return static_cast<T*>(const_cast<void*>(find_in(head_, type)));
  }
  /// Puts a copy of `structure` in front.
  template <class T>
  void push(T structure) {
    structure.pNext = const_cast<void*>(head_);
    add(&structure, sizeof(T), true);
  }

 private:
  void* add(const void* structure, std::size_t bytes, bool in_front);
  std::deque<std::vector<std::uint64_t>> rooms_;
  const void* head_ = nullptr;
  VkBaseOutStructure* last_ = nullptr;
};

}  // namespace win32_driver
