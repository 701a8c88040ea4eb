// A reader that works with CUDA: takes frames of any stream of rgba8 or bgra8 pictures and adds up their bytes in a kernel.
//
//   cuda_subscriber --name NAME [--frames N]
//
// Every sum is compared with the CPU's, over the same frame read back. Linear frames (PublisherOptions::linear) are read where they are;
// tiled ones are reached as an array, and copied once on the GPU.
#include <algorithm>
#include <cstdio>
#include <numeric>

#include "examples/support/arguments.hpp"
#include "examples/support/cuda_functions.hpp"
#include "examples/support/vulkan_commands.hpp"
#include "geyser/geyser.hpp"
#include "geyser/subscriber.hpp"

namespace {

using example::must;
namespace gv = geyser::vulkan;
namespace gc = geyser::cuda;

constexpr char usage[] =
    "usage: cuda_subscriber --name NAME [--frames N]\n"
    "Adds up the bytes of frames in a CUDA kernel, and compares with the CPU's sums.\n"
    "  --name NAME  the stream (geyser list shows them)\n"
    "  --frames N   1 to 1000000; default: 60";

// __global__ void sum(const unsigned char* pixels, unsigned long long pitch, unsigned width, unsigned height, unsigned long long* total) {
//   unsigned x = ..., y = ...;
//   if (x < width && y < height) { the four bytes at pixels + y * pitch + 4 * x }; atomicAdd(total, a + b + c + d);
// }
constexpr char sum_kernel[] = R"(
.version 6.4
.target sm_50
.address_size 64
.visible .entry sum(.param .u64 pixels, .param .u64 pitch, .param .u32 width, .param .u32 height, .param .u64 total) {
  .reg .pred %outside;
  .reg .b32 %x, %y, %n, %t, %w, %h, %a, %b, %c, %d;
  .reg .b64 %p, %row, %wide, %to;
  ld.param.u64 %p, [pixels];
  ld.param.u64 %row, [pitch];
  ld.param.u32 %w, [width];
  ld.param.u32 %h, [height];
  ld.param.u64 %to, [total];
  mov.u32 %t, %ctaid.x;
  mov.u32 %n, %ntid.x;
  mov.u32 %x, %tid.x;
  mad.lo.u32 %x, %t, %n, %x;
  mov.u32 %t, %ctaid.y;
  mov.u32 %n, %ntid.y;
  mov.u32 %y, %tid.y;
  mad.lo.u32 %y, %t, %n, %y;
  setp.ge.u32 %outside, %x, %w;
  @%outside ret;
  setp.ge.u32 %outside, %y, %h;
  @%outside ret;
  cvt.u64.u32 %wide, %y;
  mad.lo.u64 %p, %wide, %row, %p;
  mul.wide.u32 %wide, %x, 4;
  add.u64 %p, %p, %wide;
  ld.global.u8 %a, [%p];
  ld.global.u8 %b, [%p+1];
  ld.global.u8 %c, [%p+2];
  ld.global.u8 %d, [%p+3];
  add.u32 %a, %a, %b;
  add.u32 %c, %c, %d;
  add.u32 %a, %a, %c;
  cvt.u64.u32 %wide, %a;
  red.global.add.u64 [%to], %wide;
  ret;
}
)";

