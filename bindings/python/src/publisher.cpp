// Publisher and the frames that it writes.
#include "geyser/publisher.hpp"

#include "streams.hpp"
#include "textures.hpp"
#include "views.hpp"

namespace geyser::python {
namespace {

using SharedPublisher = Shared<Publisher>;

class OpenWriteFrame final : public OpenAccess {
 public:
  OpenWriteFrame(const std::shared_ptr<SharedPublisher>& publisher, WriteFrame frame)
      : OpenAccess(publisher->manager, frame.texture().descriptor(), true),
        number(frame.number()),
        publisher_(publisher),
        frame_(std::move(frame)) {}
  ~OpenWriteFrame() override {
    if (frame_) (void)finish_streams(*this).has_value();
  }
  SharedTexture* texture() noexcept override { return frame_ ? &frame_->texture() : nullptr; }
  Access* access() noexcept override { return frame_ ? &frame_->access() : nullptr; }
  [[nodiscard]] std::string_view noun() const noexcept override { return "frame"; }
  Result<void> upload(const TextureRegion& region, std::span<const std::byte> bytes) override { return frame_->upload(region, bytes); }
  Result<void> read_back(const TextureRegion& /*region*/, std::span<std::byte> /*bytes*/) override {
    return Error(Errc::invalid_state, "A frame that is being written has no content to read.");
  }
  [[nodiscard]] Result<std::uint64_t> publish(const FrameMetadata& metadata) {
    const std::lock_guard lock(mutex());
    if (!frame_) return over();
    if (auto done = finish_streams(*this); !done) return std::move(done).error();
    set_over();
    WriteFrame frame = *std::move(frame_);
    frame_.reset();
    return publisher_->call([&](Publisher& publisher) { return publisher.publish(std::move(frame), metadata); });
  }
  void discard() {
    const std::lock_guard lock(mutex());
    if (!frame_) return;
    (void)finish_streams(*this).has_value();
    set_over();
    frame_.reset();
  }

  const std::uint64_t number;

