//! Devices that the library finds, and makes.

use std::{
    ffi::{CStr, CString, c_void},
    sync::Arc,
};

use geyser_sys::{self as sys, Sized32};

use super::Function;
use crate::manager::RawManager;
use crate::support::{c_option, filled, flag, owner, pointer, written};
use crate::{DeviceIdentity, Manager, PciAddress, Result, Uuid};

owner!(RawDeviceList, geyser_vulkan_device_list, geyser_vulkan_device_list_destroy);
owner!(
    RawDevice,
    geyser_vulkan_device,
    geyser_vulkan_device_destroy,
    Send because "any thread, for every function of it.",
    Sync because "any thread, for every function of it, all of which take it const."
);

/// A device that the loader shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceSummary {
    /// In the list, and for [`DeviceOptions::index`].
    pub index: u32,
    /// `VkPhysicalDeviceType`
    pub device_type: u32,
    /// As Vulkan packs it.
    pub api_version: u32,
    /// PCI's, or Khronos'.
    pub vendor_id: u32,
    /// Names it across APIs and processes.
    pub identity: DeviceIdentity,
}

impl DeviceSummary {
    fn from_c(summary: &sys::geyser_vulkan_device_summary, identity: &sys::geyser_device_identity) -> Self {
        Self {
            index: summary.index,
            device_type: summary.device_type,
            api_version: summary.api_version,
            vendor_id: summary.vendor_id,
            identity: DeviceIdentity::from_c(identity),
        }
    }
}

/// The devices that the loader `libvulkan.so.1` shows.
///
/// # Errors
/// `NotFound` (no loader, no driver), `OsError`.
pub fn enumerate_devices() -> Result<Vec<DeviceSummary>> {
    // SAFETY: without a function the loader is opened.
    let list = RawDeviceList::made(|out| unsafe { sys::geyser_vulkan_enumerate_devices(None, out) })?;
    // SAFETY: the list is alive.
    let count = written::<u32>(|out| unsafe { sys::geyser_vulkan_device_list_count(list.as_ptr(), out) })?;
    let mut all = Vec::with_capacity(count as usize);
    for index in 0..count {
        let mut identity = sys::geyser_device_identity::sized();
        // SAFETY: the list is alive, both structs have their size set.
        let summary = filled::<sys::geyser_vulkan_device_summary>(|out| unsafe {
            sys::geyser_vulkan_device_list_at(list.as_ptr(), index, out, &mut identity)
        })?;
        all.push(DeviceSummary::from_c(&summary, &identity));
    }
    Ok(all)
}

/// Which device; every field that is set must match. Of several that match, and of all when none is set: the first discrete, else the
/// first integrated, virtual, software device.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceOptions<'a> {
    /// In the order of [`enumerate_devices`].
    pub index: Option<u32>,
    /// Its place.
    pub pci: Option<PciAddress>,
    /// Its UUID.
    pub uuid: Option<Uuid>,
    /// Its driver's UUID, where two drivers offer one device.
    pub driver_uuid: Option<Uuid>,
    /// The adapter of a Direct3D device; drivers that tell no LUID never match.
    pub luid: Option<[u8; 8]>,
    /// Part of its name, any case; "": any.
    pub name: &'a str,
    /// Khronos validation; messages go to the log as errors and are counted.
    pub validation: bool,
    /// "": "geyser".
    pub application_name: &'a str,
}

/// An instance and a device with everything enabled that the library can use, and one queue.
///
/// Ownership: managers made from it keep the device alive. `Send` and `Sync`: any thread may use it.
#[derive(Clone, Debug)]
pub struct Device {
    raw: Arc<RawDevice>,
}

impl Device {
    /// Makes one.
    ///
    /// # Errors
    /// `NotFound` naming the devices there are, `UnsupportedFeature`, `OutOfMemory`.
    pub fn create(options: &DeviceOptions<'_>) -> Result<Self> {
        let name = c_option("the device's name", options.name)?;
        let application = c_option("application_name", options.application_name)?;
        let mut raw = sys::geyser_vulkan_device_options::sized();
        (raw.has_index, raw.index) = (flag(options.index.is_some()), options.index.unwrap_or(0));
        (raw.has_pci, raw.pci) = (flag(options.pci.is_some()), options.pci.unwrap_or_default().to_c());
        (raw.has_uuid, raw.uuid) = (flag(options.uuid.is_some()), options.uuid.unwrap_or_default().to_c());
        (raw.has_driver_uuid, raw.driver_uuid) = (flag(options.driver_uuid.is_some()), options.driver_uuid.unwrap_or_default().to_c());
        (raw.has_luid, raw.luid) = (flag(options.luid.is_some()), options.luid.unwrap_or_default());
        raw.validation = flag(options.validation);
        raw.name = pointer(&name);
        raw.application_name = pointer(&application);
        // SAFETY: options and text live during the call; without a function the loader is opened.
        RawDevice::made(|out| unsafe { sys::geyser_vulkan_device_create(&raw, out) }).map(|raw| Self { raw: Arc::new(raw) })
    }

