// Devices and managers.
#include "fake_vulkan/scenario.hpp"

namespace fake_vulkan {

using geyser::Result;

std::vector<Scenario> device_scenarios() {
  std::vector<Scenario> all;
  Config two;
  two.devices = {nvidia_like(), mesa_like()};
  Config layered;
  layered.validation_layer = true;

  all.push_back(
      {"device_create", two, [](World&) {}, [](World& w) { return keep(w.devices[0], geyser::vulkan::Device::create(options_for(1))); }});
  all.push_back({"device_create_with_validation", layered, [](World&) {},
                 [](World& w) {
                   auto options = options_for(0);
                   options.validation = true;
                   return keep(w.devices[0], geyser::vulkan::Device::create(options));
                 }});
  all.push_back({"enumerate_devices", two, [](World&) {},
                 [](World&) -> Result<void> {
                   auto found = geyser::vulkan::enumerate_devices(get_instance_proc_addr());
                   if (!found) return std::move(found).error();
                   return {};
                 }});
  for (const auto& [name, config] :
       {std::pair{"nvidia", nvidia_like()}, std::pair{"mesa", mesa_like()}, std::pair{"lavapipe", lavapipe_like()}}) {
    Config one;
    one.devices = {config};
    all.push_back({std::string("manager_of_own_device_") + name, one,
                   [](World& w) { w.devices[0] = must(geyser::vulkan::Device::create(options_for(0))); },
                   [](World& w) { return keep(w.managers[0], w.devices[0]->create_manager()); }});
    all.push_back({std::string("manager_adopts_") + name, one, [](World& w) { open_raw(w); },
                   [](World& w) { return keep(w.managers[0], geyser::vulkan::create_manager(adoption_of(w)->info)); }});
  }
  return all;
}

}  // namespace fake_vulkan
