#!/usr/bin/env python3
"""Reads a stream into NumPy arrays and prints what comes."""

from __future__ import annotations

import argparse

import geyser


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="numpy")
    parser.add_argument("--device", default="host", help='"host", or a part of a Vulkan device\'s name')
    parser.add_argument("--frames", type=int, default=0, help="0: until Ctrl-C")
    given = parser.parse_args()

    manager = geyser.host_manager() if given.device == "host" else geyser.vulkan_manager(name=given.device)
    read = 0
    with geyser.Subscriber(manager, given.name, timeout=10.0) as subscriber:
        try:
            for frame in subscriber:  # each is released when the next one is asked for
                array = frame.numpy()
                read += 1
                mean = array.reshape(-1, array.shape[-1]).mean(axis=0).round(1).tolist()
                print(f"frame {frame.number}: {array.shape} {array.dtype}, mean {mean}, by {frame.transport.name}", flush=True)
                if read == given.frames:
                    break
        except KeyboardInterrupt:
            pass
    print(f"read {read} frames", flush=True)


if __name__ == "__main__":
    main()
