// Channel: two processes that hand each other textures, semaphores and small messages, without a stream around it.
#include "geyser/channel.hpp"

#include "buffers.hpp"
#include "streams.hpp"
#include "textures.hpp"

namespace geyser::python {
namespace {

struct PyChannel {
  std::shared_ptr<Shared<Channel>> state;
};
struct PyListener {
  std::shared_ptr<Shared<ChannelListener>> state;
};

[[nodiscard]] PyChannel channel_of(Channel&& channel) {
  return {std::make_shared<Shared<Channel>>(nullptr, std::move(channel), "channel")};
}

template <class F>
auto sliced(const PyChannel& self, std::optional<double> timeout, F&& f) {
  const auto state = self.state;
  return wait_in_slices(timeout,
                        [&](std::chrono::nanoseconds slice) { return state->call([&](Channel& channel) { return f(channel, slice); }); });
}

void close(const PyChannel& self) {
  nb::gil_scoped_release unlocked;
  self.state->close();
}

}  // namespace

void bind_channel(nb::module_& m) {
  nb::class_<PyChannel>(
      m, "Channel",
      "One end of a connection between two processes of one user. Messages keep their order and their borders; receiving asks for "
      "the kind that the other end sent. Calls from several threads take turns.")
      .def_static(
          "create_pair",
          [] {
            auto pair = unwrap(Channel::create_pair());
            return std::pair(channel_of(std::move(pair.first)), channel_of(std::move(pair.second)));
          },
          "Two connected ends in this process.")
      .def_static(
          "connect",
          [](const std::string& name, double timeout, const std::string& directory) {
            const auto whole = duration_of(timeout);
            auto made = [&] {
              nb::gil_scoped_release unlocked;
              return Channel::connect(name, *whole, directory);
            }();
            return channel_of(unwrap(std::move(made)));
          },
          "name"_a, "timeout"_a = 1.0, "directory"_a = "", "Connects to a ChannelListener of that name. Raises NotFound, TimedOut.")
      .def_static(
          "adopt",
          [](int fd) {
            OsHandle theirs(fd);
            auto mine = theirs.duplicate();
            (void)theirs.release();
            OsHandle handle = unwrap(std::move(mine));
            return channel_of(unwrap(Channel::adopt(std::move(handle))));
          },
          "fd"_a, "An end that was inherited (a connected SOCK_SEQPACKET socket); fd is duplicated and stays the caller's.")
      .def(
          "send_handle",
          [](const PyChannel& self, nb::handle handle, std::optional<double> timeout) {
            if (nb::isinstance<PySemaphoreHandle>(handle)) {
              const auto semaphore = nb::cast<PySemaphoreHandle&>(handle).get();
              return unwrap(sliced(self, timeout, [&](Channel& c, std::chrono::nanoseconds t) { return c.send_handle(*semaphore, t); }));
            }
            const auto texture = nb::cast<PyTextureHandle&>(handle).get();
            unwrap(sliced(self, timeout, [&](Channel& c, std::chrono::nanoseconds t) { return c.send_handle(*texture, t); }));
          },
          "handle"_a, "timeout"_a = 1.0,
          nb::sig("def send_handle(self, handle: TextureHandle | SemaphoreHandle, timeout: float | None = 1.0) -> None"),
          "Sends a handle, which stays the caller's and may be closed afterwards.")
      .def(
          "receive_handle",
          [](const PyChannel& self, std::optional<double> timeout) -> PyTextureHandle {
            return {std::make_shared<TextureHandle>(
                unwrap(sliced(self, timeout, [](Channel& c, std::chrono::nanoseconds t) { return c.receive_handle(t); })))};
          },
          "timeout"_a = 1.0, nb::sig("def receive_handle(self, timeout: float | None = 1.0) -> TextureHandle"),
          "Receives a texture's handle.")
      .def(
          "receive_semaphore_handle",
          [](const PyChannel& self, std::optional<double> timeout) -> PySemaphoreHandle {
            return {std::make_shared<SemaphoreHandle>(
                unwrap(sliced(self, timeout, [](Channel& c, std::chrono::nanoseconds t) { return c.receive_semaphore_handle(t); })))};
          },
          "timeout"_a = 1.0, nb::sig("def receive_semaphore_handle(self, timeout: float | None = 1.0) -> SemaphoreHandle"),
          "Receives a semaphore's handle.")
      .def(
          "send",
          [](const PyChannel& self, nb::handle data, std::optional<double> timeout) {
            const Buffer buffer(data, false);
            unwrap(sliced(self, timeout, [&](Channel& c, std::chrono::nanoseconds t) { return c.send(buffer.bytes(), t); }));
          },
          "data"_a, "timeout"_a = 1.0, nb::sig("def send(self, data: bytes | bytearray | memoryview, timeout: float | None = 1.0) -> None"),
          "Sends bytes, at most 32 KiB.")
      .def(
          "receive",
          [](const PyChannel& self, std::optional<double> timeout) {
            const auto data = unwrap(sliced(self, timeout, [](Channel& c, std::chrono::nanoseconds t) { return c.receive(t); }));
            return nb::bytes(data.data(), data.size());
          },
          "timeout"_a = 1.0, nb::sig("def receive(self, timeout: float | None = 1.0) -> bytes"), "Receives bytes.")
      .def(
          "fileno",
          [](const PyChannel& self) { return unwrap(self.state->call([](Channel& c) -> Result<int> { return c.handle().fd(); })); },
          "The socket, still owned by this object.")
      .def("close", &close, "Closes this end. Calling it again does nothing.")
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); }, nb::sig("def __enter__(self) -> Channel"))
      .def("__exit__", [](const PyChannel& self, nb::args) { close(self); }, nb::sig("def __exit__(self, *exc: object) -> None"));

  nb::class_<PyListener>(m, "ChannelListener", "Accepts connections under a name, from processes of the same user only.")
      .def(
          "__init__",
          [](PyListener* self, const std::string& name, const std::string& directory) {
            new (self) PyListener{
                std::make_shared<Shared<ChannelListener>>(nullptr, unwrap(ChannelListener::listen(name, directory)), "listener")};
          },
          "name"_a, "directory"_a = "", "Raises InvalidState when a live process has the name.")
      .def(
          "accept",
          [](const PyListener& self, std::optional<double> timeout) {
            const auto state = self.state;
            return channel_of(unwrap(wait_in_slices(timeout, [&](std::chrono::nanoseconds slice) {
              return state->call([&](ChannelListener& listener) { return listener.accept(slice); });
            })));
          },
          "timeout"_a = 1.0, nb::sig("def accept(self, timeout: float | None = 1.0) -> Channel"),
          "Waits for a connection. Raises TimedOut.")
      .def(
          "close", [](const PyListener& self) { self.state->close(); }, "The name is free again. Calling it again does nothing.")
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); }, nb::sig("def __enter__(self) -> ChannelListener"))
      .def("__exit__", [](const PyListener& self, nb::args) { self.state->close(); }, nb::sig("def __exit__(self, *exc: object) -> None"));
}

}  // namespace geyser::python
