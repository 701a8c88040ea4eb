"""The exceptions of geyser: one class per Errc, all of them Error, and Python's own class too where it has one."""

from __future__ import annotations

from ._geyser import Errc

__all__ = [
    "AccessConflict",
    "DeviceLost",
    "DeviceMismatch",
    "Errc",
    "Error",
    "InternalError",
    "InvalidArgument",
    "InvalidState",
    "LimitExceeded",
    "NotFound",
    "NotInitialized",
    "OsError",
    "OutOfMemory",
    "PeerGone",
    "ProtocolError",
    "TimedOut",
    "UnsupportedFeature",
    "UnsupportedFormat",
    "UnsupportedHandle",
]


class Error(Exception):
    """A failure of the library, in one sentence that says what was given, what is allowed and what to do."""

    code: Errc
    """The class of the failure."""
    message: str
    """The sentence alone; str() adds native code and trail."""
    domain: str
    """The API whose number native_code is: "none", "posix", "vulkan", "opengl", "egl", "cuda"."""
    native_code: int
    """VkResult, errno, CUresult ... as domain says; 0 when there is none."""
    trail: tuple[str, ...]
    """What the library was doing, innermost first."""


class InvalidArgument(Error, ValueError):
    """A value that no device accepts."""


class UnsupportedFormat(Error):
    """This device cannot use the format in the way asked for."""


class UnsupportedHandle(Error):
    """No handle type that both sides can use."""


class UnsupportedFeature(Error):
    """The device, the driver or this build lacks something."""


class LimitExceeded(Error):
    """Beyond a limit of this device or process."""


class DeviceMismatch(Error):
    """The object or handle belongs to another device, driver or manager."""


class AccessConflict(Error):
    """Another access is open that excludes this one."""


class InvalidState(Error):
    """Right call, wrong time."""


class NotInitialized(Error):
    """A read of a texture that nobody has written."""


class TimedOut(Error, TimeoutError):
    """A bounded wait ended."""


class OutOfMemory(Error, MemoryError):
    """Host or device memory, or the process's file descriptors, are used up."""


class NotFound(Error, LookupError):
    """No device, library or name like that."""


class PeerGone(Error, ConnectionError):
    """The other process closed its end or died."""


class ProtocolError(Error):
    """Bytes or handles from another process that break the contract."""


class DeviceLost(Error):
    """The device is gone; drop everything made from it."""


class OsError(Error, OSError):
    """A system call failed."""


class InternalError(Error):
    """A defect of the library; please report the message."""


_CLASSES: dict[Errc, type[Error]] = {
    Errc.invalid_argument: InvalidArgument,
    Errc.unsupported_format: UnsupportedFormat,
    Errc.unsupported_handle: UnsupportedHandle,
    Errc.unsupported_feature: UnsupportedFeature,
    Errc.limit_exceeded: LimitExceeded,
    Errc.device_mismatch: DeviceMismatch,
    Errc.access_conflict: AccessConflict,
    Errc.invalid_state: InvalidState,
    Errc.not_initialized: NotInitialized,
    Errc.timed_out: TimedOut,
    Errc.out_of_memory: OutOfMemory,
    Errc.not_found: NotFound,
    Errc.peer_gone: PeerGone,
    Errc.protocol_error: ProtocolError,
    Errc.device_lost: DeviceLost,
    Errc.os_error: OsError,
    Errc.internal: InternalError,
}


def _make(code: Errc, message: str, domain: str, native_code: int, trail: tuple[str, ...], description: str) -> Error:
    """Called by the extension module for every error of the library."""
    kind = _CLASSES[code]
    # OSError with two arguments takes the first for errno, and shows it with str().
    error = kind(description) if not (kind is OsError and native_code) else kind(native_code, description)
    error.code = code
    error.message = message
    error.domain = domain
    error.native_code = native_code
    error.trail = trail
    return error
