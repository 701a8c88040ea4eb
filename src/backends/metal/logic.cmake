# Also read by tests/fake_metal, which builds these files over the fake of metal_api.hpp.
set(GEYSER_METAL_LOGIC access.cpp context.cpp device.cpp external_event.cpp external_io_surface.cpp external_shared_texture.cpp formats.cpp
  manager.cpp sync.cpp texture.cpp transfer.cpp)
