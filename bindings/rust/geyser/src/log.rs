//! The library's log: where its lines go, and which.

use std::{
    cell::Cell,
    ffi::{c_char, c_void},
    fmt, ptr,
    sync::{Mutex, PoisonError},
};

use geyser_sys as sys;

use crate::support::{abi, c_text, check, contained, enumeration, owned_text};
use crate::{Error, ErrorKind, Result};

enumeration! {
    /// How much a line matters.
    pub enum LogLevel: u32 {
        /// For whoever works on the library.
        Debug = sys::GEYSER_LOG_DEBUG,
        /// What happens.
        Info = sys::GEYSER_LOG_INFO,
        /// What is not as it should be, and goes on.
        Warning = sys::GEYSER_LOG_WARNING,
        /// What failed.
        Error = sys::GEYSER_LOG_ERROR,
        /// As the lowest level: nothing is let through.
        Off = sys::GEYSER_LOG_OFF,
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Off => "off",
        })
    }
}

type Callback = Box<dyn Fn(LogLevel, &str) + Send + Sync>;

/// What the library calls now; it stays where it is until another one has taken its place.
static CURRENT: Mutex<Option<Box<Callback>>> = Mutex::new(None);

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

fn outside(what: &str) -> Result<()> {
    if INSIDE.get() {
        return Err(Error::new(
            ErrorKind::InvalidState,
            format!("{what} was called by the log callback, which must not call the library: it would wait for itself."),
        ));
    }
    Ok(())
}

unsafe extern "C" fn receive(level: sys::geyser_log_level, message: *const c_char, user: *mut c_void) {
    INSIDE.set(true);
    contained(|| {
        // SAFETY: `user` is the callback that was set, which lives until C has stopped calling it; the text lives during the call.
        let (callback, message) = unsafe { (&*user.cast::<Callback>(), owned_text(message)) };
        callback(LogLevel::from_raw(level).unwrap_or(LogLevel::Error), &message);
    });
    INSIDE.set(false);
}

/// Sends the log to `callback`, one line without a newline at a time, from any thread; `None` restores the default, which writes warnings and
/// errors to standard error. After the call the one before is not called any more, and is dropped. The callback must not call the library
/// (this function and [`log`] refuse it; others may wait for themselves). A panic in it goes no further.
///
/// # Errors
/// `InvalidState` inside of the callback; `UnsupportedFeature` for a library of another ABI.
pub fn set_log_callback(callback: Option<Callback>) -> Result<()> {
    outside("set_log_callback")?;
    abi()?;
    let next = callback.map(Box::new);
    let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    let status = match &next {
        // SAFETY: the callback lies in a box of its own, which is kept until C has another one.
        Some(next) => unsafe { sys::geyser_set_log_callback(Some(receive), ptr::from_ref::<Callback>(next).cast_mut().cast()) },
        // SAFETY: null restores the default.
        None => unsafe { sys::geyser_set_log_callback(None, ptr::null_mut()) },
    };
    check(status)?;
    let before = std::mem::replace(&mut *current, next);
    drop(current);
    drop(before);
    Ok(())
}

/// Lowest level that reaches the callback; default warning, or what the environment variable `GEYSER_LOG` says.
///
/// # Errors
/// None of these levels.
pub fn set_log_level(level: LogLevel) -> Result<()> {
    // SAFETY: any thread.
    check(unsafe { sys::geyser_set_log_level(level.as_raw()) })
}

/// Writes one line.
///
/// # Errors
/// `InvalidArgument` for a zero byte in it, `InvalidState` inside of the callback.
pub fn log(level: LogLevel, message: &str) -> Result<()> {
    outside("log")?;
    let message = c_text("the message", message)?;
    // SAFETY: the text lives during the call.
    check(unsafe { sys::geyser_log(level.as_raw(), message.as_ptr()) })
}
