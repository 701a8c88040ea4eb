//! Which device: [`Uuid`], [`PciAddress`], [`DeviceIdentity`]; and how things cross: [`MemoryType`], [`SemaphoreType`], [`SemaphoreKind`].

use std::{ffi::c_char, fmt, str::FromStr};

use geyser_sys::{self as sys, Sized32};

use crate::support::{c_text, check, enumeration, text};
use crate::{Error, Result};

/// 16 opaque bytes, as Vulkan's deviceUUID and driverUUID, `GL_DEVICE_UUID_EXT` and cuDeviceGetUuid give them.
///
/// Reads and writes "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"; dashes are optional when reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// All bytes zero: "not told", and host memory.
    pub const NIL: Self = Self([0; 16]);

    /// Whether it is [`Uuid::NIL`].
    pub const fn is_nil(&self) -> bool {
        u128::from_ne_bytes(self.0) == 0
    }
    pub(crate) const fn to_c(self) -> sys::geyser_uuid {
        sys::geyser_uuid { bytes: self.0 }
    }
}

impl FromStr for Uuid {
    type Err = Error;
    fn from_str(from: &str) -> Result<Self> {
        let from = c_text("the UUID", from)?;
        let mut out = Self::NIL.to_c();
        // SAFETY: text that ends with a zero byte, and a place for the bytes.
        check(unsafe { sys::geyser_uuid_parse(from.as_ptr(), &mut out) })?;
        Ok(Self(out.bytes))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            write!(out, "{}{byte:02x}", if matches!(index, 4 | 6 | 8 | 10) { "-" } else { "" })?;
        }
        Ok(())
    }
}

/// Position on the PCI bus. Reads `[domain:]bus:device.function`, hexadecimal, and writes it with the domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PciAddress {
    /// The domain.
    pub domain: u32,
    /// The bus.
    pub bus: u32,
    /// The device.
    pub device: u32,
    /// The function.
    pub function: u32,
}

impl PciAddress {
    pub(crate) const fn to_c(self) -> sys::geyser_pci_address {
        sys::geyser_pci_address { domain: self.domain, bus: self.bus, device: self.device, function: self.function }
    }
    const fn from_c(raw: sys::geyser_pci_address) -> Self {
        Self { domain: raw.domain, bus: raw.bus, device: raw.device, function: raw.function }
    }
}

impl FromStr for PciAddress {
    type Err = Error;
    fn from_str(from: &str) -> Result<Self> {
        let from = c_text("the PCI address", from)?;
        let mut out = Self::default().to_c();
        // SAFETY: text that ends with a zero byte, and a place for the numbers.
        check(unsafe { sys::geyser_pci_address_parse(from.as_ptr(), &mut out) })?;
        Ok(Self::from_c(out))
    }
}

impl fmt::Display for PciAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let raw = self.to_c();
        // SAFETY: the struct lives during the call; the buffer has the capacity that is given.
        let written = text(|buffer, capacity, length| unsafe { sys::geyser_pci_address_format(&raw, buffer, capacity, length) });
        out.write_str(&written.unwrap_or_default())
    }
}

/// Names a device across APIs and processes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeviceIdentity {
    /// Nil for host memory.
    pub device_uuid: Uuid,
    /// Nil for host memory, and where the API does not tell (CUDA).
    pub driver_uuid: Uuid,
    /// Where the driver tells it.
    pub pci: Option<PciAddress>,
    /// Windows only.
    pub luid: Option<[u8; 8]>,
    /// For people, never compared; at most 255 bytes.
    pub name: String,
    /// For people, never compared; at most 255 bytes.
    pub driver: String,
}

impl DeviceIdentity {
    pub(crate) fn to_c(&self) -> sys::geyser_device_identity {
        let mut raw = sys::geyser_device_identity::sized();
        raw.device_uuid = self.device_uuid.to_c();
        raw.driver_uuid = self.driver_uuid.to_c();
        if let Some(pci) = self.pci {
            (raw.has_pci, raw.pci) = (1, pci.to_c());
        }
        if let Some(luid) = self.luid {
            (raw.has_luid, raw.luid) = (1, luid);
        }
        store(&mut raw.name, &self.name);
        store(&mut raw.driver, &self.driver);
        raw
    }

    pub(crate) fn from_c(raw: &sys::geyser_device_identity) -> Self {
        Self {
            device_uuid: Uuid(raw.device_uuid.bytes),
            driver_uuid: Uuid(raw.driver_uuid.bytes),
            pci: (raw.has_pci != 0).then_some(PciAddress::from_c(raw.pci)),
            luid: (raw.has_luid != 0).then_some(raw.luid),
            name: load(&raw.name),
            driver: load(&raw.driver),
        }
    }

    /// Whether opaque handles pass from this device to `importer`: device and driver UUID are equal, or the driver's is not told.
    ///
    /// # Errors
    /// `DeviceMismatch` with both in the message.
    pub fn check_same_device(&self, importer: &DeviceIdentity) -> Result<()> {
        let (exporter, importer) = (self.to_c(), importer.to_c());
        // SAFETY: both structs live during the call.
        check(unsafe { sys::geyser_check_same_device(&exporter, &importer) })
    }
}

