// Textures, their handles, and accesses of them.
#include "textures.hpp"

#include <type_traits>

#include "buffers.hpp"
#include "views.hpp"

namespace geyser::python {
namespace {

/// The access of a texture that begin_write() or begin_read() opened.
class TextureAccess final : public OpenAccess {
 public:
  TextureAccess(const std::shared_ptr<Texture>& texture, Access access)
      : OpenAccess(texture->manager, access.descriptor(), access.mode() == AccessMode::write),
        texture_(texture),
        access_(std::move(access)) {}
  SharedTexture* texture() noexcept override { return access_ ? &texture_->texture : nullptr; }
  Access* access() noexcept override { return access_ ? &*access_ : nullptr; }
  [[nodiscard]] std::string_view noun() const noexcept override { return "access"; }
  Result<void> upload(const TextureRegion& /*region*/, std::span<const std::byte> /*bytes*/) override { return elsewhere("upload"); }
  Result<void> read_back(const TextureRegion& /*region*/, std::span<std::byte> /*bytes*/) override { return elsewhere("read_back"); }
  [[nodiscard]] Result<TextureState> end(std::optional<TextureLayout> layout) {
    if (!access_) return over();
    if (auto done = finish_streams(*this); !done) return std::move(done).error();
    auto state = std::move(*access_).end(layout);
    access_.reset();
    set_over();
    return state;
  }
  /// After a failed write: the texture counts as not written, which the library says in its log.
  void abandon() {
    (void)finish_streams(*this).has_value();
    access_.reset();
    set_over();
  }
  ~TextureAccess() override {
    if (access_) (void)finish_streams(*this).has_value();
  }

