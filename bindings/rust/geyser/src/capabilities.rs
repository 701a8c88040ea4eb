//! What a device can share, and what two have in common: [`MemorySupport`], [`FormatSupport`], [`Negotiation`], [`negotiate`], [`explain`].

use std::ptr;

use geyser_sys as sys;

use crate::support::{Enumeration, check, filled, known, owned_text, owner, text, written};
use crate::{Error, ErrorKind, Extent, Manager, MemoryType, Result, SemaphoreKind, SemaphoreType, TextureDescriptor};

/// What the device can do with one type of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemorySupport {
    /// The type.
    pub memory_type: MemoryType,
    /// Textures of it can be handed over.
    pub can_export: bool,
    /// Textures of it can be taken.
    pub can_import: bool,
    /// One clause when one of the two is false, else "".
    pub why_not: String,
}

/// What the device can do with one kind of semaphore, handed over in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SemaphoreSupport {
    /// The kind.
    pub kind: SemaphoreKind,
    /// The way.
    pub semaphore_type: SemaphoreType,
    /// Can be handed over.
    pub can_export: bool,
    /// Can be taken.
    pub can_import: bool,
    /// One clause when one of the two is false, else "".
    pub why_not: String,
}

/// A DRM format modifier with the number of memory planes it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Modifier {
    /// As drm_fourcc.h numbers them.
    pub modifier: u64,
    /// Memory planes.
    pub memory_planes: u32,
}

impl Modifier {
    pub(crate) const fn to_c(self) -> sys::geyser_modifier {
        sys::geyser_modifier { modifier: self.modifier, memory_planes: self.memory_planes, reserved: 0 }
    }
    const fn from_c(raw: &sys::geyser_modifier) -> Self {
        Self { modifier: raw.modifier, memory_planes: raw.memory_planes }
    }
}

/// What a device can do with textures of one description, by one type of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatSupport {
    /// The type of memory.
    pub memory_type: MemoryType,
    /// Can be handed over.
    pub can_export: bool,
    /// Can be taken.
    pub can_import: bool,
    /// The driver wants one allocation per texture.
    pub dedicated_required: bool,
    /// Texels.
    pub max_extent: Extent,
    /// Levels.
    pub max_mip_levels: u32,
    /// Layers.
    pub max_array_layers: u32,
    /// dma-buf only.
    pub modifiers: Vec<Modifier>,
    /// One clause when it can neither be exported nor imported, else "".
    pub why_not: String,
}

/// What two devices have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiation {
    /// How texture memory will cross.
    pub memory: MemoryType,
    /// Which semaphores.
    pub semaphore_kind: SemaphoreKind,
    /// How they will cross.
    pub semaphore_type: SemaphoreType,
    /// The two are one device with one driver.
    pub same_device: bool,
    /// Why better rungs were not taken: "opaque_fd: the device UUIDs differ (...)".
    pub rejected: Vec<String>,
}

owner!(RawFormatSupportList, geyser_format_support_list, geyser_format_support_list_destroy);
owner!(RawNegotiation, geyser_negotiation, geyser_negotiation_destroy);

impl Manager {
    /// What the device can do, for every type of memory it knows, best first. Types of a newer library than this crate are left out.
    ///
    /// # Errors
    /// None of a manager that is alive; `Internal` otherwise.
    pub fn memory_support(&self) -> Result<Vec<MemorySupport>> {
        // SAFETY: the manager is alive.
        let count = written::<u32>(|out| unsafe { sys::geyser_manager_memory_support_count(self.as_raw(), out) })?;
        let mut all = Vec::with_capacity(count as usize);
        for index in 0..count {
            // SAFETY: the manager is alive, `out` is a struct with its size set.
            let raw = filled::<sys::geyser_memory_support>(|out| unsafe { sys::geyser_manager_memory_support(self.as_raw(), index, out) })?;
            let Some(memory_type) = MemoryType::number(raw.type_) else { continue };
            // SAFETY: the text lives as long as the manager.
            let why_not = unsafe { owned_text(raw.why_not) };
            all.push(MemorySupport { memory_type, can_export: raw.can_export != 0, can_import: raw.can_import != 0, why_not });
        }
        Ok(all)
    }

    /// What the device can do with semaphores, best first. Types of a newer library than this crate are left out.
    ///
    /// # Errors
    /// As [`memory_support`](Self::memory_support).
    pub fn semaphore_support(&self) -> Result<Vec<SemaphoreSupport>> {
        // SAFETY: the manager is alive.
        let count = written::<u32>(|out| unsafe { sys::geyser_manager_semaphore_support_count(self.as_raw(), out) })?;
        let mut all = Vec::with_capacity(count as usize);
        for index in 0..count {
            // SAFETY: the manager is alive, `out` is a struct with its size set.
            let raw =
                filled::<sys::geyser_semaphore_support>(|out| unsafe { sys::geyser_manager_semaphore_support(self.as_raw(), index, out) })?;
            let (Some(kind), Some(semaphore_type)) = (SemaphoreKind::number(raw.kind), SemaphoreType::number(raw.type_)) else { continue };
            // SAFETY: the text lives as long as the manager.
            let why_not = unsafe { owned_text(raw.why_not) };
            all.push(SemaphoreSupport { kind, semaphore_type, can_export: raw.can_export != 0, can_import: raw.can_import != 0, why_not });
        }
        Ok(all)
    }

