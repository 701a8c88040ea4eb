// Subscriber and the frames that it reads.
#include "geyser/subscriber.hpp"

#include "streams.hpp"
#include "textures.hpp"
#include "views.hpp"

namespace geyser::python {
namespace {

using SharedSubscriber = Shared<Subscriber>;

class OpenReadFrame final : public OpenAccess {
 public:
  OpenReadFrame(std::shared_ptr<Manager> from, ReadFrame frame)
      : OpenAccess(std::move(from), frame.texture().descriptor(), false),
        info(frame.info()),
        transport(frame.transport()),
        frame_(std::move(frame)) {}
  ~OpenReadFrame() override {
    if (frame_) (void)finish_streams(*this).has_value();
  }
  SharedTexture* texture() noexcept override { return frame_ ? &frame_->texture() : nullptr; }
  Access* access() noexcept override { return frame_ ? &frame_->access() : nullptr; }
  [[nodiscard]] std::string_view noun() const noexcept override { return "frame"; }
  Result<void> upload(const TextureRegion& /*region*/, std::span<const std::byte> /*bytes*/) override {
    return Error(Errc::invalid_state, "A frame that was acquired is only read.");
  }
  Result<void> read_back(const TextureRegion& region, std::span<std::byte> bytes) override { return frame_->read_back(region, bytes); }
  [[nodiscard]] Result<void> release() {
    const std::lock_guard lock(mutex());
    if (!frame_) return {};
    auto followed = finish_streams(*this);
    auto done = frame_->release();
    frame_.reset();
    set_over();
    return followed ? std::move(done) : std::move(followed);
  }

  const FrameInfo info;
  const Transport transport;

