"""Not run: mypy --strict reads it, so that the stubs say what programs may write. scripts/python_check calls it."""

from __future__ import annotations

from typing import Any

import numpy
from numpy.typing import NDArray

import geyser
from geyser.errors import Error, TimedOut


def publish(array: NDArray[numpy.uint8]) -> int:
    manager: geyser.TextureShareManager = geyser.vulkan_manager(index=0)
    descriptor = geyser.TextureDescriptor(640, 480, "rgba8_unorm", color=geyser.ColorInfo(transfer="linear"))
    width: int = descriptor.width
    with geyser.Publisher(manager, "typed", descriptor, pacing=geyser.Pacing.queue) as publisher:
        with publisher.begin_frame(timeout=None) as frame:
            frame.upload(array)
            number: int = frame.publish(geyser.FrameMetadata(user_data=b"typed"))
        status: geyser.StreamStatus = publisher.status()
        return number + width + status.frames


def read(name: str) -> NDArray[Any]:
    try:
        with geyser.Subscriber(geyser.host_manager(), name, timeout=0.5) as subscriber:
            for frame in subscriber:
                info: geyser.FrameInfo = frame.info
                if info.number > 3:
                    return frame.numpy(copy=True)
            with subscriber.acquire(timeout=1.0) as last:
                return last.numpy(geyser.TextureRegion(mip_level=0))
    except TimedOut as error:
        trail: tuple[str, ...] = error.trail
        raise RuntimeError(trail) from error
    except Error as error:
        code: geyser.Errc = error.code
        raise RuntimeError(code.name, error.message, error.native_code) from error


def textures(manager: geyser.TextureShareManager) -> list[str]:
    with manager.create_texture(geyser.TextureDescriptor(4, 4, geyser.TextureFormat.r8_unorm), linear=True) as texture:
        with texture.export() as handle:
            fd: int = handle.fileno()
        state: geyser.TextureState = texture.begin_write().end()
        points: list[geyser.SyncPoint] = list(state.points)
        texture.upload(numpy.zeros((4, 4), numpy.uint8), wait_for=points)
    streams: list[geyser.StreamInfo] = geyser.list()
    return [stream.name for stream in streams] + [str(fd)]


def mistakes(manager: geyser.TextureShareManager) -> None:
    manager.create_texture("rgba8_unorm")  # type: ignore[arg-type]
    geyser.Publisher(manager, 3, geyser.TextureDescriptor(1, 1, "r8_unorm"))  # type: ignore[arg-type]
    geyser.Subscriber(manager, "name", timeout="soon")  # type: ignore[arg-type]
    manager.no_such_method()  # type: ignore[attr-defined]