 private:
  [[nodiscard]] static Error elsewhere(std::string_view name) {
    return Error(Errc::invalid_state, std::string("An open access has no copy of its own on this device; end it and call Texture.") +
                                          std::string(name) + "(), which opens one.");
  }
  std::shared_ptr<Texture> texture_;
  std::optional<Access> access_;
};

struct PyTextureAccess : PyAccess {
  [[nodiscard]] TextureAccess& get() const { return static_cast<TextureAccess&>(*state); }
};

[[nodiscard]] PyTextureAccess begin(const PyTexture& self, bool write, const AccessArguments& arguments) {
  const auto texture = self.get();
  auto access = write ? texture->texture.begin_write(arguments.info()) : texture->texture.begin_read(arguments.info());
  return {{std::make_shared<TextureAccess>(texture, unwrap(std::move(access)))}};
}

TextureState end_access(const PyTextureAccess& self, std::optional<TextureLayout> layout) {
  auto& access = self.get();
  auto state = [&] {
    nb::gil_scoped_release unlocked;
    const std::lock_guard lock(access.mutex());
    return access.end(layout);
  }();
  return unwrap(std::move(state));
}

[[nodiscard]] AccessArguments arguments_of(std::vector<SyncPoint> wait_for, std::optional<TextureState> state,
                                           std::optional<SyncPoint> signal) {
  return {std::move(wait_for), std::move(state), std::move(signal)};
}

void upload(const PyTexture& self, nb::handle source, const TextureRegion& region, const AccessArguments& arguments) {
  const auto texture = self.get();
  const TextureDescriptor& descriptor = texture->texture.descriptor();
  const nb::object array = upload_source(source, tensor_of(descriptor, region), descriptor);
  const Buffer buffer(array, false);
  auto done = [&] {
    nb::gil_scoped_release unlocked;
    return texture->manager->manager.upload(texture->texture, region, buffer.bytes(), arguments.info());
  }();
  unwrap(std::move(done));
}

[[nodiscard]] nb::object read_back(const PyTexture& self, const TextureRegion& region, nb::handle out, const AccessArguments& arguments) {
  const auto texture = self.get();
  const TextureDescriptor& descriptor = texture->texture.descriptor();
  nb::object array = read_target(out, tensor_of(descriptor, region), descriptor);
  const Buffer buffer(array, true);
  auto done = [&] {
    nb::gil_scoped_release unlocked;
    return texture->manager->manager.read_back(texture->texture, region, buffer.bytes(), arguments.info());
  }();
  unwrap(std::move(done));
  return array;
}

[[nodiscard]] std::uint64_t wait_ready(const PyTexture& self, std::optional<double> timeout) {
  const auto texture = self.get();
  const auto wait = [&](std::chrono::nanoseconds slice) { return texture->manager->manager.wait_for_texture(texture->texture, slice); };
  const SharedSemaphore ready = texture->manager->manager.attached_semaphore(texture->texture);
  if (ready && ready.kind() == SemaphoreKind::binary) {
    auto done = [&, whole = duration_of(timeout).value_or(std::chrono::hours(24 * 365))] {
      nb::gil_scoped_release unlocked;
      return wait(whole);
    }();
    return unwrap(std::move(done));
  }
  return unwrap(wait_in_slices(timeout, wait));
}

void bind_handle(nb::module_& m) {
  nb::class_<PyTextureHandle> handle(
      m, "TextureHandle",
      "A texture on its way to another API, device or process: owns the descriptors and says what they are. An "
      "import consumes it on success only.");
  handle.def_prop_ro(
            "type", [](const PyTextureHandle& h) { return h.get()->info.type; }, "How the memory crosses.")
      .def_prop_ro(
          "descriptor", [](const PyTextureHandle& h) { return h.get()->info.descriptor; }, "What the texture is.")
      .def_prop_ro(
          "exporter", [](const PyTextureHandle& h) { return h.get()->info.exporter; }, "The exporter's device.")
      .def_prop_ro(
          "allocation_size", [](const PyTextureHandle& h) { return h.get()->info.allocation_size; }, "Bytes of the whole allocation.")
      .def_prop_ro(
          "required_size", [](const PyTextureHandle& h) { return h.get()->info.required_size; }, "Bytes that the image itself needs.")
      .def_prop_ro(
          "dedicated", [](const PyTextureHandle& h) { return h.get()->info.dedicated; }, "The allocation holds nothing else.")
      .def_prop_ro(
          "linear", [](const PyTextureHandle& h) { return h.get()->info.linear_tiling; }, "Rows of texels one after the other.")
      .def_prop_ro(
          "initialized", [](const PyTextureHandle& h) { return h.get()->info.initialized; }, "Somebody has written it.")
      .def_prop_ro(
          "layout", [](const PyTextureHandle& h) { return h.get()->info.layout; }, "The layout it was released in.")
      .def(
          "fileno", [](const PyTextureHandle& h) { return h.get()->handles[0].fd(); },
          "The first descriptor, still owned by this object. Do not close it; os.dup() gives one of your own.")
      .def(
          "filenos",
          [](const PyTextureHandle& h) {
            std::vector<int> all;
            for (const OsHandle& one : h.get()->handles) {
              if (one) all.push_back(one.fd());
            }
            return all;
          },
          "All descriptors of the memory, still owned by this object.")
      .def(
          "replace_fd",
          [](const PyTextureHandle& h, int fd) {
            // What import would not look at must not be taken: a wrong number here would be closed later.
            OsHandle borrowed(fd);
            auto mine = borrowed.duplicate();
            (void)borrowed.release();
            h.get()->handles[0] = unwrap(std::move(mine));
          },
          "fd"_a, "Puts a duplicate of fd in the place of the first descriptor: for those who send descriptors by a way of their own.")
      .def(
          "close", [](PyTextureHandle& h) { h.state.reset(); }, "Closes the descriptors. Calling it again does nothing.")
      .def_prop_ro(
          "closed", [](const PyTextureHandle& h) { return h.state == nullptr; }, "It was closed or imported.")
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); }, nb::sig("def __enter__(self) -> TextureHandle"))
      .def(
          "__exit__", [](PyTextureHandle& h, nb::args) { h.state.reset(); }, nb::sig("def __exit__(self, *exc: object) -> None"))
      .def("__repr__", [](const PyTextureHandle& h) {
        return h.state ? "<TextureHandle " + text_of(to_string(h.state->info.type)) + ", " + describe(h.state->info.descriptor) + ">"
                       : std::string("<TextureHandle closed>");
      });
}

