"""CUDA with PyTorch on a real GPU: every claim is checked by content, and zero-copy by addresses that stay.

Skipped, with the reason, where there is no NVIDIA GPU with driver and PyTorch.
"""

from __future__ import annotations

import gc
import multiprocessing
import pathlib
import subprocess
import sys
from typing import Any

import numpy
import pytest

import geyser
from conftest import pattern

if not geyser.has_cuda:
    pytest.skip("this build has no CUDA backend", allow_module_level=True)
torch = pytest.importorskip("torch", reason="PyTorch is not installed")
if not torch.cuda.is_available():
    pytest.skip("PyTorch sees no CUDA device", allow_module_level=True)

DESCRIPTOR = geyser.TextureDescriptor(250, 64, "rgba8_unorm")  # rows of 1000 bytes: a row pitch that is padded shows
FORMATS = ["r8_unorm", "rgba8_unorm", "bgra8_unorm", "r16_float", "rgba16_float", "r32_float", "rgba32_float", "rg32_sint"]


def device_uuid() -> str:
    return str(torch.cuda.get_device_properties(0).uuid)


@pytest.fixture(scope="module")
def cuda() -> geyser.TextureShareManager:
    torch.cuda.init()
    return geyser.cuda_manager(uuid=device_uuid())


@pytest.fixture(scope="module")
def partner(cuda: geyser.TextureShareManager) -> geyser.TextureShareManager:
    """Vulkan on the same device."""
    try:
        return geyser.vulkan_manager(uuid=cuda.identity.device_uuid)
    except geyser.Error as error:
        pytest.skip(f"no Vulkan on {cuda.identity.name}: {error.message}")


def host_array(tensor: Any) -> numpy.ndarray:
    array: numpy.ndarray = tensor.cpu().numpy()
    return array


def on_gpu(array: numpy.ndarray) -> Any:
    return torch.from_numpy(array).cuda()


def usable_linear(manager: geyser.TextureShareManager, descriptor: geyser.TextureDescriptor) -> bool:
    try:
        manager.create_texture(descriptor, linear=True)
    except geyser.UnsupportedFormat:
        return False
    return True


def test_the_managers_device_is_torchs(cuda: geyser.TextureShareManager) -> None:
    assert cuda.backend == "cuda" and cuda.identity.device_uuid == device_uuid()
    tensor = torch.zeros(4, device="cuda")
    texture = cuda.create_texture(DESCRIPTOR, linear=True)
    with texture.begin_write() as access:
        assert access.__dlpack_device__() == (2, tensor.device.index)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("writer", ["cuda", "partner"])
def test_a_linear_frame_is_a_tensor(
    request: pytest.FixtureRequest, cuda: geyser.TextureShareManager, random: numpy.random.Generator, writer: str, name: str
) -> None:
    manager = request.getfixturevalue(writer)
    descriptor = geyser.TextureDescriptor(250, 64, name)
    if not usable_linear(manager, descriptor):
        pytest.skip(f"{manager.backend} makes no linear {name}")
    with geyser.Publisher(manager, "torch", descriptor, linear=True) as publisher, geyser.Subscriber(cuda, "torch") as subscriber:
        addresses = set()
        for _ in range(9):
            array = pattern(random, descriptor)
            publisher.publish(array)
            with subscriber.acquire(timeout=5.0) as frame:
                assert frame.transport is geyser.Transport.zero_copy, subscriber.why_not_zero_copy
                tensor = torch.from_dlpack(frame)
                assert tensor.is_cuda and tuple(tensor.shape) == descriptor.shape()
                assert tensor.data_ptr() == frame.view().data_ptr
                addresses.add(tensor.data_ptr())
                assert (host_array(tensor) == array).all()
        # Nine frames through a ring of three textures: memory that were copied would lie elsewhere each time.
        assert len(addresses) == 3


