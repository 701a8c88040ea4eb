#!/usr/bin/env python3
"""Publishes a moving picture made with NumPy. Read it with subscribe_numpy.py, subscribe_torch.py or `geyser view`."""

from __future__ import annotations

import argparse
import time

import numpy

import geyser


def picture(width: int, height: int, number: int) -> "numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.uint8]]":
    """A diagonal ramp that moves two texels a frame; blue counts frames."""
    y, x = numpy.mgrid[0:height, 0:width]
    pixels = numpy.empty((height, width, 4), numpy.uint8)
    pixels[:, :, 0] = (x + y + 2 * number) & 255
    pixels[:, :, 1] = (x - y) & 255
    pixels[:, :, 2] = number & 255
    pixels[:, :, 3] = 255
    return pixels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="numpy")
    parser.add_argument("--device", default="host", help='"host", "cuda", or a part of a Vulkan device\'s name ("" takes the best)')
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--frames", type=int, default=0, help="0: until Ctrl-C")
    parser.add_argument("--fps", type=float, default=60.0)
    parser.add_argument("--linear", action="store_true", help="rows of texels one after the other: zero-copy for CUDA")
    given = parser.parse_args()

    width, height = (int(side) for side in given.size.split("x"))
    if given.device == "host":
        manager = geyser.host_manager()
    elif given.device == "cuda":
        manager = geyser.cuda_manager()
    else:
        manager = geyser.vulkan_manager(name=given.device)
    texture = geyser.TextureDescriptor(width, height, "rgba8_unorm", color=geyser.ColorInfo(alpha="ignored"))
    with geyser.Publisher(manager, given.name, texture, linear=given.linear) as publisher:
        print(f'publishing "{publisher.name}", {width}x{height}, from {manager.identity.name}', flush=True)
        number, start = 0, time.monotonic()
        try:
            while given.frames == 0 or number < given.frames:
                number += 1
                with publisher.begin_frame() as frame:  # published when the block is left
                    frame.upload(picture(width, height, number))
                time.sleep(max(0.0, start + number / given.fps - time.monotonic()))
        except KeyboardInterrupt:
            pass
        print(f"published {number} frames", flush=True)


if __name__ == "__main__":
    main()
