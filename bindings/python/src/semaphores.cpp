// Semaphores and points: who waits for whom.
#include "textures.hpp"

namespace geyser::python {

namespace {

void wait_for(const SyncPoint& point, std::optional<double> timeout) {
  if (point.semaphore && point.semaphore.kind() == SemaphoreKind::binary) {  // its one wait is a submit, which cannot be cut into slices
    auto done = [&, whole = duration_of(timeout).value_or(std::chrono::hours(24 * 365))] {
      nb::gil_scoped_release unlocked;
      return point.semaphore.wait(point.value, whole);
    }();
    return unwrap(std::move(done));
  }
  unwrap(wait_in_slices(timeout, [&](std::chrono::nanoseconds slice) { return point.semaphore.wait(point.value, slice); }));
}

}  // namespace

void bind_semaphores(nb::module_& m) {
  nb::class_<PySemaphore>(m, "SharedSemaphore", "A semaphore that another API or process can use. Any thread.")
      .def_prop_ro(
          "kind", [](const PySemaphore& s) { return s.semaphore.kind(); }, "Timeline, binary or host timeline.")
      .def_prop_ro(
          "value", [](const PySemaphore& s) { return unwrap(s.semaphore.value()); }, "The counter now. Raises for a binary semaphore.")
      .def(
          "signal", [](const PySemaphore& s, std::uint64_t value) { unwrap(s.semaphore.signal(value)); }, "value"_a,
          "Sets a timeline's counter from the host; it must rise.")
      .def(
          "wait", [](const PySemaphore& s, std::uint64_t value, std::optional<double> timeout) { wait_for({s.semaphore, value}, timeout); },
          "value"_a, "timeout"_a = 10.0, nb::sig("def wait(self, value: int, timeout: float | None = 10.0) -> None"),
          "Blocks until the counter is at least value, without the GIL; Ctrl-C ends it, but for a binary semaphore. Raises TimedOut naming "
          "the "
          "value reached.")
      .def(
          "export",
          [](const PySemaphore& s, nb::handle type) -> PySemaphoreHandle {
            std::optional<SemaphoreHandleType> wanted;
            if (!type.is_none()) wanted = enumerator<SemaphoreHandleType>(type, "type");
            return {std::make_shared<SemaphoreHandle>(unwrap(s.manager->manager.export_semaphore(s.semaphore, wanted)))};
          },
          "type"_a = nb::none(), nb::sig("def export(self, type: SemaphoreHandleType | str | None = None) -> SemaphoreHandle"),
          "A handle for another API or process; None: the best type for the kind.")
      .def("__repr__", [](const PySemaphore& s) { return "<SharedSemaphore " + text_of(to_string(s.semaphore.kind())) + ">"; });

  nb::class_<PySemaphoreHandle>(m, "SemaphoreHandle", "A semaphore on its way: owns the descriptor until it is imported or closed.")
      .def_prop_ro(
          "kind", [](const PySemaphoreHandle& h) { return h.get()->kind; }, "The kind.")
      .def_prop_ro(
          "type", [](const PySemaphoreHandle& h) { return h.get()->type; }, "How it crosses.")
      .def_prop_ro(
          "exporter", [](const PySemaphoreHandle& h) { return h.get()->exporter; }, "The exporter's device.")
      .def(
          "fileno", [](const PySemaphoreHandle& h) { return h.get()->handle.fd(); },
          "The descriptor, still owned by this object; -1 for a sync_fd that is signalled already.")
      .def(
          "close", [](PySemaphoreHandle& h) { h.state.reset(); }, "Closes the descriptor. Calling it again does nothing.")
      .def_prop_ro(
          "closed", [](const PySemaphoreHandle& h) { return h.state == nullptr; }, "It was closed or imported.")
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); }, nb::sig("def __enter__(self) -> SemaphoreHandle"))
      .def(
          "__exit__", [](PySemaphoreHandle& h, nb::args) { h.state.reset(); }, nb::sig("def __exit__(self, *exc: object) -> None"))
      .def("__repr__", [](const PySemaphoreHandle& h) {
        return h.state ? "<SemaphoreHandle " + text_of(to_string(h.state->kind)) + ", " + text_of(to_string(h.state->type)) + ">"
                       : std::string("<SemaphoreHandle closed>");
      });

  nb::class_<SyncPoint>(m, "SyncPoint", "\"This semaphore reaches this value.\"")
      .def(
          "__init__",
          [](SyncPoint* self, const PySemaphore& semaphore, std::uint64_t value) { new (self) SyncPoint{semaphore.semaphore, value}; },
          "semaphore"_a, "value"_a, "value is 1 for a binary semaphore.")
      .def_ro("value", &SyncPoint::value, "The value waited for or signalled.")
      .def_prop_ro(
          "kind", [](const SyncPoint& p) { return p.semaphore.kind(); }, "Kind of the semaphore.")
      .def(
          "wait", [](const SyncPoint& p, std::optional<double> timeout) { wait_for(p, timeout); }, "timeout"_a = 10.0,
          nb::sig("def wait(self, timeout: float | None = 10.0) -> None"), "Blocks until it is reached; as SharedSemaphore.wait().")
      .def("__repr__",
           [](const SyncPoint& p) { return "<SyncPoint " + text_of(to_string(p.semaphore.kind())) + " " + std::to_string(p.value) + ">"; });
}

}  // namespace geyser::python