void bind_access(nb::module_& m) {
  nb::class_<TextureState>(m, "TextureState", "What travels with a texture from one access to the next.")
      .def_ro("initialized", &TextureState::initialized, "Somebody has written it.")
      .def_ro("layout", &TextureState::layout, "The layout it was released in.")
      .def_prop_ro(
          "points", [](const TextureState& s) { return std::vector<SyncPoint>(s.points.begin(), s.points.end()); },
          "Reached when the access before is over.");
  nb::class_<PyTextureAccess, PyAccess>(
      m, "TextureAccess",
      "An open access of a texture: exclusive for a write, shared between reads. A context manager: leaving the "
      "block ends it, and after an exception in a write the texture counts as not written.")
      .def("end", &end_access, "layout"_a = nb::none(), nb::sig("def end(self, layout: TextureLayout | None = None) -> TextureState"),
           "Ends the access, after the CUDA streams that it was given to, and says what the next one must wait for.")
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); }, nb::sig("def __enter__(self) -> TextureAccess"))
      .def(
          "__exit__",
          [](const PyTextureAccess& self, nb::handle type, nb::handle /*value*/, nb::handle /*traceback*/) {
            if (!self.get().is_open()) return;
            if (type.is_none() || !self.get().writing()) {
              (void)end_access(self, std::nullopt);
              return;
            }
            auto& access = self.get();
            nb::gil_scoped_release unlocked;
            const std::lock_guard lock(access.mutex());
            access.abandon();
          },
          "type"_a.none(), "value"_a.none(), "traceback"_a.none(),
          nb::sig("def __exit__(self, type: object, value: object, traceback: object) -> None"));
}

}  // namespace

