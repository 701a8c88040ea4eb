// Built where libplacebo is not installed: the comparison shows up as skipped.
#include "bench/pair.hpp"

namespace geyser::bench {
namespace {

struct Absent final : Operation {
  explicit Absent(const Bench&) { throw Unsupported("built without libplacebo"); }
  void run() override {}
};

}  // namespace

void add_libplacebo_cases(const Bench& bench) {
  add_single(bench, "texture_lifecycle/1080p/libplacebo", make<Absent>());
  add_single(bench, "texture_lifecycle/4K/libplacebo", make<Absent>());
}

}  // namespace geyser::bench