 private:
  std::optional<ReadFrame> frame_;
};

struct PyReadFrame : PyAccess {
  [[nodiscard]] OpenReadFrame& get() const { return static_cast<OpenReadFrame&>(*state); }
};
struct PySubscriber {
  std::shared_ptr<SharedSubscriber> state;
};

/// `for frame in subscriber`: lets go of the frame before when the next one is asked for.
struct Frames {
  std::shared_ptr<SharedSubscriber> subscriber;
  std::optional<double> timeout;
  std::shared_ptr<OpenAccess> last;
};

template <class F>
auto call(const PySubscriber& self, F&& f) {
  auto result = [&] {
    nb::gil_scoped_release unlocked;
    return self.state->call(f);
  }();
  return unwrap(std::move(result));
}

void release(OpenReadFrame& frame) {
  auto done = [&] {
    nb::gil_scoped_release unlocked;
    return frame.release();
  }();
  unwrap(std::move(done));
}

void connect(PySubscriber* self, const PyManager& from, const std::string& name, std::optional<double> timeout, bool require_zero_copy,
             bool require_peer, bool reconnect, std::uint32_t max_held, double spin, const std::optional<std::string>& application,
             std::string directory) {
  const auto manager = from.get();
  SubscriberOptions options;
  options.require_zero_copy = require_zero_copy;
  options.require_peer = require_peer;
  options.reconnect = reconnect;
  options.max_held = max_held;
  options.spin = *duration_of(spin);
  options.application = application_name(application);
  options.directory = std::move(directory);
  const auto whole = duration_of(timeout);
  const auto start = std::chrono::steady_clock::now();
  while (true) {
    // A stream that is not there is looked for in slices. One that is there gets a second to answer, for that cannot be cut up.
    std::chrono::nanoseconds left = std::chrono::hours(1);
    if (whole) left = std::max(std::chrono::nanoseconds(0), *whole - (std::chrono::steady_clock::now() - start));
    auto attempt = [&]() -> Result<Subscriber> {
      nb::gil_scoped_release unlocked;
      auto directory_of = Directory::open(options.directory);
      const bool there = !directory_of || directory_of->find(name).has_value();
      const std::chrono::nanoseconds most =
          there ? std::chrono::nanoseconds(std::chrono::seconds(1)) : std::chrono::nanoseconds(wait_slice);
      options.connect_timeout = std::min(left, most);
      return Subscriber::connect(manager->manager, name, options);
    }();
    if (attempt) {
      new (self) PySubscriber{std::make_shared<SharedSubscriber>(manager, *std::move(attempt), "subscriber")};
      return;
    }
    const Errc code = attempt.error().code();
    const bool again = code == Errc::not_found || code == Errc::timed_out || code == Errc::peer_gone;
    if (!again || left <= options.connect_timeout) {
      if (whole && code == Errc::timed_out) throw Failure(whole_wait(std::move(attempt).error(), options.connect_timeout, *whole));
      throw Failure(std::move(attempt).error());
    }
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  }
}

[[nodiscard]] std::shared_ptr<OpenReadFrame> acquire(const std::shared_ptr<SharedSubscriber>& state, std::optional<double> timeout,
                                                     bool newest) {
  SubscriberState now = SubscriberState::attached;
  ReadFrame frame = unwrap(wait_in_slices(
      timeout,
      [&](std::chrono::nanoseconds slice) {
        return state->call([&](Subscriber& subscriber) {
          auto got = newest ? subscriber.acquire_newest(slice) : subscriber.acquire(slice);
          now = subscriber.state();
          return got;
        });
      },
      [&](const Error& error) {
        return error.code() == Errc::timed_out || (error.code() == Errc::peer_gone && now != SubscriberState::ended);
      }));
  return std::make_shared<OpenReadFrame>(state->manager, std::move(frame));
}

[[nodiscard]] PyReadFrame next(Frames& frames) {
  if (frames.last) {
    const auto last = std::exchange(frames.last, nullptr);
    release(static_cast<OpenReadFrame&>(*last));
  }
  try {
    auto frame = acquire(frames.subscriber, frames.timeout, false);
    frames.last = frame;
    return {{std::move(frame)}};
  } catch (const Failure& failure) {
    const bool over = !frames.subscriber->open || failure.error().code() == Errc::peer_gone;
    if (over) throw nb::stop_iteration();
    throw;
  }
}

void close(const PySubscriber& self) {
  nb::gil_scoped_release unlocked;
  self.state->close();
}

void bind_frame(nb::module_& m) {
  nb::class_<PyReadFrame, PyAccess>(
      m, "ReadFrame",
      "A frame to read. Nobody writes its texture until it is released: by release(), by leaving its block, or with "
      "the last reference to it and to views of it. It may outlive its subscriber and its publisher.")
      .def_prop_ro(
          "info", [](const PyReadFrame& f) { return f.get().info; }, "Number, times, colour and the publisher's own bytes.")
      .def_prop_ro(
          "number", [](const PyReadFrame& f) { return f.get().info.number; }, "info.number")
      .def_prop_ro(
          "transport", [](const PyReadFrame& f) { return f.get().transport; }, "How it came.")
      .def(
          "release", [](const PyReadFrame& f) { release(f.get()); },
          "Gives it back, after the work of the CUDA streams that it was given to. Views of it keep the memory, whose content may change "
          "from now "
          "on. Calling it again does nothing.")
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); }, nb::sig("def __enter__(self) -> ReadFrame"))
      .def(
          "__exit__", [](const PyReadFrame& f, nb::args) { release(f.get()); }, nb::sig("def __exit__(self, *exc: object) -> None"))
      .def(
          "_repr_png_",
          [](nb::handle self) -> nb::object {
            if (!nb::cast<bool>(self.attr("open"))) return nb::none();
            return nb::module_::import_("geyser.pictures").attr("frame_png")(self);
          },
          nb::sig("def _repr_png_(self) -> bytes | None"), "For notebooks, which show a frame as a picture.")
      .def("__repr__", [](const PyReadFrame& f) {
        return "<ReadFrame " + std::to_string(f.get().info.number) + ", " + describe(f.get().descriptor()) +
               (f.get().is_open() ? ">" : ", released>");
      });
  nb::class_<Frames>(m, "Frames", "The frames of a subscriber, one after the other; each is released when the next one is asked for.")
      .def(
          "__iter__", [](nb::handle self) { return nb::borrow(self); }, nb::sig("def __iter__(self) -> Frames"))
      .def("__next__", &next);
}

}  // namespace

