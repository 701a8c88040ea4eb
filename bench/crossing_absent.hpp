// An API that this build has no backend for.
#pragma once

#include "bench/crossing.hpp"

namespace geyser::bench {

[[nodiscard]] inline CrossingApi absent_crossing(const char* name) {
  const auto refuse = [name] { throw Unsupported(std::string(name) + ": this build has no backend for it"); };
  return {name,
          [refuse](const Bench&, const SharedTexture&, const SharedSemaphore&, const SharedSemaphore&) -> std::unique_ptr<LibraryEnd> {
            refuse();
            return nullptr;
          },
          [refuse](const Bench&, const RawShared&) -> std::unique_ptr<RawEnd> {
            refuse();
            return nullptr;
          },
          [refuse](const Bench&) -> std::unique_ptr<HostEnd> {
            refuse();
            return nullptr;
          }};
}

}  // namespace geyser::bench
