// In the place of cuda.cpp in a build without the CUDA backend.
#include "views.hpp"

namespace geyser::python {
namespace {

[[nodiscard]] Error absent() {
  return Error(Errc::unsupported_feature, "This build of the package has no CUDA backend; build it with GEYSER_WITH_CUDA=ON.");
}

}  // namespace

Result<std::optional<Place>> cuda_place(const SharedTexture& /*texture*/, const TextureRegion& /*region*/) { return absent(); }
Result<void> cuda_acquire(OpenAccess& /*access*/, void* /*stream*/) { return absent(); }
Result<void> cuda_follow(const Manager& /*manager*/, void* /*from*/, void* /*to*/) { return absent(); }
Result<bool> cuda_host_copy(OpenAccess& /*access*/, const TextureRegion& /*region*/, const Tensor& /*tensor*/,
                            std::span<std::byte> /*bytes*/, bool /*to_texture*/) {
  return false;
}
nb::object cuda_to_linear(const std::shared_ptr<OpenAccess>& /*access*/, nb::handle /*out*/, nb::handle /*stream*/,
                          const TextureRegion& /*region*/) {
  throw Failure(absent());
}
void cuda_from_linear(const std::shared_ptr<OpenAccess>& /*access*/, nb::handle /*source*/, nb::handle /*stream*/,
                      const TextureRegion& /*region*/) {
  throw Failure(absent());
}
Result<void> finish_streams(OpenAccess& /*access*/) { return {}; }

void bind_cuda(nb::module_& m) {
  m.def(
      "cuda_manager", [](nb::args, nb::kwargs) -> PyManager { throw Failure(absent()); },
      nb::sig("def cuda_manager(*args: typing.Any, **kwargs: typing.Any) -> TextureShareManager"),
      "This build has no CUDA backend: raises UnsupportedFeature.");
  m.attr("has_cuda") = false;
}

}  // namespace geyser::python
