"""python -m geyser.view NAME: a stream's frames as pictures, in a notebook or as a PNG file."""

from __future__ import annotations

import argparse
import importlib
import os
import pathlib
import sys
import time
from typing import Any

from . import errors
from ._geyser import Subscriber, TextureShareManager, host_manager, vulkan_manager
from .pictures import frame_png

__all__ = ["main", "show"]


def _notebook() -> Any:
    """IPython's display module when this runs in a notebook, else None."""
    if "IPython" not in sys.modules:
        return None
    shell = sys.modules["IPython"].get_ipython()
    if shell is None or type(shell).__name__ == "TerminalInteractiveShell":
        return None
    return importlib.import_module("IPython.display")


def _manager(device: str) -> TextureShareManager:
    return host_manager() if device == "host" else vulkan_manager(name=device)


def show(name: str, *, device: str = "host", timeout: float | None = 5.0, directory: str = "") -> bytes:
    """The newest frame of a stream as PNG, read on the host or on the Vulkan device of that name."""
    with _manager(device) as manager, Subscriber(manager, name, timeout=timeout, directory=directory) as subscriber:
        with subscriber.acquire(timeout) as frame:
            return frame_png(frame)


def _write(path: pathlib.Path, png: bytes) -> None:
    """Whoever looks at the file sees a whole picture, this one or the one before."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(png)
    os.replace(part, path)


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m geyser.view", description="Shows the frames of a stream.")
    parser.add_argument("name", help="name of the stream; `geyser list` shows them")
    parser.add_argument("--png", type=pathlib.Path, metavar="FILE", help="where to write the picture (NAME.png)")
    parser.add_argument("--once", action="store_true", help="one frame, then end; otherwise four pictures a second at most")
    parser.add_argument("--device", default="host", help="host (default), or a part of a Vulkan device's name")
    parser.add_argument("--timeout", type=float, default=5.0, metavar="SECONDS", help="how long to wait for stream and frame (5)")
    parser.add_argument("--directory", default="", help="where streams are announced, when it is not the user's own folder")
    given = parser.parse_args(arguments)
    display = _notebook() if given.png is None else None
    path = given.png or pathlib.Path(given.name.replace("/", "_") + ".png")
    shown = None
    try:
        with _manager(given.device) as manager:
            with Subscriber(manager, given.name, timeout=given.timeout, directory=given.directory) as subscriber:
                while True:
                    with subscriber.acquire(given.timeout) as frame:
                        png, number = frame_png(frame), frame.number
                    if display is None:
                        _write(path, png)
                        print(f"frame {number} of {given.name}: {path}", flush=True)
                    elif shown is None:
                        shown = display.display(display.Image(data=png), display_id=True)
                    else:
                        shown.update(display.Image(data=png))
                    if given.once:
                        return 0
                    time.sleep(0.25)
    except KeyboardInterrupt:
        return 0
    except errors.Error as error:
        print(f"geyser.view: {error.message}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
