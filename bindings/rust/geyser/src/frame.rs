//! What travels with every frame of a stream besides its pixels: [`FrameMetadata`], [`FrameInfo`].

use std::{ffi::c_void, fmt, ptr};

use geyser_sys::{self as sys, Sized32};

use crate::support::{check, count, enumeration, known};
use crate::{ColorInfo, Result};

/// The most bytes of [`FrameMetadata::user_data`].
pub const MAX_USER_DATA_BYTES: usize = sys::GEYSER_MAX_USER_DATA_BYTES as usize;

enumeration! {
    /// Which clock a moment is from.
    pub enum Clock: u32 {
        /// `CLOCK_MONOTONIC`.
        Monotonic = sys::GEYSER_CLOCK_MONOTONIC,
        /// `CLOCK_REALTIME`.
        Realtime = sys::GEYSER_CLOCK_REALTIME,
        /// The producer's own, which only he knows.
        Media = sys::GEYSER_CLOCK_MEDIA,
    }
}

crate::device::named! {
    Clock, geyser_clock_name;
}

/// A moment on a named clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp {
    /// Nanoseconds since the clock's beginning.
    pub nanoseconds: i64,
    /// The clock.
    pub clock: Clock,
}

impl Timestamp {
    /// Now, on the monotonic or the realtime clock.
    ///
    /// # Errors
    /// `InvalidArgument`: only the producer knows the media clock.
    pub fn now(clock: Clock) -> Result<Self> {
        let mut raw = sys::geyser_timestamp { nanoseconds: 0, clock: 0, reserved: 0 };
        // SAFETY: a place for the moment.
        check(unsafe { sys::geyser_timestamp_now(clock.as_raw(), &mut raw) })?;
        Self::from_c(raw)
    }
    const fn to_c(self) -> sys::geyser_timestamp {
        sys::geyser_timestamp { nanoseconds: self.nanoseconds, clock: self.clock.as_raw(), reserved: 0 }
    }
    pub(crate) fn from_c(raw: sys::geyser_timestamp) -> Result<Self> {
        Ok(Self { nanoseconds: raw.nanoseconds, clock: known(raw.clock)? })
    }
}

/// Texels of mip level 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rect {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// Texels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Rect {
    const fn to_c(self) -> sys::geyser_rect {
        sys::geyser_rect { x: self.x, y: self.y, width: self.width, height: self.height }
    }
}

/// Mastering display (SMPTE ST 2086) and content light level (CTA-861.3).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HdrMetadata {
    /// Red, green, blue: CIE 1931 x and y.
    pub primaries: [[f32; 2]; 3],
    /// CIE 1931 x and y.
    pub white_point: [f32; 2],
    /// Candela per square metre.
    pub max_luminance: f32,
    /// Candela per square metre.
    pub min_luminance: f32,
    /// Candela per square metre.
    pub max_content_light_level: f32,
    /// Candela per square metre.
    pub max_frame_average_light_level: f32,
}

impl HdrMetadata {
    const fn to_c(self) -> sys::geyser_hdr_metadata {
        sys::geyser_hdr_metadata {
            primaries: self.primaries,
            white_point: self.white_point,
            max_luminance: self.max_luminance,
            min_luminance: self.min_luminance,
            max_content_light_level: self.max_content_light_level,
            max_frame_average_light_level: self.max_frame_average_light_level,
        }
    }
    const fn from_c(raw: sys::geyser_hdr_metadata) -> Self {
        Self {
            primaries: raw.primaries,
            white_point: raw.white_point,
            max_luminance: raw.max_luminance,
            min_luminance: raw.min_luminance,
            max_content_light_level: raw.max_content_light_level,
            max_frame_average_light_level: raw.max_frame_average_light_level,
        }
    }
}

