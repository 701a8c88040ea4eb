//! What every module needs to call C: owners of objects, text, times, structs to be filled.

use std::{
    ffi::{CStr, CString, c_char},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::{self, NonNull},
    sync::OnceLock,
    time::Duration,
};

use geyser_sys::{self as sys, Sized32};

use crate::{Error, ErrorKind, Result};

/// An enumeration of the interface: the numbers of C under names of Rust.
macro_rules! enumeration {
    ($(#[$about:meta])* pub enum $name:ident: $number:ty { $($(#[$doc:meta])* $variant:ident = $value:expr,)+ }) => {
        $(#[$about])*
        ///
        /// A newer library may have more of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// All that this crate knows, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The number in the C interface.
            pub const fn as_raw(self) -> $number {
                match self { $(Self::$variant => $value,)+ }
            }

            /// The one with that number in the C interface; `None` where a newer library has more than this crate knows.
            pub const fn from_raw(number: $number) -> Option<Self> {
                $(if number == $value { return Some(Self::$variant); })+
                None
            }
        }

        impl $crate::support::Enumeration for $name {
            const WHAT: &str = stringify!($name);
            fn number(raw: u32) -> Option<Self> {
                Self::from_raw(raw as $number)
            }
        }
    };
}
pub(crate) use enumeration;

/// Owns an object of the library, and destroys it when it goes.
macro_rules! owner {
    ($(#[$about:meta])* $name:ident, $type:ident, $destroy:ident $(, Send because $why:literal)? $(, Sync because $why_sync:literal)?) => {
        $(#[$about])*
        #[derive(Debug)]
        pub(crate) struct $name(std::ptr::NonNull<sys::$type>);

        impl $name {
            #[allow(dead_code)]
            pub(crate) fn as_ptr(&self) -> *mut sys::$type {
                self.0.as_ptr()
            }

            /// Makes the library's object and takes it over.
            #[allow(dead_code)]
            pub(crate) fn made(make: impl FnOnce(*mut *mut sys::$type) -> sys::geyser_status) -> $crate::Result<Self> {
                $crate::support::made(make).map(Self)
            }

            /// Gives the object up to a call that consumed it.
            #[allow(dead_code)]
            pub(crate) fn consumed(self) {
                std::mem::forget(self);
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                // SAFETY: the object is this owner's alone and has not been destroyed or consumed (`consumed` takes the owner away).
                unsafe { sys::$destroy(self.0.as_ptr()) }
            }
        }

        $(
            // SAFETY: the header's `Threads:` line for it:
            #[doc = $why]
            unsafe impl Send for $name {}
        )?
        $(
            // SAFETY: the header's `Threads:` line for it:
            #[doc = $why_sync]
            unsafe impl Sync for $name {}
        )?
    };
}
pub(crate) use owner;

/// An enumeration that a number of the library may be of.
pub(crate) trait Enumeration: Sized {
    const WHAT: &str;
    fn number(raw: u32) -> Option<Self>;
}

/// A number of the library as an enumeration; one that only a newer library has is an error.
pub(crate) fn known<T: Enumeration>(raw: u32) -> Result<T> {
    T::number(raw).ok_or_else(|| {
        Error::new(
            ErrorKind::UnsupportedFeature,
            format!(
                "The library gave {raw} for a {}, which this crate does not know; use the geyser crate that belongs to the library.",
                T::WHAT
            ),
        )
    })
}

/// The status as a result, with what the library says of the failure.
pub(crate) fn check(status: sys::geyser_status) -> Result<()> {
    if status == sys::GEYSER_STATUS_OK { Ok(()) } else { Err(Error::last(status)) }
}

/// The pointer that a successful call wrote.
pub(crate) fn made<T>(make: impl FnOnce(*mut *mut T) -> sys::geyser_status) -> Result<NonNull<T>> {
    abi()?;
    let mut out = ptr::null_mut();
    check(make(&mut out))?;
    NonNull::new(out).ok_or_else(|| Error::new(ErrorKind::Internal, "The library said that it made an object, and gave none."))
}

/// The struct that a successful call filled.
pub(crate) fn filled<T: Sized32>(fill: impl FnOnce(*mut T) -> sys::geyser_status) -> Result<T> {
    let mut out = T::sized();
    check(fill(&mut out))?;
    Ok(out)
}

/// The number, or other plain value, that a successful call wrote.
pub(crate) fn written<T: Default>(write: impl FnOnce(*mut T) -> sys::geyser_status) -> Result<T> {
    let mut out = T::default();
    check(write(&mut out))?;
    Ok(out)
}

/// Text of a call that writes it to a buffer.
pub(crate) fn text(write: impl Fn(*mut c_char, usize, *mut usize) -> sys::geyser_status) -> Result<String> {
    let mut length = 0;
    check(write(ptr::null_mut(), 0, &mut length))?;
    loop {
        let mut buffer = vec![0u8; length + 1];
        let mut full = 0;
        check(write(buffer.as_mut_ptr().cast(), buffer.len(), &mut full))?;
        if full <= length {
            buffer.truncate(full);
            return Ok(String::from_utf8_lossy(&buffer).into_owned());
        }
        length = full; // it grew between the two calls
    }
}

/// A copy of text of the library; null is empty.
///
/// # Safety
/// `text` is null, or text that ends with a zero byte and lives during the call.
pub(crate) unsafe fn owned_text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// Text in static storage of the library; null is empty.
///
/// # Safety
/// `text` is null, or text that ends with a zero byte and lives as long as the program.
pub(crate) unsafe fn static_text(text: *const c_char) -> &'static str {
    if text.is_null() {
        return "";
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap_or("")
}

/// Text for C; a zero byte inside is refused, since C would take it for the end.
pub(crate) fn c_text(what: &str, text: &str) -> Result<CString> {
    CString::new(text).map_err(|error| {
        Error::new(
            ErrorKind::InvalidArgument,
            format!("{what} has a zero byte at index {}; C's text ends there, so leave it out.", error.nul_position()),
        )
    })
}

/// Optional text for C: empty is none.
pub(crate) fn c_option(what: &str, text: &str) -> Result<Option<CString>> {
    if text.is_empty() { Ok(None) } else { c_text(what, text).map(Some) }
}

pub(crate) fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}

/// Nanoseconds for C; what does not fit (292 years) is the most that does.
pub(crate) fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// Nanoseconds from C, of which none are below zero.
pub(crate) fn duration(nanoseconds: i64) -> Duration {
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0))
}

