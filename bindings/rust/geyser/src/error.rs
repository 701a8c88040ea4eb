//! What went wrong: [`Error`], its [`ErrorKind`], and how a status of the library becomes one.

use std::{error, fmt, ptr};

use geyser_sys::{self as sys, Sized32};

use crate::support::{enumeration, owned_text};

/// What every fallible call of this crate gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The class of a failure: what a program branches on. The sentence in [`Error::message`] is for people, and may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is outside what is allowed; the message names it.
    InvalidArgument,
    /// The device cannot do this with this format.
    UnsupportedFormat,
    /// No handle type works for this pair of devices, or the handle is of a type that the device does not take.
    UnsupportedHandle,
    /// The device, the driver or this build of the library lacks a feature.
    UnsupportedFeature,
    /// More than a limit of the device, of a stream or of the library.
    LimitExceeded,
    /// The object belongs to another device, driver or manager.
    DeviceMismatch,
    /// The texture is in use in a way that excludes this use.
    AccessConflict,
    /// The call does not fit the state that the object is in.
    InvalidState,
    /// Nobody has written the texture yet.
    NotInitialized,
    /// The time was over before it happened; nothing has changed.
    TimedOut,
    /// No memory, on the host or on the device.
    OutOfMemory,
    /// There is nothing of that name or number.
    NotFound,
    /// The process at the other end is gone.
    PeerGone,
    /// What came from another process is not what it should be.
    ProtocolError,
    /// The device does not work any more.
    DeviceLost,
    /// The operating system refused.
    OsError,
    /// A defect of the library.
    Internal,
}

impl ErrorKind {
    fn from_raw(status: sys::geyser_status) -> Self {
        match status {
            sys::GEYSER_STATUS_INVALID_ARGUMENT => Self::InvalidArgument,
            sys::GEYSER_STATUS_UNSUPPORTED_FORMAT => Self::UnsupportedFormat,
            sys::GEYSER_STATUS_UNSUPPORTED_HANDLE => Self::UnsupportedHandle,
            sys::GEYSER_STATUS_UNSUPPORTED_FEATURE => Self::UnsupportedFeature,
            sys::GEYSER_STATUS_LIMIT_EXCEEDED => Self::LimitExceeded,
            sys::GEYSER_STATUS_DEVICE_MISMATCH => Self::DeviceMismatch,
            sys::GEYSER_STATUS_ACCESS_CONFLICT => Self::AccessConflict,
            sys::GEYSER_STATUS_INVALID_STATE => Self::InvalidState,
            sys::GEYSER_STATUS_NOT_INITIALIZED => Self::NotInitialized,
            sys::GEYSER_STATUS_TIMED_OUT => Self::TimedOut,
            sys::GEYSER_STATUS_OUT_OF_MEMORY => Self::OutOfMemory,
            sys::GEYSER_STATUS_NOT_FOUND => Self::NotFound,
            sys::GEYSER_STATUS_PEER_GONE => Self::PeerGone,
            sys::GEYSER_STATUS_PROTOCOL_ERROR => Self::ProtocolError,
            sys::GEYSER_STATUS_DEVICE_LOST => Self::DeviceLost,
            sys::GEYSER_STATUS_OS_ERROR => Self::OsError,
            _ => Self::Internal,
        }
    }