/// Memory of the program's own on the device: the sum, and a linear copy of tiled frames.
class Scratch {
 public:
  Scratch(const example::Cuda& cuda, std::size_t bytes) : cuda_(&cuda) { cuda.must(cuda.memory_allocate(&at_, bytes), "cuMemAlloc"); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { (void)cuda_->memory_free(at_); }
  [[nodiscard]] CUdeviceptr at() const { return at_; }

 private:
  const example::Cuda* cuda_;
  CUdeviceptr at_ = 0;
};

int run(const std::string& name, std::uint64_t frames) {
  // The stream says which device its textures are on. A Vulkan device there is the partner that makes CUDA's semaphores.
  const geyser::StreamInfo stream = must(must(geyser::Directory::open()).find(name));
  const example::Cuda functions;
  const example::CudaKernel kernel(functions, stream.device.device_uuid, sum_kernel, "sum");
  const gv::Device device =
      must(gv::Device::create({.selector = {.uuid = stream.device.device_uuid}, .application_name = "cuda_subscriber"}));
  const geyser::TextureShareManager vulkan = must(device.create_manager());
  const geyser::TextureShareManager manager =
      must(gc::create_manager({.context = kernel.context(), .stream = kernel.stream(), .partner = &vulkan}));
  auto subscriber = must(geyser::Subscriber::connect(manager, name, {.connect_timeout = example::patience, .reconnect = false}));

  const Scratch total(functions, sizeof(std::uint64_t));
  std::optional<Scratch> linear_copy;
  std::size_t copy_bytes = 0;
  std::vector<std::byte> pixels;
  std::uint64_t right = 0;
  std::uint64_t taken = 0;
  bool in_place = false;
  while (taken < frames) {
    auto acquired = subscriber.acquire(example::patience);
    if (!acquired && subscriber.state() == geyser::SubscriberState::ended) break;
    geyser::ReadFrame frame = must(std::move(acquired));
    const geyser::TextureDescriptor& what = frame.texture().descriptor();
    if (geyser::format_info(what.format)->planes[0].block_bytes != 4) throw std::runtime_error("the frames have no texels of four bytes");
    std::uint32_t width = what.extent.width;
    std::uint32_t height = what.extent.height;

    pixels.resize(std::size_t{4} * width * height);
    must(frame.read_back({}, pixels));

    must(gc::acquire(frame.access(), kernel.stream()));
    functions.must(functions.memory_set(total.at(), 0, sizeof(std::uint64_t), kernel.stream()), "cuMemsetD8Async");
    CUdeviceptr at = 0;
    unsigned long long pitch = 0;
    in_place = must(gc::is_linear(frame.texture()));
    if (in_place) {
      const gc::LinearMemory memory = must(gc::linear_memory(frame.texture()));
      at = memory.pointer;
      pitch = memory.row_pitch;
    } else {
      pitch = 4ULL * width;
      if (copy_bytes != pitch * height) linear_copy.emplace(functions, copy_bytes = pitch * height);
      at = linear_copy->at();
      CUDA_MEMCPY2D copy{};
      copy.srcMemoryType = CU_MEMORYTYPE_ARRAY;
      copy.srcArray = must(gc::array(frame.texture()));
      copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
      copy.dstDevice = at;
      copy.dstPitch = pitch;
      copy.WidthInBytes = pitch;
      copy.Height = height;
      functions.must(functions.copy_2d(&copy, kernel.stream()), "cuMemcpy2DAsync");
    }
    CUdeviceptr to = total.at();
    void* arguments[] = {&at, &pitch, &width, &height, &to};
    kernel.launch(width, height, arguments);
    std::uint64_t sum = 0;
    functions.must(functions.copy_to_host(&sum, total.at(), sizeof sum, kernel.stream()), "cuMemcpyDtoHAsync");
    kernel.finish();
    must(gc::release(frame.access(), kernel.stream()));
    const std::uint64_t number = frame.info().number;
    must(frame.release());
    const auto expected = std::accumulate(pixels.begin(), pixels.end(), std::uint64_t{0},
                                          [](std::uint64_t s, std::byte b) { return s + std::to_integer<std::uint64_t>(b); });
    right += sum == expected ? 1U : 0U;
    if (sum != expected) {
      std::fprintf(stderr, "frame %llu: the kernel's sum is %llu and the CPU's %llu\n", static_cast<unsigned long long>(number),
                   static_cast<unsigned long long>(sum), static_cast<unsigned long long>(expected));
    }
    ++taken;
  }
  std::printf("transport: %s, frames are read %s\n", std::string(to_string(subscriber.transport())).c_str(),
              in_place ? "in place" : "through one copy on the GPU");
  std::printf("sums of %llu of %llu frames are right\n", static_cast<unsigned long long>(right), static_cast<unsigned long long>(taken));
  return taken != 0 && right == taken ? 0 : 1;
}

int start(example::Arguments& arguments) {
  const std::string name = arguments.text("--name", "");
  const std::uint64_t frames = arguments.number("--frames", 60, 1, 1'000'000);
  arguments.done();
  if (name.empty()) throw example::WrongUsage("--name is missing");
  return run(name, frames);
}

}  // namespace

int main(int argc, char** argv) { return example::run("cuda_subscriber", usage, argc, argv, start); }