/// What the publisher says about a frame. Every field may be left out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FrameMetadata<'a> {
    /// `None`: the moment of publishing, monotonic.
    pub timestamp: Option<Timestamp>,
    /// What changed since the frame before; `None`: all of it.
    pub damage: Option<Rect>,
    /// `None`: the descriptor's.
    pub color: Option<ColorInfo>,
    /// `None`: none.
    pub hdr: Option<HdrMetadata>,
    /// The publisher's own bytes, at most [`MAX_USER_DATA_BYTES`].
    pub user_data: &'a [u8],
}

/// A [`FrameMetadata`] as C reads it, with the parts that it points to.
pub(crate) struct CMetadata {
    raw: sys::geyser_frame_metadata,
    timestamp: Option<sys::geyser_timestamp>,
    damage: Option<sys::geyser_rect>,
    color: Option<sys::geyser_color_info>,
    hdr: Option<sys::geyser_hdr_metadata>,
}

impl FrameMetadata<'_> {
    pub(crate) fn to_c(self) -> Result<CMetadata> {
        let mut raw = sys::geyser_frame_metadata::sized();
        raw.user_data = self.user_data.as_ptr().cast::<c_void>();
        raw.user_bytes = count("user_data", self.user_data.len())?;
        Ok(CMetadata {
            raw,
            timestamp: self.timestamp.map(Timestamp::to_c),
            damage: self.damage.map(Rect::to_c),
            color: self.color.map(ColorInfo::to_c),
            hdr: self.hdr.map(HdrMetadata::to_c),
        })
    }
}

impl CMetadata {
    /// The struct, whose pointers are set now that its parts have their place. `user_data` is that of the [`FrameMetadata`].
    pub(crate) fn as_ptr(&mut self) -> *const sys::geyser_frame_metadata {
        self.raw.timestamp = self.timestamp.as_ref().map_or(ptr::null(), ptr::from_ref);
        self.raw.damage = self.damage.as_ref().map_or(ptr::null(), ptr::from_ref);
        self.raw.color = self.color.as_ref().map_or(ptr::null(), ptr::from_ref);
        self.raw.hdr = self.hdr.as_ref().map_or(ptr::null(), ptr::from_ref);
        &self.raw
    }
}

/// What a subscriber reads about a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameInfo {
    /// 1 for a stream's first frame.
    pub number: u64,
    /// Rises when size or format change.
    pub generation: u64,
    /// Frames published since the one acquired before, which this subscriber did not take.
    pub skipped: u64,
    /// Monotonic: when it was published.
    pub published: Timestamp,
    /// What the publisher said, or `published`.
    pub timestamp: Timestamp,
    /// What changed; `None`: all of it.
    pub damage: Option<Rect>,
    /// How its numbers are meant.
    pub color: ColorInfo,
    /// Where the publisher said it.
    pub hdr: Option<HdrMetadata>,
    /// The publisher's own bytes.
    pub user_data: Vec<u8>,
}

impl FrameInfo {
    /// # Safety
    /// `raw.user_data` is that many bytes, which live during the call.
    pub(crate) unsafe fn from_c(raw: &sys::geyser_frame_info) -> Result<Self> {
        let user_data = if raw.user_data.is_null() || raw.user_bytes == 0 {
            Vec::new()
        } else {
            // SAFETY: as the caller promises.
            unsafe { std::slice::from_raw_parts(raw.user_data.cast::<u8>(), raw.user_bytes as usize) }.to_vec()
        };
        Ok(Self {
            number: raw.number,
            generation: raw.generation,
            skipped: raw.skipped,
            published: Timestamp::from_c(raw.published)?,
            timestamp: Timestamp::from_c(raw.timestamp)?,
            damage: (raw.has_damage != 0).then_some(Rect {
                x: raw.damage.x,
                y: raw.damage.y,
                width: raw.damage.width,
                height: raw.damage.height,
            }),
            color: ColorInfo::from_c(raw.color)?,
            hdr: (raw.has_hdr != 0).then_some(HdrMetadata::from_c(raw.hdr)),
            user_data,
        })
    }
}
