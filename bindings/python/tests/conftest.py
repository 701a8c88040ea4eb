"""Managers to test with, a folder of streams for each test, and a look at what is left open."""

from __future__ import annotations

import gc
import os
import pathlib
import signal
from collections.abc import Iterator

import numpy
import pytest

import geyser


# What a shell starts in the background ignores Ctrl-C, and hands that down; the tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Streams of one test are not seen by another; sockets need short paths."""
    folder = pathlib.Path("/tmp") / f"geyser-py-{os.getpid()}-{abs(hash(tmp_path)) % 100000}"
    folder.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


@pytest.fixture(scope="session")
def host() -> geyser.TextureShareManager:
    return geyser.host_manager()


@pytest.fixture(scope="session")
def vulkan() -> geyser.TextureShareManager:
    """A Vulkan device, software or not; the first one unless GEYSER_TEST_VULKAN names another."""
    try:
        return geyser.vulkan_manager(name=os.environ.get("GEYSER_TEST_VULKAN", ""))
    except geyser.NotFound as error:
        pytest.skip(f"no Vulkan device: {error.message}")


@pytest.fixture(params=["host", "vulkan"])
def manager(request: pytest.FixtureRequest) -> geyser.TextureShareManager:
    made: geyser.TextureShareManager = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def random() -> numpy.random.Generator:
    return numpy.random.default_rng(20260101)


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fails the test when descriptors are left that it opened."""
    gc.collect()
    before = open_descriptors()
    yield
    gc.collect()
    after = open_descriptors()
    assert after <= before, f"{after - before} descriptors are left"


def pattern(random: numpy.random.Generator, descriptor: geyser.TextureDescriptor, region: geyser.TextureRegion | None = None) -> numpy.ndarray:
    """Random bytes of a region; floats without NaN, whose bits need not survive a conversion that the test makes."""
    region = region or geyser.TextureRegion()
    dtype = geyser.format_info(descriptor.format).dtype(region.plane)
    shape = descriptor.shape(region)
    if dtype.kind == "f":
        return random.uniform(0, 1, shape).astype(dtype)
    raw = random.integers(0, 256, (*shape, dtype.itemsize), numpy.uint8)
    return raw.view(dtype).reshape(shape)