    /// The object of the C interface; this device's, not to be destroyed.
    pub fn as_raw(&self) -> *mut sys::geyser_vulkan_device {
        self.raw.as_ptr()
    }

    /// What it is.
    ///
    /// # Errors
    /// None of a device that is alive.
    pub fn summary(&self) -> Result<DeviceSummary> {
        let mut identity = sys::geyser_device_identity::sized();
        // SAFETY: the device is alive, both structs have their size set.
        let summary = filled::<sys::geyser_vulkan_device_summary>(|out| unsafe {
            sys::geyser_vulkan_device_query(self.as_raw(), out, &mut identity)
        })?;
        Ok(DeviceSummary::from_c(&summary, &identity))
    }

    /// A manager on this device.
    ///
    /// # Errors
    /// As [`create_manager`](super::create_manager).
    pub fn create_manager(&self) -> Result<Manager> {
        // SAFETY: the device is alive; the manager keeps what it needs of it.
        RawManager::made(|out| unsafe { sys::geyser_vulkan_device_create_manager(self.as_raw(), out) })
            .map(|raw| Manager::from_raw(raw, Vec::new()))
    }

    /// Its Vulkan objects, for the program's own commands: they are the library's, and live as long as the device or a manager made from it.
    ///
    /// # Errors
    /// None of a device that is alive.
    pub fn native(&self) -> Result<NativeDevice> {
        // SAFETY: the device is alive, `out` is a struct with its size set.
        let raw = filled::<sys::geyser_vulkan_adopt_info>(|out| unsafe { sys::geyser_vulkan_device_adopt_info(self.as_raw(), out) })?;
        let extensions = raw.enabled_device_extensions;
        let enabled_device_extensions = if extensions.is_null() {
            Vec::new()
        } else {
            let all = 0..raw.enabled_device_extension_count as usize;
            // SAFETY: that many names, which live as long as the device.
            unsafe { all.map(|index| CStr::from_ptr(*extensions.add(index)).to_owned()).collect() }
        };
        Ok(NativeDevice {
            enabled_device_extensions,
            instance: raw.instance,
            physical_device: raw.physical_device,
            device: raw.device,
            queue: raw.queue,
            queue_family_index: raw.queue_family_index,
            api_version: raw.api_version,
            get_instance_proc_addr: raw.get_instance_proc_addr,
            timeline_semaphore_enabled: raw.timeline_semaphore_enabled != 0,
        })
    }

    /// Messages that the validation layers gave so far.
    ///
    /// # Errors
    /// None of a device that is alive.
    pub fn validation_messages(&self) -> Result<u64> {
        // SAFETY: the device is alive.
        written(|out| unsafe { sys::geyser_vulkan_device_validation_messages(self.as_raw(), out) })
    }
}

/// The Vulkan objects of a [`Device`].
#[derive(Clone, Debug)]
pub struct NativeDevice {
    /// `VkInstance`
    pub instance: *mut c_void,
    /// `VkPhysicalDevice`
    pub physical_device: *mut c_void,
    /// `VkDevice`
    pub device: *mut c_void,
    /// `VkQueue`: managers of the device use it too, under a lock that is theirs; submit by [`submit`](super::submit).
    pub queue: *mut c_void,
    /// The queue's family.
    pub queue_family_index: u32,
    /// `VkApplicationInfo::apiVersion` of the instance.
    pub api_version: u32,
    /// `vkGetInstanceProcAddr`
    pub get_instance_proc_addr: Option<Function>,
    /// Those that are enabled.
    pub enabled_device_extensions: Vec<CString>,
    /// The feature `timelineSemaphore` is enabled.
    pub timeline_semaphore_enabled: bool,
}
