// The extension module geyser._geyser. What each part is stands in the file of its name.
#include "common.hpp"
#include "geyser/log.hpp"

NB_MODULE(_geyser, m) {
  using namespace geyser;          // NOLINT(google-build-using-namespace)
  using namespace geyser::python;  // NOLINT(google-build-using-namespace)
  m.doc() = "The C++ library geyser. Use it through the package geyser, which gives every name of it.";
  m.def("version", [] { return text_of(version()); }, "Version of the library: \"0.1.0\".");
  bind_errors(m);
  bind_formats(m);
  bind_devices(m);
  bind_semaphores(m);
  bind_managers(m);
  bind_views(m);
  bind_textures(m);
  bind_opengl(m);
  bind_cuda(m);
  bind_directory(m);
  bind_publisher(m);
  bind_subscriber(m);
  bind_channel(m);

  nb::enum_<LogLevel>(m, "LogLevel", "How much the library says on standard error.")
      .value("debug", LogLevel::debug)
      .value("info", LogLevel::info)
      .value("warning", LogLevel::warning)
      .value("error", LogLevel::error)
      .value("off", LogLevel::off);
  m.def("set_log_level", &set_log_level, "level"_a,
        "Lowest level that is written to standard error; warning unless this or the environment variable GEYSER_LOG says otherwise.");
}
