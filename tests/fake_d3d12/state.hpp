// What every object of the fake knows of the world: who lives, what is forbidden, which call fails.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "fake_d3d12/fake_d3d12.hpp"

namespace fake_d3d12 {

/// Held while the GPU (a queue's thread) runs one command, and while objects come and go.
[[nodiscard]] std::recursive_mutex& world();
void complain(std::string what);
/// True with the answer to give when this call shall fail.
[[nodiscard]] bool must_fail(const char* call, HRESULT& answer);

/// A number for every living object: pointers alone come again.
[[nodiscard]] std::uint64_t enlist(const void* object);
void dismiss(const void* object);
[[nodiscard]] bool lives(const void* object, std::uint64_t number);

/// What a queue remembers of an object: no reference, as the real thing has none.
template <class T>
struct Weak {
  T* object = nullptr;
  std::uint64_t number = 0;
  /// Null with a complaint when it is gone. Caller holds world().
  [[nodiscard]] T* get(const char* what) const {
    if (lives(static_cast<const void*>(object), number)) return object;
    complain(std::string(what) + " was destroyed while the queue still used it");
    return nullptr;
  }
};

}  // namespace fake_d3d12