def test_writing_through_a_tensor(cuda: geyser.TextureShareManager, partner: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    for reader in (cuda, partner):
        with geyser.Publisher(cuda, "written", DESCRIPTOR, linear=True) as publisher, geyser.Subscriber(reader, "written") as subscriber:
            for _ in range(5):
                array = pattern(random, DESCRIPTOR)
                with publisher.begin_frame() as frame:
                    torch.from_dlpack(frame).copy_(on_gpu(array))  # published behind torch's work, without a wait here
                with subscriber.acquire(timeout=5.0) as got:
                    assert got.transport is geyser.Transport.zero_copy, subscriber.why_not_zero_copy
                    assert (got.numpy() == array).all()


def test_streams_are_ordered(cuda: geyser.TextureShareManager, partner: geyser.TextureShareManager) -> None:
    """Slow work before and after a frame, in streams of torch's own: what is missing in the order shows in the content."""
    side = torch.cuda.Stream()
    heavy = torch.rand(4096, 4096, device="cuda")
    with geyser.Publisher(cuda, "ordered", DESCRIPTOR, linear=True) as publisher, geyser.Subscriber(partner, "ordered") as subscriber:
        for value in range(1, 9):
            frame = publisher.begin_frame()
            with torch.cuda.stream(side):
                tensor = torch.from_dlpack(frame)
                for _ in range(4):
                    heavy = heavy @ heavy
                    heavy /= heavy.max()
                tensor.fill_(value)
            frame.publish()
            with subscriber.acquire(timeout=10.0) as got:
                assert (got.numpy() == value).all()
    with geyser.Publisher(partner, "ordered", DESCRIPTOR, linear=True) as publisher:
        with geyser.Subscriber(cuda, "ordered") as subscriber:
            totals = []
            for value in range(1, 9):
                publisher.publish(numpy.full(DESCRIPTOR.shape(), value, numpy.uint8))
                with subscriber.acquire(timeout=10.0) as got, torch.cuda.stream(side):
                    for _ in range(4):
                        heavy = heavy @ heavy
                        heavy /= heavy.max()
                    totals.append(torch.from_dlpack(got).long().sum())  # read after the frame was given back, unless that follows
            side.synchronize()
            count = int(numpy.prod(DESCRIPTOR.shape()))
            assert [int(t) for t in totals] == [value * count for value in range(1, 9)]


def test_two_streams_use_one_frame(cuda: geyser.TextureShareManager) -> None:
    one, two = torch.cuda.Stream(), torch.cuda.Stream()
    with geyser.Publisher(cuda, "both", DESCRIPTOR, linear=True) as publisher, geyser.Subscriber(cuda, "both") as subscriber:
        with publisher.begin_frame() as frame:
            with torch.cuda.stream(one):
                torch.from_dlpack(frame)[:32].fill_(3)
            with torch.cuda.stream(two):
                torch.from_dlpack(frame)[32:].fill_(4)
        with subscriber.acquire(timeout=5.0) as got:
            array = got.numpy()
        assert (array[:32] == 3).all() and (array[32:] == 4).all()
        with publisher.begin_frame() as frame:
            capsule = frame.__dlpack__(stream=-1)  # no order asked for: publishing waits for the device
            torch.from_dlpack(capsule).fill_(5)
        with subscriber.acquire(timeout=5.0) as got:
            assert (got.numpy() == 5).all()


def test_the_array_interface(cuda: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    array = pattern(random, DESCRIPTOR)
    with geyser.Publisher(cuda, "interface", DESCRIPTOR, linear=True) as publisher, geyser.Subscriber(cuda, "interface") as subscriber:
        with publisher.begin_frame() as frame:
            tensor = torch.as_tensor(frame, device="cuda")
            assert tensor.data_ptr() == frame.view().data_ptr
            tensor.copy_(on_gpu(array))
        with subscriber.acquire(timeout=5.0) as frame:
            interface = frame.__cuda_array_interface__
            assert interface["data"] == (frame.view().data_ptr, True)
            assert (frame.numpy() == array).all()


def test_cupy(cuda: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    cupy = pytest.importorskip("cupy", reason="CuPy is not installed")
    array = pattern(random, DESCRIPTOR)
    with geyser.Publisher(cuda, "cupy", DESCRIPTOR, linear=True) as publisher, geyser.Subscriber(cuda, "cupy") as subscriber:
        with publisher.begin_frame() as frame:
            written = cupy.asarray(frame)
            assert written.data.ptr == frame.view().data_ptr
            written[...] = cupy.asarray(array)
        with subscriber.acquire(timeout=5.0) as frame:
            read = cupy.asarray(frame)
            assert read.data.ptr == frame.view().data_ptr and (cupy.asnumpy(read) == array).all()


@pytest.mark.parametrize("name", FORMATS)
def test_tiled_frames_take_one_copy(
    cuda: geyser.TextureShareManager, partner: geyser.TextureShareManager, random: numpy.random.Generator, name: str
) -> None:
    descriptor = geyser.TextureDescriptor(250, 64, name)
    stream = torch.cuda.current_stream().cuda_stream or None
    with geyser.Publisher(partner, "tiled", descriptor) as publisher, geyser.Subscriber(cuda, "tiled") as subscriber:
        array = pattern(random, descriptor)
        publisher.publish(array)
        with subscriber.acquire(timeout=5.0) as frame:
            assert frame.transport is geyser.Transport.zero_copy, subscriber.why_not_zero_copy
            with pytest.raises(BufferError, match="tiled"):
                torch.from_dlpack(frame)
            own = torch.from_dlpack(frame.to_linear(stream=stream))
            given = torch.full_like(own, 0)
            assert frame.to_linear(given, stream=stream) is given
            assert (frame.numpy() == array).all()
        assert (host_array(own) == array).all() and (host_array(given) == array).all()
    with geyser.Publisher(cuda, "tiled", descriptor) as publisher, geyser.Subscriber(partner, "tiled") as subscriber:
        with publisher.begin_frame() as frame:
            frame.from_linear(given, stream=stream)
        with subscriber.acquire(timeout=5.0) as got:
            assert (got.numpy() == array).all()


def test_textures_without_streams(cuda: geyser.TextureShareManager, partner: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    """Vulkan writes, CUDA reads, CUDA writes, Vulkan reads."""
    for linear in (True, False):
        texture = partner.create_texture(DESCRIPTOR, linear=linear)
        array = pattern(random, DESCRIPTOR)
        texture.upload(array)
        shared = cuda.import_texture(texture.export())
        with shared.begin_read() as access:
            tensor = torch.from_dlpack(access if linear else access.to_linear())
            assert (host_array(tensor) == array).all()
        changed = on_gpu(255 - array)
        with shared.begin_write() as access:
            if linear:
                torch.from_dlpack(access).copy_(changed)
            else:
                access.from_linear(changed)
        torch.cuda.synchronize()  # without a semaphore the end of the access is finished on the host
        assert (texture.read_back() == 255 - array).all(), linear


def test_tensors_keep_memory(cuda: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    with geyser.Publisher(cuda, "kept", DESCRIPTOR, linear=True) as publisher, geyser.Subscriber(cuda, "kept") as subscriber:
        first = pattern(random, DESCRIPTOR)
        publisher.publish(first)
        tensor = torch.from_dlpack(subscriber.acquire(timeout=5.0))
        gc.collect()
        for _ in range(6):
            publisher.publish(pattern(random, DESCRIPTOR))
        assert publisher.status().readers[0].claims == 1
        assert (host_array(tensor) == first).all()
        del tensor
        gc.collect()
        assert publisher.status().readers[0].claims == 0
    with geyser.Publisher(cuda, "kept", DESCRIPTOR, linear=True) as publisher:
        frame = publisher.begin_frame()
        written = torch.from_dlpack(frame)
        written.fill_(7)
        frame.publish()
    del frame
    gc.collect()
    assert (host_array(written) == 7).all()  # the stream has ended, its memory has not


def publish_pattern(uuid: str, name: str, linear: bool, frames: int) -> None:
    manager = geyser.vulkan_manager(uuid=uuid)
    with geyser.Publisher(manager, name, DESCRIPTOR, pacing="lockstep", linear=linear) as publisher:
        publisher.wait_for_subscribers(1, timeout=60.0)
        for number in range(1, frames + 1):
            publisher.publish(pattern(numpy.random.default_rng(number), DESCRIPTOR), timeout=30.0)
        publisher.begin_frame(timeout=30.0).discard()  # everybody is done


@pytest.mark.parametrize("linear", [True, False])
def test_across_processes(cuda: geyser.TextureShareManager, partner: geyser.TextureShareManager, linear: bool) -> None:
    child = multiprocessing.get_context("spawn").Process(target=publish_pattern, args=(cuda.identity.device_uuid, "spawned", linear, 12))
    child.start()
    seen = 0
    with geyser.Subscriber(cuda, "spawned", timeout=60.0, reconnect=False) as subscriber:
        for frame in subscriber:
            seen += 1
            assert frame.transport is geyser.Transport.zero_copy, subscriber.why_not_zero_copy
            tensor = torch.from_dlpack(frame) if linear else torch.from_dlpack(frame.to_linear())
            assert (host_array(tensor) == pattern(numpy.random.default_rng(frame.number), DESCRIPTOR)).all()
    child.join(60)
    assert child.exitcode == 0 and seen == 12


def test_the_example(cuda: geyser.TextureShareManager, tmp_path: pathlib.Path) -> None:
    folder = pathlib.Path(__file__).resolve().parents[3] / "examples" / "python"
    if not folder.is_dir():
        pytest.skip("the examples are not beside the tests")
    for extra in (["--linear"], []):
        publish = [sys.executable, folder / "publish_numpy.py", "torch", "--device", "cuda", "--size", "64x48", *extra]
        publisher = subprocess.Popen(publish, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            read = [sys.executable, folder / "subscribe_torch.py", "torch", "--frames", "5"]
            run = subprocess.run(read, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        finally:
            publisher.send_signal(2)
            said, _ = publisher.communicate(timeout=60)
        assert run.returncode == 0, (run.stderr, said)
        assert run.stdout.count("(48, 64, 4)") == 5 and ("zero-copy" in run.stdout or not extra)
