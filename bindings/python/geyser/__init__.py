"""Sharing GPU textures between APIs, devices and processes without copying.

A stream from one process to another::

    import geyser, numpy

    manager = geyser.vulkan_manager()
    texture = geyser.TextureDescriptor(640, 480, "rgba8_unorm")
    with geyser.Publisher(manager, "camera", texture) as publisher:
        with publisher.begin_frame() as frame:        # published when the block is left
            frame.upload(numpy.zeros((480, 640, 4), numpy.uint8))

    with geyser.Subscriber(manager, "camera") as subscriber:
        with subscriber.acquire(timeout=1.0) as frame:
            array = frame.numpy()

Timeouts are seconds; None waits without end. Waits release the GIL and are ended by Ctrl-C. Every failure is a geyser.Error
with code, message, trail and native_code. Arrays have the format's own component type and the shape (height, width,
components); packed formats are one uint32 a texel, compressed ones (rows of blocks, blocks in a row, bytes of a block).

Zero-copy: `frame.numpy(copy=False)` and `numpy.from_dlpack(frame)` on the host; `torch.from_dlpack(frame)` and
`__cuda_array_interface__` with cuda_manager() and a linear stream. What is tiled goes through `frame.to_linear()`, one copy on
the device. DLPack has no read-only flag before its version 1, and PyTorch ignores it: do not write what a subscriber gave.
"""

from __future__ import annotations

from ._geyser import *  # noqa: F403
from ._geyser import StreamInfo, list_streams, version
from .errors import *  # noqa: F403

__version__ = version()

__all__ = [name for name in dir() if not name.startswith("_") and name not in ("annotations", "errors")] + ["__version__", "list"]


def list(directory: str = "") -> "_builtins.list[StreamInfo]":
    """Live streams, by name; the same as Directory(directory).list()."""
    return list_streams(directory)


import builtins as _builtins  # noqa: E402  (list above has the builtin's name)