    /// What the device can do with textures like `descriptor`, for every type of memory it knows. Types of a newer library are left out.
    ///
    /// # Errors
    /// As [`TextureDescriptor::validate`], `OutOfMemory`.
    pub fn format_support(&self, descriptor: &TextureDescriptor) -> Result<Vec<FormatSupport>> {
        let descriptor = descriptor.to_c()?;
        // SAFETY: the manager is alive and the descriptor lives during the call.
        let list = RawFormatSupportList::made(|out| unsafe { sys::geyser_manager_format_support(self.as_raw(), &descriptor.raw, out) })?;
        // SAFETY: the list is alive.
        let count = written::<u32>(|out| unsafe { sys::geyser_format_support_list_count(list.as_ptr(), out) })?;
        let mut all = Vec::with_capacity(count as usize);
        for index in 0..count {
            // SAFETY: the list is alive, `out` is a struct with its size set.
            let raw = filled::<sys::geyser_format_support>(|out| unsafe { sys::geyser_format_support_list_at(list.as_ptr(), index, out) })?;
            let Some(memory_type) = MemoryType::number(raw.type_) else { continue };
            let modifiers = if raw.modifiers.is_null() || raw.modifier_count == 0 {
                Vec::new()
            } else {
                // SAFETY: that many modifiers, which live as long as the list.
                unsafe { std::slice::from_raw_parts(raw.modifiers, raw.modifier_count as usize) }.iter().map(Modifier::from_c).collect()
            };
            all.push(FormatSupport {
                memory_type,
                can_export: raw.can_export != 0,
                can_import: raw.can_import != 0,
                dedicated_required: raw.dedicated_required != 0,
                max_extent: Extent::from_c(raw.max_extent),
                max_mip_levels: raw.max_mip_levels,
                max_array_layers: raw.max_array_layers,
                modifiers,
                // SAFETY: the text lives as long as the list.
                why_not: unsafe { owned_text(raw.why_not) },
            });
        }
        Ok(all)
    }
}

/// Chooses memory and semaphore types that `exporter` can export and `importer` can import, best first.
///
/// # Errors
/// `DeviceMismatch` when a shared type exists but the devices differ, `UnsupportedHandle` when there is none; the message carries every reason.
pub fn negotiate(exporter: &Manager, importer: &Manager) -> Result<Negotiation> {
    // SAFETY: both managers are alive.
    let negotiation = RawNegotiation::made(|out| unsafe { sys::geyser_negotiate(exporter.as_raw(), importer.as_raw(), out) })?;
    // SAFETY: the negotiation is alive, `out` is a struct with its size set.
    let raw = filled::<sys::geyser_negotiation_info>(|out| unsafe { sys::geyser_negotiation_query(negotiation.as_ptr(), out) })?;
    let mut rejected = Vec::with_capacity(raw.rejected_count as usize);
    for index in 0..raw.rejected_count {
        let mut reason = ptr::null();
        // SAFETY: the negotiation is alive.
        check(unsafe { sys::geyser_negotiation_rejected(negotiation.as_ptr(), index, &mut reason) })?;
        // SAFETY: the text lives as long as the negotiation.
        rejected.push(unsafe { owned_text(reason) });
    }
    Ok(Negotiation {
        memory: known(raw.memory)?,
        semaphore_kind: known(raw.semaphore_kind)?,
        semaphore_type: known(raw.semaphore_type)?,
        same_device: raw.same_device != 0,
        rejected,
    })
}

/// For people: what `exporter` can hand to `importer` and, where not, why.
///
/// # Errors
/// `OutOfMemory`.
pub fn explain(exporter: &Manager, importer: &Manager) -> Result<String> {
    // SAFETY: both managers are alive; the buffer has the capacity that is given.
    text(|buffer, capacity, length| unsafe { sys::geyser_explain(exporter.as_raw(), importer.as_raw(), buffer, capacity, length) })
}

/// Modifiers that both lists have with the same number of memory planes, in the exporter's order.
///
/// # Errors
/// `LimitExceeded` for more than 2^32 - 1 of them, `OutOfMemory`.
pub fn common_modifiers(exporter: &[Modifier], importer: &[Modifier]) -> Result<Vec<Modifier>> {
    let limit = |list: &[Modifier]| {
        u32::try_from(list.len()).map_err(|_| {
            Error::new(ErrorKind::LimitExceeded, format!("{} modifiers were given; at most {} are allowed.", list.len(), u32::MAX))
        })
    };
    let (mine, theirs) = (limit(exporter)?, limit(importer)?);
    let a: Vec<_> = exporter.iter().map(|modifier| modifier.to_c()).collect();
    let b: Vec<_> = importer.iter().map(|modifier| modifier.to_c()).collect();
    let mut out = a.clone();
    let mut count = 0;
    // SAFETY: each pointer is to as many entries as are said; there are never more in common than the exporter has.
    check(unsafe { sys::geyser_common_modifiers(a.as_ptr(), mine, b.as_ptr(), theirs, out.as_mut_ptr(), mine, &mut count) })?;
    Ok(out.iter().take(count as usize).map(Modifier::from_c).collect())
}