 private:
  std::shared_ptr<SharedPublisher> publisher_;
  std::optional<WriteFrame> frame_;
};

struct PyWriteFrame : PyAccess {
  [[nodiscard]] OpenWriteFrame& get() const { return static_cast<OpenWriteFrame&>(*state); }
};
struct PyPublisher {
  std::shared_ptr<SharedPublisher> state;
};

template <class F>
auto call(const PyPublisher& self, F&& f) {
  auto result = [&] {
    nb::gil_scoped_release unlocked;
    return self.state->call(f);
  }();
  return unwrap(std::move(result));
}

std::uint64_t publish(const PyWriteFrame& self, const std::optional<Metadata>& metadata) {
  auto number = [&] {
    nb::gil_scoped_release unlocked;
    return self.get().publish(metadata ? metadata->view() : FrameMetadata{});
  }();
  return unwrap(std::move(number));
}

void discard(const PyWriteFrame& self) {
  nb::gil_scoped_release unlocked;
  self.get().discard();
}

void create(PyPublisher* self, const PyManager& from, std::string name, const TextureDescriptor& texture, nb::handle pacing,
            std::uint32_t ring, bool linear, nb::handle handle_type, bool allow_host_bridge, const std::optional<std::string>& application,
            std::string directory) {
  const auto manager = from.get();
  PublisherOptions options;
  options.name = std::move(name);
  options.texture = texture;
  options.pacing = enumerator<Pacing>(pacing, "pacing");
  options.ring = ring;
  options.linear = linear;
  if (!handle_type.is_none()) options.handle_type = enumerator<MemoryHandleType>(handle_type, "handle_type");
  options.allow_host_bridge = allow_host_bridge;
  options.application = application_name(application);
  options.directory = std::move(directory);
  auto made = [&] {
    nb::gil_scoped_release unlocked;
    return Publisher::create(manager->manager, options);
  }();
  new (self) PyPublisher{std::make_shared<SharedPublisher>(manager, unwrap(std::move(made)), "publisher")};
}

[[nodiscard]] PyWriteFrame begin_frame(const PyPublisher& self, std::optional<double> timeout) {
  const auto state = self.state;
  WriteFrame frame = unwrap(wait_in_slices(timeout, [&](std::chrono::nanoseconds slice) {
    return state->call([&](Publisher& publisher) { return publisher.begin_frame(slice); });
  }));
  return {{std::make_shared<OpenWriteFrame>(state, std::move(frame))}};
}

void close(const PyPublisher& self) {
  nb::gil_scoped_release unlocked;
  self.state->close();
}

}  // namespace

void bind_publisher(nb::module_& m) {
  nb::class_<PyWriteFrame, PyAccess>(
      m, "WriteFrame",
      "A texture to fill for the next frame; nobody reads it. A context manager: leaving the block publishes it, "
      "unless publish() or discard() was called; after an exception it is given back unpublished. Fill it with "
      "upload(), through numpy(copy=False) on the host, or through DLPack on CUDA. It has no old content.")
      .def_prop_ro(
          "number", [](const PyWriteFrame& f) { return f.get().number; }, "The number that the frame will have.")
      .def("publish", &publish, "metadata"_a = nb::none(), nb::sig("def publish(self, metadata: FrameMetadata | None = None) -> int"),
           "Makes it the stream's newest frame, after the work of the CUDA streams that it was given to; returns its number. Arrays and "
           "tensors "
           "over it must not be written any more.")
      .def("discard", &discard, "Gives it back unpublished. Calling it again does nothing.")
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); }, nb::sig("def __enter__(self) -> WriteFrame"))
      .def(
          "__exit__",
          [](const PyWriteFrame& self, nb::handle type, nb::handle /*value*/, nb::handle /*traceback*/) {
            if (!self.get().is_open()) return;
            if (type.is_none()) {
              (void)publish(self, std::nullopt);
            } else {
              discard(self);
            }
          },
          "type"_a.none(), "value"_a.none(), "traceback"_a.none(),
          nb::sig("def __exit__(self, type: object, value: object, traceback: object) -> None"))
      .def("__repr__",
           [](const PyWriteFrame& f) { return "<WriteFrame " + std::to_string(f.get().number) + (f.get().is_open() ? ">" : " over>"); });

  nb::class_<PyPublisher>(
      m, "Publisher",
      "Publishes a stream of textures under a name, for any number of readers in other processes. A context manager. Calls "
      "from several threads take turns.")
      .def(
          "__init__", &create, "manager"_a, "name"_a, "texture"_a, nb::kw_only(), "pacing"_a = "latest", "ring"_a = 3, "linear"_a = false,
          "handle_type"_a = nb::none(), "allow_host_bridge"_a = true, "application"_a = nb::none(), "directory"_a = "",
          nb::sig(
              "def __init__(self, manager: TextureShareManager, name: str, texture: TextureDescriptor, *, pacing: Pacing | str = 'latest', "
              "ring: int = 3, linear: bool = False, handle_type: MemoryHandleType | str | None = None, allow_host_bridge: bool = True, "
              "application: str | None = None, directory: str = '') -> None"),
          "texture: what every frame is, until reconfigure(). ring: textures in turn. linear: rows of texels one after the other, for "
          "zero-copy "
          "access by CUDA. handle_type: how every texture crosses (dma_buf for who takes nothing else). directory: where streams are "
          "announced; empty: the user's own.")
      .def("begin_frame", &begin_frame, "timeout"_a = 1.0, nb::sig("def begin_frame(self, timeout: float | None = 1.0) -> WriteFrame"),
           "A texture that nobody reads. With pacing `queue` and `lockstep` it waits for readers; Ctrl-C ends the wait. Raises TimedOut "
           "naming the "
           "reader that holds it up, InvalidState when the frame before is still open.")
      .def(
          "publish",
          [](const PyPublisher& self, nb::handle array, const std::optional<Metadata>& metadata, std::optional<double> timeout) {
            const PyWriteFrame frame = begin_frame(self, timeout);
            nb::cast(frame).attr("upload")(array);
            return publish(frame, metadata);
          },
          "array"_a, "metadata"_a = nb::none(), "timeout"_a = 1.0,
          nb::sig("def publish(self, array: typing.Any, metadata: FrameMetadata | None = None, timeout: float | None = 1.0) -> int"),
          "begin_frame(), upload() and WriteFrame.publish() in one call.")
      .def(
          "reconfigure",
          [](const PyPublisher& self, const TextureDescriptor& texture) {
            call(self, [&](Publisher& publisher) { return publisher.reconfigure(texture); });
          },
          "texture"_a, "Changes size, format or usage. Subscribers follow by themselves; frames that they hold stay valid.")
      .def(
          "wait_for_subscribers",
          [](const PyPublisher& self, std::size_t count, std::optional<double> timeout) {
            const auto state = self.state;
            unwrap(wait_in_slices(timeout, [&](std::chrono::nanoseconds slice) {
              return state->call([&](Publisher& publisher) { return publisher.wait_for_subscribers(count, slice); });
            }));
          },
          "count"_a = 1, "timeout"_a = 10.0,
          nb::sig("def wait_for_subscribers(self, count: int = 1, timeout: float | None = 10.0) -> None"),
          "Blocks until at least count readers are attached. Raises TimedOut with the number that is.")
      .def_prop_ro(
          "has_subscribers",
          [](const PyPublisher& self) { return call(self, [](Publisher& p) -> Result<bool> { return p.has_subscribers(); }); },
          "Somebody reads: a publisher may skip its work otherwise.")
      .def(
          "status", [](const PyPublisher& self) { return call(self, [](Publisher& p) { return p.status(); }); },
          "What `geyser stat` shows.")
      .def_prop_ro(
          "name", [](const PyPublisher& self) { return call(self, [](Publisher& p) -> Result<std::string> { return p.name(); }); },
          "The stream's name.")
      .def_prop_ro(
          "uuid",
          [](const PyPublisher& self) { return call(self, [](Publisher& p) -> Result<std::string> { return to_string(p.uuid()); }); },
          "Another one with every publisher.")
      .def_prop_ro(
          "descriptor",
          [](const PyPublisher& self) { return call(self, [](Publisher& p) -> Result<TextureDescriptor> { return p.descriptor(); }); },
          "What every frame is (a copy).")
      .def("close", &close, "Ends the stream; readers keep the frames that they hold. Calling it again does nothing.")
      .def_prop_ro(
          "closed", [](const PyPublisher& self) { return !self.state->open; }, "close() was called.")
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); }, nb::sig("def __enter__(self) -> Publisher"))
      .def("__exit__", [](const PyPublisher& self, nb::args) { close(self); }, nb::sig("def __exit__(self, *exc: object) -> None"));
}

}  // namespace geyser::python