/// Cuts where a character begins, and leaves the zero byte at the end.
fn store(to: &mut [c_char; 256], from: &str) {
    let end = from.floor_char_boundary(to.len() - 1);
    for (slot, byte) in to.iter_mut().zip(from[..end].bytes().take_while(|byte| *byte != 0)) {
        *slot = byte as c_char;
    }
}

fn load(from: &[c_char; 256]) -> String {
    let bytes: Vec<u8> = from.iter().take_while(|byte| **byte != 0).map(|byte| *byte as u8).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

enumeration! {
    /// How texture memory crosses. Values are part of the wire protocol.
    pub enum MemoryType: u32 {
        /// Not at all; where it is a wish: the best there is.
        None = sys::GEYSER_MEMORY_TYPE_NONE,
        /// A descriptor that one driver understands.
        OpaqueFd = sys::GEYSER_MEMORY_TYPE_OPAQUE_FD,
        /// A dma-buf, with a DRM modifier.
        DmaBuf = sys::GEYSER_MEMORY_TYPE_DMA_BUF,
        /// Sealed host memory.
        SharedMemory = sys::GEYSER_MEMORY_TYPE_SHARED_MEMORY,
        /// Windows: an NT handle that one driver understands.
        OpaqueWin32 = sys::GEYSER_MEMORY_TYPE_OPAQUE_WIN32,
        /// Windows: a texture of Direct3D 11.
        D3d11Texture = sys::GEYSER_MEMORY_TYPE_D3D11_TEXTURE,
        /// Windows: a resource of Direct3D 12.
        D3d12Resource = sys::GEYSER_MEMORY_TYPE_D3D12_RESOURCE,
        /// macOS: an IOSurface.
        IoSurface = sys::GEYSER_MEMORY_TYPE_IO_SURFACE,
        /// macOS: a shared texture of Metal.
        MetalTexture = sys::GEYSER_MEMORY_TYPE_METAL_TEXTURE,
    }
}

enumeration! {
    /// How a semaphore crosses. Values are part of the wire protocol.
    pub enum SemaphoreType: u32 {
        /// Not at all; where it is a wish: the best there is.
        None = sys::GEYSER_SEMAPHORE_TYPE_NONE,
        /// A descriptor that one driver understands.
        OpaqueFd = sys::GEYSER_SEMAPHORE_TYPE_OPAQUE_FD,
        /// A sync file.
        SyncFd = sys::GEYSER_SEMAPHORE_TYPE_SYNC_FD,
        /// A sealed page of host memory.
        HostPage = sys::GEYSER_SEMAPHORE_TYPE_HOST_PAGE,
        /// Windows: an NT handle that one driver understands.
        OpaqueWin32 = sys::GEYSER_SEMAPHORE_TYPE_OPAQUE_WIN32,
        /// Windows: a fence of Direct3D 12.
        D3d12Fence = sys::GEYSER_SEMAPHORE_TYPE_D3D12_FENCE,
        /// macOS: a shared event of Metal.
        MetalSharedEvent = sys::GEYSER_SEMAPHORE_TYPE_METAL_SHARED_EVENT,
    }
}

enumeration! {
    /// The rungs of the synchronisation ladder, best first.
    pub enum SemaphoreKind: u32 {
        /// A counter of the device.
        Timeline = sys::GEYSER_SEMAPHORE_KIND_TIMELINE,
        /// Each signal is waited for exactly once.
        Binary = sys::GEYSER_SEMAPHORE_KIND_BINARY,
        /// A counter in host memory.
        HostTimeline = sys::GEYSER_SEMAPHORE_KIND_HOST_TIMELINE,
    }
}

/// "opaque_fd" and the like, as the log and the command line tool write them.
macro_rules! named {
    ($($type:ident, $name:ident;)+) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                // SAFETY: any number is allowed; the text is in static storage.
                out.write_str(unsafe { crate::support::static_text(sys::$name(self.as_raw())) })
            }
        }
    )+};
}
pub(crate) use named;

named! {
    MemoryType, geyser_memory_type_name;
    SemaphoreType, geyser_semaphore_type_name;
    SemaphoreKind, geyser_semaphore_kind_name;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_come_back_as_they_went() {
        let identity = DeviceIdentity {
            device_uuid: Uuid([7; 16]),
            driver_uuid: Uuid([9; 16]),
            pci: Some(PciAddress { domain: 1, bus: 2, device: 3, function: 4 }),
            luid: Some([5; 8]),
            name: "A device".into(),
            driver: "its driver".into(),
        };
        assert_eq!(DeviceIdentity::from_c(&identity.to_c()), identity);
        let long = DeviceIdentity { name: "ä".repeat(300), ..DeviceIdentity::default() };
        assert_eq!(DeviceIdentity::from_c(&long.to_c()).name, "ä".repeat(127));
    }
}
