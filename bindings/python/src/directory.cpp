// Which streams there are, and what travels with a frame besides its pixels.
#include <nanobind/operators.h>

#include "streams.hpp"

namespace geyser::python {
namespace {

[[nodiscard]] std::shared_ptr<Directory> open_directory(const std::string& path) {
  return std::make_shared<Directory>(unwrap(Directory::open(path)));
}

struct PyDirectory {
  std::shared_ptr<Directory> state;
  [[nodiscard]] const std::shared_ptr<Directory>& get() const { return held(state, "directory"); }
};

template <class F>
auto unlocked(F&& f) {
  auto result = [&] {
    nb::gil_scoped_release released;
    return f();
  }();
  return unwrap(std::move(result));
}

void bind_metadata(nb::module_& m) {
  nb::enum_<ClockType>(m, "ClockType", "Which clock a timestamp was read from.")
      .value("monotonic", ClockType::monotonic)
      .value("realtime", ClockType::realtime)
      .value("media", ClockType::media);
  nb::class_<Timestamp>(m, "Timestamp", "A moment on a named clock.")
      .def(
          "__init__",
          [](Timestamp* self, std::int64_t ns, nb::handle clock) { new (self) Timestamp{ns, enumerator<ClockType>(clock, "clock")}; },
          "nanoseconds"_a, "clock"_a = "monotonic",
          nb::sig("def __init__(self, nanoseconds: int, clock: ClockType | str = 'monotonic') -> None"))
      .def_ro("nanoseconds", &Timestamp::nanoseconds,
              "Since the clock's own beginning; time.monotonic_ns() and time.time_ns() count alike.")
      .def_ro("clock", &Timestamp::clock, "The clock.")
      .def_static(
          "now", [](nb::handle clock) { return Timestamp::now(enumerator<ClockType>(clock, "clock")); }, "clock"_a = "monotonic",
          nb::sig("def now(clock: ClockType | str = 'monotonic') -> Timestamp"), "Now, on the monotonic or the realtime clock.")
      .def(nb::self == nb::self, nb::sig("def __eq__(self, other: object, /) -> bool"))
      .def("__repr__",
           [](const Timestamp& t) { return "Timestamp(" + std::to_string(t.nanoseconds) + ", '" + text_of(to_string(t.clock)) + "')"; });
  nb::class_<Rect>(m, "Rect", "Texels of mip level 0.")
      .def(nb::init<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>(), "x"_a, "y"_a, "width"_a, "height"_a)
      .def_rw("x", &Rect::x, "Left.")
      .def_rw("y", &Rect::y, "Row of the first texels.")
      .def_rw("width", &Rect::width, "Texels.")
      .def_rw("height", &Rect::height, "Texels.")
      .def(nb::self == nb::self, nb::sig("def __eq__(self, other: object, /) -> bool"))
      .def("__repr__", [](const Rect& r) {
        return "Rect(" + std::to_string(r.x) + ", " + std::to_string(r.y) + ", " + std::to_string(r.width) + ", " +
               std::to_string(r.height) + ")";
      });
  nb::class_<HdrMetadata>(m, "HdrMetadata", "Mastering display (SMPTE ST 2086) and content light level (CTA-861.3), in their units.")
      .def(nb::init<>())
      .def_rw("primaries", &HdrMetadata::primaries, "CIE 1931 x and y of red, green, blue.")
      .def_rw("white_point", &HdrMetadata::white_point, "CIE 1931 x and y.")
      .def_rw("max_luminance", &HdrMetadata::max_luminance, "Candela per square metre.")
      .def_rw("min_luminance", &HdrMetadata::min_luminance, "Candela per square metre.")
      .def_rw("max_content_light_level", &HdrMetadata::max_content_light_level, "Candela per square metre.")
      .def_rw("max_frame_average_light_level", &HdrMetadata::max_frame_average_light_level, "Candela per square metre.")
      .def(nb::self == nb::self, nb::sig("def __eq__(self, other: object, /) -> bool"));
  nb::class_<Metadata>(m, "FrameMetadata", "What the publisher says about a frame. Every part may be left out.")
      .def(
          "__init__",
          [](Metadata* self, std::optional<Timestamp> timestamp, std::optional<Rect> damage, std::optional<ColorInfo> color,
             std::optional<HdrMetadata> hdr, const nb::bytes& user_data) {
            new (self) Metadata{timestamp, damage, color, hdr, std::string(static_cast<const char*>(user_data.data()), user_data.size())};
          },
          nb::kw_only(), "timestamp"_a = nb::none(), "damage"_a = nb::none(), "color"_a = nb::none(), "hdr"_a = nb::none(),
          "user_data"_a = nb::bytes("", 0),
          "timestamp: None is the moment of publish(). damage: what changed since the frame before; None: all.")
      .def_ro("timestamp", &Metadata::timestamp, "None: the moment of publish().")
      .def_ro("damage", &Metadata::damage, "None: all of it.")
      .def_ro("color", &Metadata::color, "None: the descriptor's.")
      .def_ro("hdr", &Metadata::hdr, "None: none.")
      .def_prop_ro(
          "user_data", [](const Metadata& d) { return nb::bytes(d.user_data.data(), d.user_data.size()); }, "The publisher's own bytes.");
  nb::class_<FrameInfo>(m, "FrameInfo", "What a subscriber reads about a frame.")
      .def_ro("number", &FrameInfo::number, "1 for a stream's first frame; rises by one with each.")
      .def_ro("generation", &FrameInfo::generation, "Rises when size or format change.")
      .def_ro("skipped", &FrameInfo::skipped, "Frames published since the one acquired before, which this subscriber did not take.")
      .def_ro("published", &FrameInfo::published, "When publish() was called; monotonic.")
      .def_ro("timestamp", &FrameInfo::timestamp, "What the publisher said, or published.")
      .def_ro("damage", &FrameInfo::damage, "Relative to the frame before; None: all of it.")
      .def_ro("color", &FrameInfo::color, "How its numbers are meant.")
      .def_ro("hdr", &FrameInfo::hdr, "None: none.")
      .def_prop_ro(
          "user_data", [](const FrameInfo& i) { return bytes_of(i.user_data()); }, "The publisher's own bytes.")
      .def("__repr__", [](const FrameInfo& i) {
        return "<FrameInfo " + std::to_string(i.number) + ", generation " + std::to_string(i.generation) + ", " +
               std::to_string(i.skipped) + " skipped>";
      });
}

void bind_status(nb::module_& m) {
  nb::enum_<Pacing>(m, "Pacing", "How publisher and readers keep pace.")
      .value("latest", Pacing::latest, "Readers take the newest frame; nobody waits for anybody.")
      .value("queue", Pacing::queue, "Every reader sees every frame; the publisher waits when one falls behind.")
      .value("lockstep", Pacing::lockstep, "The publisher waits until all readers have released each frame.");
  nb::enum_<Transport>(m, "Transport", "How a reader gets its frames.")
      .value("none", Transport::none, "Not attached.")
      .value("zero_copy", Transport::zero_copy, "The publisher's own textures.")
      .value("host_bridge", Transport::host_bridge, "Copied to host memory by the publisher.")
      .value("peer_copy", Transport::peer_copy, "Copied from the publisher's GPU to the reader's, once for all readers there.")
      .value("pinned_copy", Transport::pinned_copy, "The same through host memory that both devices reach.")
      .value("host_copy", Transport::host_copy, "The same through host memory, by the CPU.");
  nb::class_<StreamInfo>(m, "StreamInfo", "What a stream announces.")
      .def_ro("name", &StreamInfo::name, "Its name.")
      .def_prop_ro(
          "uuid", [](const StreamInfo& s) { return to_string(s.uuid); }, "Another one with every start of the publisher.")
      .def_ro("application", &StreamInfo::application, "For people.")
      .def_ro("process_id", &StreamInfo::process_id, "The publisher's process.")
      .def_ro("backend", &StreamInfo::backend, "\"vulkan\", \"host\", ...")
      .def_ro("device", &StreamInfo::device, "The publisher's device.")
      .def_ro("texture", &StreamInfo::texture, "What every frame is.")
      .def_ro("generation", &StreamInfo::generation, "Rises when size or format change.")
      .def_ro("pacing", &StreamInfo::pacing, "How publisher and readers keep pace.")
      .def_ro("ring", &StreamInfo::ring, "Textures in turn.")
      .def("__repr__",
           [](const StreamInfo& s) { return "<StreamInfo \"" + s.name + "\", " + s.backend + ", " + describe(s.texture) + ">"; });
  const auto seconds = [](std::chrono::nanoseconds t) { return std::chrono::duration<double>(t).count(); };
  nb::class_<ReaderStatus>(m, "ReaderStatus", "One reader, as its publisher sees it.")
      .def_ro("process_id", &ReaderStatus::process_id, "The reader's process.")
      .def_ro("application", &ReaderStatus::application, "For people.")
      .def_ro("transport", &ReaderStatus::transport, "How it gets its frames.")
      .def_ro("why_not_zero_copy", &ReaderStatus::why_not_zero_copy, "The reasons, when it is not.")
      .def_ro("frames", &ReaderStatus::frames, "Acquired so far.")
      .def_ro("skipped", &ReaderStatus::skipped, "Published, and not taken.")
      .def_ro("last_frame", &ReaderStatus::last_frame, "Newest number acquired.")
      .def_ro("claims", &ReaderStatus::claims, "Frames held now.")
      .def_prop_ro(
          "latency_p50", [seconds](const ReaderStatus& r) { return seconds(r.latency_p50); }, "Seconds from publish() to acquire().")
      .def_prop_ro(
          "latency_p99", [seconds](const ReaderStatus& r) { return seconds(r.latency_p99); }, "Seconds from publish() to acquire().");
  nb::class_<StreamStatus>(m, "StreamStatus", "A stream and its readers.")
      .def_ro("stream", &StreamStatus::stream, "What it announces.")
      .def_ro("frames", &StreamStatus::frames, "Published so far.")
      .def_ro("last_publish", &StreamStatus::last_publish, "Monotonic; 0: none yet.")
      .def_ro("textures", &StreamStatus::textures, "Allocated now.")
      .def_ro("bytes", &StreamStatus::bytes, "Of those textures.")
      .def_ro("readers", &StreamStatus::readers, "Its readers.");
}

}  // namespace

void bind_directory(nb::module_& m) {
  bind_metadata(m);
  bind_status(m);
  nb::class_<PyDirectory>(m, "Directory", "The user's streams. One thread at a time.")
      .def(
          "__init__", [](PyDirectory* self, const std::string& path) { new (self) PyDirectory{open_directory(path)}; }, "path"_a = "",
          "An empty path is default_path().")
      .def_static("default_path", &Directory::default_path, "$XDG_RUNTIME_DIR/geyser, or a folder of the user's own for temporary files.")
      .def_prop_ro(
          "path", [](const PyDirectory& d) { return d.get()->path(); }, "The folder.")
      .def(
          "list", [](const PyDirectory& d) { return unlocked([&, s = d.get()] { return s->list(); }); }, "Live streams, by name.")
      .def(
          "find", [](const PyDirectory& d, const std::string& name) { return unlocked([&, s = d.get()] { return s->find(name); }); },
          "name"_a, "Raises NotFound naming the streams that there are.")
      .def(
          "status",
          [](const PyDirectory& d, const std::string& name, double timeout) {
            return unlocked([&, s = d.get(), time = *duration_of(timeout)] { return s->status(name, time); });
          },
          "name"_a, "timeout"_a = 0.5, "Asks the publisher. Raises NotFound, TimedOut, PeerGone.")
      .def(
          "wait_for_change",
          [](const PyDirectory& d, std::optional<double> timeout) {
            const auto directory = d.get();
            const auto whole = duration_of(timeout);
            const auto names = [](const std::vector<StreamInfo>& all) {
              std::vector<std::pair<Uuid, std::uint64_t>> found;
              for (const StreamInfo& one : all) found.emplace_back(one.uuid, one.generation);
              return found;
            };
            const auto before = names(unwrap(directory->list()));
            const auto start = std::chrono::steady_clock::now();
            while (true) {
              auto now = unlocked([&] { return directory->wait_for_change(wait_slice); });
              if (names(now) != before || (whole && std::chrono::steady_clock::now() - start >= *whole)) return now;
              if (PyErr_CheckSignals() != 0) throw nb::python_error();
            }
          },
          "timeout"_a = 1.0, nb::sig("def wait_for_change(self, timeout: float | None = 1.0) -> collections.abc.Sequence[StreamInfo]"),
          "Blocks until the streams differ from those at the call, or until the time is over; then list().")
      .def(
          "close", [](PyDirectory& d) { d.state.reset(); }, "Lets go of it. Calling it again does nothing.")
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); }, nb::sig("def __enter__(self) -> Directory"))
      .def("__exit__", [](PyDirectory& d, nb::args) { d.state.reset(); }, nb::sig("def __exit__(self, *exc: object) -> None"));
  m.def(
      "list_streams", [](const std::string& path) { return unwrap(open_directory(path)->list()); }, "directory"_a = "",
      "Live streams, by name.");
  m.def(
      "device_of_stream",
      [](const std::string& name, const std::string& path) { return unlocked([&] { return device_of_stream(name, path); }); }, "name"_a,
      "directory"_a = "",
      "The device that a stream is published on. A reader that chooses the same one, by its UUIDs, gets the publisher's own textures, "
      "without a "
      "copy. Raises NotFound naming the streams that there are.");
}

}  // namespace geyser::python
