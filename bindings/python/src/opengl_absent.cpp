// In the place of opengl.cpp in a build without the OpenGL backend.
#include "common.hpp"

namespace geyser::python {

void bind_opengl(nb::module_& m) {
  m.def(
      "opengl_manager",
      [](nb::args, nb::kwargs) -> PyManager {
        fail(Errc::unsupported_feature, "This build of the package has no OpenGL backend; build it with GEYSER_WITH_OPENGL=ON.");
      },
      nb::sig("def opengl_manager(*args: typing.Any, **kwargs: typing.Any) -> TextureShareManager"),
      "This build has no OpenGL backend: raises UnsupportedFeature.");
  m.attr("has_opengl") = false;
}

}  // namespace geyser::python