void bind_subscriber(nb::module_& m) {
  bind_frame(m);
  nb::enum_<SubscriberState>(m, "SubscriberState", "Whether frames can come.")
      .value("attached", SubscriberState::attached, "Frames can come.")
      .value("waiting", SubscriberState::waiting, "The publisher is gone; attaches again when one of that name starts.")
      .value("ended", SubscriberState::ended, "The publisher is gone or refused, and reconnect is False.");
  nb::class_<SubscriberStatistics>(m, "SubscriberStatistics", "Counters of a subscriber.")
      .def_ro("frames", &SubscriberStatistics::frames, "Acquired.")
      .def_ro("skipped", &SubscriberStatistics::skipped, "Published while attached, and not taken.")
      .def_ro("attachments", &SubscriberStatistics::attachments, "1 after connecting; one more with every restart.")
      .def_ro("generations", &SubscriberStatistics::generations, "Sizes and formats seen.");
  nb::class_<PySubscriber>(
      m, "Subscriber",
      "Reads a stream by name, and follows resizes and restarts. A context manager, and an iterable: `for frame in "
      "subscriber` gives frames until the publisher is gone and reconnect is False. Calls from several threads take turns.")
      .def(
          "__init__", &connect, "manager"_a, "name"_a, nb::kw_only(), "timeout"_a = 1.0, "require_zero_copy"_a = false,
          "require_peer"_a = false, "reconnect"_a = true, "max_held"_a = 2, "spin"_a = 20e-6, "application"_a = nb::none(),
          "directory"_a = "",
          nb::sig("def __init__(self, manager: TextureShareManager, name: str, *, timeout: float | None = 1.0, require_zero_copy: bool = "
                  "False, "
                  "require_peer: bool = False, reconnect: bool = True, max_held: int = 2, spin: float = 2e-05, application: str | None = "
                  "None, directory: str = '') -> "
                  "None"),
          "Attaches to the stream, which may appear within timeout seconds. require_zero_copy: refuse instead of having "
          "frames copied. require_peer: refuse copies but those from GPU to GPU. "
          "max_held: frames held at once. spin: seconds of spinning before acquire() sleeps. Raises NotFound naming the streams there are.")
      .def(
          "acquire",
          [](const PySubscriber& self, std::optional<double> timeout) -> PyReadFrame { return {{acquire(self.state, timeout, false)}}; },
          "timeout"_a = 1.0, nb::sig("def acquire(self, timeout: float | None = 1.0) -> ReadFrame"),
          "`latest`: the newest frame that was not acquired before; `queue` and `lockstep`: the next one in order. Waits without the GIL; "
          "Ctrl-C "
          "ends it. Raises TimedOut, PeerGone, LimitExceeded when max_held frames are held.")
      .def(
          "acquire_newest",
          [](const PySubscriber& self, std::optional<double> timeout) -> PyReadFrame { return {{acquire(self.state, timeout, true)}}; },
          "timeout"_a = 1.0, nb::sig("def acquire_newest(self, timeout: float | None = 1.0) -> ReadFrame"),
          "As acquire(), but the newest frame even if it was acquired before. `latest` only.")
      .def(
          "frames", [](const PySubscriber& self, std::optional<double> timeout) { return Frames{self.state, timeout, nullptr}; },
          "timeout"_a = nb::none(), nb::sig("def frames(self, timeout: float | None = None) -> Frames"),
          "Iterates over frames; raises TimedOut when one takes longer than timeout.")
      .def("__iter__", [](const PySubscriber& self) { return Frames{self.state, std::nullopt, nullptr}; })
      .def_prop_ro(
          "state", [](const PySubscriber& self) { return call(self, [](Subscriber& s) -> Result<SubscriberState> { return s.state(); }); },
          "Whether frames can come.")
      .def_prop_ro(
          "transport",
          [](const PySubscriber& self) { return call(self, [](Subscriber& s) -> Result<Transport> { return s.transport(); }); },
          "How frames come.")
      .def_prop_ro(
          "why_not_zero_copy",
          [](const PySubscriber& self) { return call(self, [](Subscriber& s) -> Result<std::string> { return s.why_not_zero_copy(); }); },
          "The reasons why transport is not zero_copy.")
      .def_prop_ro(
          "stream", [](const PySubscriber& self) { return call(self, [](Subscriber& s) -> Result<StreamInfo> { return s.stream(); }); },
          "What the publisher announced last.")
      .def_prop_ro(
          "statistics",
          [](const PySubscriber& self) { return call(self, [](Subscriber& s) -> Result<SubscriberStatistics> { return s.statistics(); }); },
          "Counters.")
      .def("close", &close, "Leaves the stream; frames that are held stay valid. Calling it again does nothing.")
      .def_prop_ro(
          "closed", [](const PySubscriber& self) { return !self.state->open; }, "close() was called.")
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); }, nb::sig("def __enter__(self) -> Subscriber"))
      .def("__exit__", [](const PySubscriber& self, nb::args) { close(self); }, nb::sig("def __exit__(self, *exc: object) -> None"));
}

}  // namespace geyser::python
