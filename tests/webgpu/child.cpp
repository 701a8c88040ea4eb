#include "webgpu/child.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <iostream>

#include "support/process.hpp"
#include "webgpu/fixture.hpp"
#include "webgpu/layer_log.hpp"
#include "webgpu/stream_ends.hpp"

namespace geyser::test::dawn {
namespace {

int wrong(const std::string& why) {
  std::cerr << "the child: " << why << "\n";
  return 1;
}

// Dawn takes no lavapipe of this age; the sentence has to carry what it says.
int only_lavapipe() {
  auto vulkan = Participant::open(*find_device("lavapipe"));
  if (!vulkan) return wrong(vulkan.error().describe());
  const auto device = webgpu::Device::create({.partner = &(*vulkan)->manager(), .get_proc_address = &wgpuGetProcAddress});
  if (device) {
    // A newer lavapipe may be good enough; then it has to work.
    auto manager = device->create_manager((*vulkan)->manager());
    std::cout << "Dawn takes this lavapipe" << (manager ? "" : ", but no manager can be made: " + manager.error().describe()) << "\n";
    return 0;
  }
  const std::string said = device.error().describe();
  std::cout << said << "\n";
  if (device.error().code() != Errc::not_found && device.error().code() != Errc::device_mismatch &&
      device.error().code() != Errc::unsupported_feature) {
    return wrong("another error was expected: " + said);
  }
  return said.find("adapter") != std::string::npos ? 0 : wrong("the sentence says nothing of adapters: " + said);
}

int both_drivers() {
  const auto* lavapipe = find_device("lavapipe");
  const auto* other = find_device("swiftshader");
  if (lavapipe == nullptr || other == nullptr) return 0;  // one of them is not installed: nothing to mistake
  auto far = Participant::open(*lavapipe);
  auto near = Participant::open(*other);
  if (!far || !near) return wrong("a Vulkan device cannot be opened");
  auto device = webgpu::Device::create({.partner = &(*near)->manager(), .get_proc_address = &wgpuGetProcAddress});
  if (!device) return wrong(device.error().describe());
  const auto made = device->create_manager((*far)->manager());
  if (made) return wrong("a partner on another device was taken");
  std::cout << made.error().describe() << "\n";
  if (made.error().code() != Errc::device_mismatch) return wrong("device_mismatch was expected: " + made.error().describe());
  return device->create_manager((*near)->manager()) ? 0 : wrong("the right partner was refused");
}

int without_proc_address() {
  auto vulkan = Participant::open(*find_device(device_key()));
  if (!vulkan) return wrong(vulkan.error().describe());
  auto device = webgpu::Device::create({.partner = &(*vulkan)->manager()});
  if (!device) return wrong(device.error().describe());
  auto manager = device->create_manager((*vulkan)->manager());
  return manager ? 0 : wrong(manager.error().describe());
}

int wrong_descriptors() {
  auto sides = Sides::open();
  if (!sides) return wrong(sides.error().describe());
  auto& vulkan = sides->vulkan->manager();
  auto texture = vulkan.create_shareable_texture(plain());
  if (!texture) return wrong(texture.error().describe());
  Random random(seed_for("wrong descriptors"));
  const auto bytes = content_of(random, plain());
  if (auto done = vulkan.upload(*texture, {}, bytes); !done) return wrong(done.error().describe());
  const auto small = [] {
    const int fd = ::memfd_create("small", MFD_CLOEXEC);
    return ::ftruncate(fd, 16) == 0 ? fd : -1;
  };
  const auto pipe_end = [] {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return -1;
    ::close(ends[1]);
    return ends[0];
  };
  const struct {
    const char* what;
    int fd;
  } cases[] = {{"a pipe", pipe_end()},
               {"/dev/null", ::open("/dev/null", O_RDWR | O_CLOEXEC)},
               {"a folder", ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)},
               {"a file that is too small", small()}};
  for (const auto& each : cases) {
    auto handle = vulkan.export_texture(*texture);
    if (!handle) return wrong(handle.error().describe());
    handle->handles[0].reset(each.fd);
    const auto imported = sides->dawn->import_texture(std::move(*handle));
    if (imported) return wrong(std::string(each.what) + " was imported");
    std::cout << each.what << ": " << imported.error().describe() << "\n";
    if (!is_open(each.fd)) return wrong(std::string(each.what) + " was closed on error, though the caller owns it");
  }
  auto handle = vulkan.export_texture(*texture);
  auto imported = sides->dawn->import_texture(*std::move(handle));
  if (!imported) return wrong("afterwards nothing can be imported: " + imported.error().describe());
  std::vector<std::byte> found(bytes.size());
  poison(found);
  if (auto done = sides->dawn->read_back(*imported, {}, found); !done) return wrong(done.error().describe());
  return found == bytes ? 0 : wrong("afterwards pixels are wrong");
}

}  // namespace

std::string child_driver(const std::string& what) {
  if (what == "lavapipe") return "lavapipe";
  return what == "both-drivers" ? "lavapipe+swiftshader" : device_key();
}

int run_child(const std::vector<std::string>& arguments) {
  const std::string& what = arguments.front();
  int status = 2;
  if (what == "lavapipe") status = only_lavapipe();
  if (what == "both-drivers") status = both_drivers();
  if (what == "no-proc-address") status = without_proc_address();
  if (what == "wrong-descriptors") status = wrong_descriptors();
  if (what == "read" && arguments.size() == 4) status = read_in_child(arguments[1], arguments[2], std::stoull(arguments[3]));
  if (what == "publish" && arguments.size() == 5)
    status = publish_in_child(arguments[1], arguments[2], arguments[3], std::stoull(arguments[4]));
  const std::string messages = take_layer_messages();
  return messages.empty() ? status : wrong("the validation layer says of Dawn's use of Vulkan: " + messages);
}

}  // namespace geyser::test::dawn
