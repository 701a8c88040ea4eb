// Children that run out of something, or are somebody else. POSIX only.
#pragma once

#include <string_view>

#include "stage.hpp"

namespace geyser::test {

[[nodiscard]] Role find_resource_role(std::string_view name);

/// Lowers this process's limit of descriptors so that `headroom` are free; the destructor puts the limit back.
class FewDescriptors {
 public:
  explicit FewDescriptors(std::size_t headroom);
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors();

 private:
  unsigned long before_ = 0;
};

}  // namespace geyser::test
