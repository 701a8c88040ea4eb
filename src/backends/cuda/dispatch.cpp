#include "backends/cuda/dispatch.hpp"

#include <mutex>
#include <utility>
#include <vector>

#include "core/message.hpp"

namespace geyser::cuda {
namespace {

using detail::text;

struct Opened {
  std::mutex mutex;
  std::string name = "libcuda.so.1";
  std::shared_ptr<Driver> driver;
  std::vector<std::shared_ptr<Driver>> left;  // stay open, as the first one would
};
Opened& opened() {
  static auto* const state = new Opened;  // never destroyed: textures may outlive static destructors
  return *state;
}

template <class Function>
bool find(const platform::DynamicLibrary& library, const char* name, Function& function) noexcept {
  function = reinterpret_cast<Function>(library.symbol(name));
  return function != nullptr;
}

Result<std::shared_ptr<Driver>> load(const std::string& name) {
  auto library = platform::DynamicLibrary::open(name.c_str());
  if (!library) {
    return Error(Errc::not_found, text("There is no CUDA driver: ", library.error().message(),
                                       " It comes with NVIDIA's display driver (in Debian and Ubuntu, package libcuda1 or "
                                       "libnvidia-compute-NNN); no CUDA toolkit is needed."));
  }
  auto driver = std::make_shared<Driver>(*std::move(library));
  const char* missing = nullptr;
#define GEYSER_CUDA_FIND(member, exported, parameters) \
  if (!find(driver->library, exported, driver->cu.member) && missing == nullptr) missing = exported;
  GEYSER_CUDA_FUNCTIONS(GEYSER_CUDA_FIND)
#undef GEYSER_CUDA_FIND
#define GEYSER_CUDA_FIND(member, exported, parameters) static_cast<void>(find(driver->library, exported, driver->cu.member));
  GEYSER_CUDA_OPTIONAL_FUNCTIONS(GEYSER_CUDA_FIND)
#undef GEYSER_CUDA_FIND
  if (missing == nullptr && driver->cu.device_uuid == nullptr && driver->cu.device_uuid_v2 == nullptr) missing = "cuDeviceGetUuid";
  if (missing != nullptr) {
    return Error(Errc::unsupported_feature,
                 text("The CUDA driver ", name, " has no ", missing, "; the library needs a driver for CUDA 11 or later."));
  }
  if (const auto status = driver->cu.init(0); status != api::Status::success) {
    auto error = cuda_error(*driver, status, "cuInit");
    if (status != api::Status::no_device) return error;
    return Error(Errc::not_found, text("The CUDA driver ", name, " finds no device: ", error.message()), ErrorDomain::cuda,
                 static_cast<int>(status));
  }
  static_cast<void>(driver->cu.driver_version(&driver->version));
  return driver;
}

Errc code_of(api::Status status) noexcept {
  switch (status) {
    case api::Status::out_of_memory:
      return Errc::out_of_memory;
    case api::Status::deinitialized:
    case api::Status::invalid_context:
    case api::Status::device_unavailable:
    case api::Status::ecc_uncorrectable:
    case api::Status::illegal_address:
    case api::Status::launch_timeout:
    case api::Status::context_is_destroyed:
    case api::Status::hardware_stack_error:
    case api::Status::illegal_instruction:
    case api::Status::misaligned_address:
    case api::Status::invalid_address_space:
    case api::Status::invalid_pc:
    case api::Status::launch_failed:
      return Errc::device_lost;
    case api::Status::no_device:
    case api::Status::invalid_device:
      return Errc::not_found;
    case api::Status::not_supported:
    case api::Status::peer_access_unsupported:
    case api::Status::too_many_peers:
    case api::Status::stub_library:
    case api::Status::system_driver_mismatch:
      return Errc::unsupported_feature;
    case api::Status::operating_system:
    case api::Status::not_permitted:
    case api::Status::system_not_ready:
    case api::Status::unknown:  // what a driver without access to its device files answers
      return Errc::os_error;
    default:
      return Errc::internal;
  }
}

}  // namespace

bool Dispatch::has_vmm() const noexcept {
  return vmm_create != nullptr && vmm_release != nullptr && vmm_reserve != nullptr && vmm_free_address != nullptr && vmm_map != nullptr &&
         vmm_unmap != nullptr && vmm_set_access != nullptr && vmm_export != nullptr && vmm_import != nullptr && vmm_granularity != nullptr;
}

bool Dispatch::has_peers() const noexcept {
  return context_create != nullptr && context_destroy != nullptr && peer_can_access != nullptr && peer_enable != nullptr &&
         memory_allocate != nullptr && peer_copy_3d != nullptr;
}

Result<std::shared_ptr<Driver>> open_driver() {
  Opened& state = opened();
  const std::lock_guard lock(state.mutex);
  if (state.driver) return state.driver;
  auto loaded = load(state.name);
  if (!loaded) return std::move(loaded).error();
  state.driver = *loaded;
  return state.driver;
}

void use_driver_library(std::string name) {
  Opened& state = opened();
  const std::lock_guard lock(state.mutex);
  if (state.name == name) return;
  state.name = std::move(name);
  if (state.driver) state.left.push_back(std::exchange(state.driver, nullptr));
}

Error cuda_error(const Driver& driver, api::Status status, std::string_view call) {
  const char* name = nullptr;
  const char* words = nullptr;
  static_cast<void>(driver.cu.error_name(status, &name));
  static_cast<void>(driver.cu.error_string(status, &words));
  const std::string number = text("CUresult ", static_cast<int>(status));
  const Errc code = code_of(status);
  std::string message = text(call, " answers ", name != nullptr ? name : number.c_str(), words != nullptr ? text(" (", words, ")") : "");
  message += code == Errc::device_lost     ? "; the context is lost, destroy everything that was made from it."
             : code == Errc::out_of_memory ? "; free memory of the device, or use smaller textures."
                                           : ".";
  return Error(code, message, ErrorDomain::cuda, static_cast<int>(status));
}

}  // namespace geyser::cuda