pub(crate) fn flag(value: bool) -> sys::geyser_bool {
    u32::from(value)
}

/// A length for C's 32 bits.
pub(crate) fn count(what: &str, length: usize) -> Result<u32> {
    u32::try_from(length)
        .map_err(|_| Error::new(ErrorKind::LimitExceeded, format!("{what} has {length} entries; at most {} are allowed.", u32::MAX)))
}

/// Calls what the program gave, from a callback of C: a panic ends here, since there is nobody to hand it to. Its hook has written it to
/// standard error. The payload's destructor may panic too; the payload of that is leaked, for there is no end to it. False: it panicked.
pub(crate) fn contained(call: impl FnOnce()) -> bool {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(()) => true,
        Err(payload) => {
            if let Err(another) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
                std::mem::forget(another);
            }
            false
        }
    }
}

/// Compares, once, the ABI of the library that is loaded with that of the declarations.
pub(crate) fn abi() -> Result<()> {
    static LOADED: OnceLock<u32> = OnceLock::new();
    // SAFETY: no arguments, any thread.
    let loaded = *LOADED.get_or_init(|| unsafe { sys::geyser_abi_version() });
    compare_abi(loaded)
}

fn compare_abi(loaded: u32) -> Result<()> {
    if loaded == sys::GEYSER_ABI_VERSION {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::UnsupportedFeature,
        format!(
            "The libgeyser that is loaded has ABI {loaded}, and this program was built for ABI {}; install the library that it was built with, or build it again.",
            sys::GEYSER_ABI_VERSION
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_abi_is_refused_with_both_numbers() {
        let error = compare_abi(7).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsupportedFeature);
        assert!(error.message().contains("ABI 7") && error.message().contains("ABI 1"), "{error}");
        assert_eq!(compare_abi(sys::GEYSER_ABI_VERSION), Ok(()));
    }

    #[test]
    fn times_saturate() {
        assert_eq!(nanoseconds(Duration::MAX), i64::MAX);
        assert_eq!(nanoseconds(Duration::from_micros(3)), 3000);
        assert_eq!(duration(-1), Duration::ZERO);
    }

    #[test]
    fn a_zero_byte_in_text_is_refused_with_its_place() {
        let error = c_text("the name", "a\0b").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains("index 1"), "{error}");
    }

    #[test]
    fn a_number_of_a_newer_library_is_refused() {
        let error = known::<crate::Layout>(99).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsupportedFeature);
        assert!(error.message().contains("99") && error.message().contains("Layout"), "{error}");
    }
}
