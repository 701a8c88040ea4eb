//! Declarations of libgeyser's C interface, as `include/geyser/geyser.h` says them: its rules on status, ownership, structs, text, lists and
//! threads hold here too, and nothing is checked by Rust. The crate `geyser` is the safe interface.
//!
//! What each function does is in its comment, which comes from the header. Names, types and values are the header's own. The library is found
//! when this crate is built: `GEYSER_LIB_DIR`, else `pkg-config geyser-c`, else the checkout that the crate stands in.

#[allow(missing_docs, non_camel_case_types, clippy::all, clippy::undocumented_unsafe_blocks)]
#[rustfmt::skip]
mod bindings;

pub use bindings::*;

/// A struct of the interface that begins with `struct_size`.
///
/// # Safety
/// The type is `repr(C)`, all bytes zero are a value of it, and its first field is `struct_size: u32`.
pub unsafe trait Sized32: Sized {
    /// The header's `GEYSER_INIT`: the size set, every other field zero, which is the default everywhere.
    fn sized() -> Self {
        // SAFETY: zero is a value of the type, as the trait's implementor promises.
        let mut value: Self = unsafe { core::mem::zeroed() };
        // SAFETY: the first field of the repr(C) struct is the u32 that is written here.
        unsafe { core::ptr::from_mut(&mut value).cast::<u32>().write(core::mem::size_of::<Self>() as u32) };
        value
    }
}