    /// The name that C++, C and the log give it: "timed_out".
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid_argument",
            Self::UnsupportedFormat => "unsupported_format",
            Self::UnsupportedHandle => "unsupported_handle",
            Self::UnsupportedFeature => "unsupported_feature",
            Self::LimitExceeded => "limit_exceeded",
            Self::DeviceMismatch => "device_mismatch",
            Self::AccessConflict => "access_conflict",
            Self::InvalidState => "invalid_state",
            Self::NotInitialized => "not_initialized",
            Self::TimedOut => "timed_out",
            Self::OutOfMemory => "out_of_memory",
            Self::NotFound => "not_found",
            Self::PeerGone => "peer_gone",
            Self::ProtocolError => "protocol_error",
            Self::DeviceLost => "device_lost",
            Self::OsError => "os_error",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

enumeration! {
    /// The API whose code [`Error::native_code`] is.
    pub enum ErrorDomain: u32 {
        /// No API's code.
        None = sys::GEYSER_ERROR_DOMAIN_NONE,
        /// `errno`.
        Posix = sys::GEYSER_ERROR_DOMAIN_POSIX,
        /// `GetLastError()` or an `HRESULT`.
        Win32 = sys::GEYSER_ERROR_DOMAIN_WIN32,
        /// `VkResult`.
        Vulkan = sys::GEYSER_ERROR_DOMAIN_VULKAN,
        /// `GLenum` of `glGetError()`.
        OpenGl = sys::GEYSER_ERROR_DOMAIN_OPENGL,
        /// `EGLint` of `eglGetError()`.
        Egl = sys::GEYSER_ERROR_DOMAIN_EGL,
        /// A code of Metal or IOSurface.
        Metal = sys::GEYSER_ERROR_DOMAIN_METAL,
        /// A status of WebGPU.
        WebGpu = sys::GEYSER_ERROR_DOMAIN_WEBGPU,
        /// `CUresult`.
        Cuda = sys::GEYSER_ERROR_DOMAIN_CUDA,
    }
}

crate::device::named! {
    ErrorDomain, geyser_error_domain_name;
}

/// A failure: its kind, one sentence that says what was given, what is allowed and what to do, the code of the API below, and the trail.
///
/// Ownership: a value; it refers to nothing. `Send` and `Sync`: it holds only text and numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    domain: ErrorDomain,
    native_code: i64,
    trail: Vec<String>,
}

impl Error {
    /// One that this crate or one that builds on it found by itself.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), domain: ErrorDomain::None, native_code: 0, trail: Vec::new() }
    }

    /// What to branch on.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// One sentence for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The API that [`native_code`](Self::native_code) is of.
    pub fn domain(&self) -> ErrorDomain {
        self.domain
    }

    /// `VkResult`, `errno`, `CUresult` ... as [`domain`](Self::domain) says; 0 when there is none.
    pub fn native_code(&self) -> i64 {
        self.native_code
    }

    /// What the library was doing, innermost first.
    pub fn trail(&self) -> &[String] {
        &self.trail
    }

    /// The failure with one step more of what was being done: `error.context("opening the picture")`.
    #[must_use]
    pub fn context(mut self, step: impl Into<String>) -> Self {
        self.trail.push(step.into());
        self
    }

    /// What the last call of this thread left, which failed with `status`.
    pub(crate) fn last(status: sys::geyser_status) -> Self {
        // SAFETY: no arguments; the error is this thread's, and no call comes between here and its last use below.
        let raw = unsafe { sys::geyser_last_error() };
        let mut info = sys::geyser_error_info::sized();
        // SAFETY: `raw` is null (refused) or this thread's last error; `info` has its size set.
        if raw.is_null() || unsafe { sys::geyser_error_query(raw, &mut info) } != sys::GEYSER_STATUS_OK {
            return Self::new(ErrorKind::from_raw(status), format!("The call failed with status {status} and left no message."));
        }
        let mut trail = Vec::with_capacity(info.trail_count as usize);
        for index in 0..info.trail_count {
            let mut step = ptr::null();
            // SAFETY: `raw` is still the last error: reading it changes nothing while it succeeds.
            if unsafe { sys::geyser_error_trail(raw, index, &mut step) } != sys::GEYSER_STATUS_OK {
                break;
            }
            // SAFETY: the text lives as long as the error.
            trail.push(unsafe { owned_text(step) });
        }
        Self {
            kind: ErrorKind::from_raw(status),
            // SAFETY: the text lives as long as the error.
            message: unsafe { owned_text(info.message) },
            domain: ErrorDomain::from_raw(info.domain).unwrap_or(ErrorDomain::None),
            native_code: info.native_code,
            trail,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        for step in &self.trail {
            write!(out, " (while {step})")?;
        }
        Ok(())
    }
}

impl error::Error for Error {}
