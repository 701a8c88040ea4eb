// The core: everything that needs no API's header. Each API has a door of its own (vulkan.hpp, host.hpp, ...).
#pragma once

#include "geyser/capabilities.hpp"
#include "geyser/device_identity.hpp"
#include "geyser/error.hpp"
#include "geyser/format.hpp"
#include "geyser/handle.hpp"
#include "geyser/log.hpp"
#include "geyser/manager.hpp"
#include "geyser/os_handle.hpp"
#include "geyser/pool.hpp"
#include "geyser/result.hpp"
#include "geyser/semaphore.hpp"
#include "geyser/shared_texture.hpp"
#include "geyser/texture.hpp"
#include "geyser/version.hpp"