void bind_textures(nb::module_& m) {
  bind_handle(m);
  bind_access(m);
  nb::class_<PyTexture>(m, "Texture", "A texture whose memory another API, device or process may use. Owns its memory. Any thread.")
      .def_prop_ro(
          "descriptor", [](const PyTexture& t) { return t.get()->texture.descriptor(); }, "What it is (a copy).")
      .def_prop_ro(
          "handle_type", [](const PyTexture& t) { return t.get()->texture.handle_type(); }, "How its memory crosses.")
      .def_prop_ro(
          "imported", [](const PyTexture& t) { return t.get()->texture.imported(); }, "It came from a handle.")
      .def_prop_ro(
          "allocated_bytes", [](const PyTexture& t) { return t.get()->texture.allocated_bytes(); }, "Bytes allocated.")
      .def_prop_ro(
          "state", [](const PyTexture& t) { return t.get()->texture.state(); }, "What the last ended access left.")
      .def(
          "export",
          [](const PyTexture& t) -> PyTextureHandle {
            const auto texture = t.get();
            auto handle = [&] {
              nb::gil_scoped_release unlocked;
              return texture->manager->manager.export_texture(texture->texture);
            }();
            return {std::make_shared<TextureHandle>(unwrap(std::move(handle)))};
          },
          "A handle to the memory, and to the attached ready semaphore. Each call makes new descriptors.")
      .def(
          "attach_semaphore",
          [](const PyTexture& t, const PySemaphore& s) {
            unwrap(t.get()->manager->manager.attach_semaphore(t.get()->texture, s.semaphore));
          },
          "semaphore"_a, "Makes it the texture's ready semaphore, which travels inside its handles.")
      .def_prop_ro(
          "attached_semaphore",
          [](const PyTexture& t) -> std::optional<PySemaphore> {
            auto semaphore = t.get()->manager->manager.attached_semaphore(t.get()->texture);
            return semaphore ? std::optional(PySemaphore{t.get()->manager, std::move(semaphore)}) : std::nullopt;
          },
          "The ready semaphore, or None.")
      .def(
          "signal_ready", [](const PyTexture& t) { return unwrap(t.get()->manager->manager.signal_texture_ready(t.get()->texture)); },
          "Announces that everything submitted to the manager's queue so far is done with the texture; returns the point.")
      .def("wait_ready", &wait_ready, "timeout"_a = 10.0, nb::sig("def wait_ready(self, timeout: float | None = 10.0) -> int"),
           "Blocks until the ready semaphore is beyond the value last waited for; returns the value. Raises TimedOut.")
      .def(
          "upload",
          [](const PyTexture& t, nb::handle array, const TextureRegion& region, std::vector<SyncPoint> wait_for,
             std::optional<TextureState> state, std::optional<SyncPoint> signal) {
            upload(t, array, region, arguments_of(std::move(wait_for), std::move(state), std::move(signal)));
          },
          "array"_a, "region"_a = TextureRegion{}, nb::kw_only(), "wait_for"_a = std::vector<SyncPoint>{}, "state"_a = nb::none(),
          "signal"_a = nb::none(),
          nb::sig("def upload(self, array: typing.Any, region: TextureRegion = ..., *, wait_for: collections.abc.Sequence[SyncPoint] = (), "
                  "state: TextureState | None = None, signal: SyncPoint | None = None) -> None"),
          "Copies an array of the region's dtype and shape (descriptor.shape()), or its bytes, into the texture and waits until it is "
          "there. "
          "Opens and ends a write access of its own.")
      .def(
          "read_back",
          [](const PyTexture& t, const TextureRegion& region, nb::handle out, std::vector<SyncPoint> wait_for,
             std::optional<TextureState> state, std::optional<SyncPoint> signal) {
            return read_back(t, region, out, arguments_of(std::move(wait_for), std::move(state), std::move(signal)));
          },
          "region"_a = TextureRegion{}, nb::kw_only(), "out"_a = nb::none(), "wait_for"_a = std::vector<SyncPoint>{},
          "state"_a = nb::none(), "signal"_a = nb::none(),
          nb::sig("def read_back(self, region: TextureRegion = ..., *, out: NDArray[typing.Any] | None = None, wait_for: "
                  "collections.abc.Sequence[SyncPoint] = (), state: TextureState | None = None, signal: SyncPoint | None = None) -> "
                  "NDArray[typing.Any]"),
          "Copies a region out into a new array, or into out, and waits for it. Raises NotInitialized when nobody has written the texture.")
      .def(
          "begin_write",
          [](const PyTexture& t, std::vector<SyncPoint> wait_for, std::optional<TextureState> state, std::optional<SyncPoint> signal) {
            return begin(t, true, arguments_of(std::move(wait_for), std::move(state), std::move(signal)));
          },
          "wait_for"_a = std::vector<SyncPoint>{}, "state"_a = nb::none(), "signal"_a = nb::none(),
          nb::sig("def begin_write(self, wait_for: collections.abc.Sequence[SyncPoint] = (), state: TextureState | None = None, signal: "
                  "SyncPoint | None = None) -> TextureAccess"),
          "Opens an exclusive access, for views of the memory. Raises AccessConflict.")
      .def(
          "begin_read",
          [](const PyTexture& t, std::vector<SyncPoint> wait_for, std::optional<TextureState> state, std::optional<SyncPoint> signal) {
            return begin(t, false, arguments_of(std::move(wait_for), std::move(state), std::move(signal)));
          },
          "wait_for"_a = std::vector<SyncPoint>{}, "state"_a = nb::none(), "signal"_a = nb::none(),
          nb::sig("def begin_read(self, wait_for: collections.abc.Sequence[SyncPoint] = (), state: TextureState | None = None, signal: "
                  "SyncPoint | None = None) -> TextureAccess"),
          "Opens a shared access, for views of the memory. Raises AccessConflict, NotInitialized.")
      .def(
          "close", [](PyTexture& t) { t.state.reset(); }, "Frees the texture when nothing uses it any more. Calling it again does nothing.")
      .def_prop_ro(
          "closed", [](const PyTexture& t) { return t.state == nullptr; }, "close() was called.")
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); }, nb::sig("def __enter__(self) -> Texture"))
      .def(
          "__exit__", [](PyTexture& t, nb::args) { t.state.reset(); }, nb::sig("def __exit__(self, *exc: object) -> None"))
      .def("__repr__", [](const PyTexture& t) {
        return t.state ? "<Texture " + describe(t.state->texture.descriptor()) + ">" : std::string("<Texture closed>");
      });
}

}  // namespace geyser::python
