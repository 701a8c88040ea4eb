"""Publishers and subscribers: one process, several, Ctrl-C, threads."""

from __future__ import annotations

import _thread
import gc
import multiprocessing
import os
import signal
import threading
import time
from typing import Any

import numpy
import pytest

import geyser
from conftest import open_descriptors, pattern

pytestmark = pytest.mark.usefixtures("nothing_left")
DESCRIPTOR = geyser.TextureDescriptor(48, 32, "rgba8_unorm")


def picture(number: int, descriptor: geyser.TextureDescriptor = DESCRIPTOR) -> numpy.ndarray:
    """What frame `number` shows, in every process alike."""
    return pattern(numpy.random.default_rng(number), descriptor)


def make_manager(backend: str) -> geyser.TextureShareManager:
    return geyser.host_manager() if backend == "host" else geyser.vulkan_manager()


def read_stream(backend: str, name: str, frames: int, answers: Any) -> None:
    """A reader in a process of its own: what it saw, frame by frame."""
    try:
        with geyser.Subscriber(make_manager(backend), name, timeout=20.0, reconnect=False) as subscriber:
            for frame in subscriber:
                good = bool((frame.numpy() == picture(frame.number)).all())
                answers.put((frame.number, good, frame.transport.name, frame.info.user_data))
                if frame.number == frames:
                    break
    except Exception as error:  # the parent asks what came
        answers.put(repr(error))


@pytest.mark.parametrize("writer,reader", [("host", "host"), ("vulkan", "vulkan"), ("vulkan", "host"), ("host", "vulkan")])
def test_across_processes(writer: str, reader: str, runtime_folder: Any) -> None:
    before = open_descriptors()
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    frames = 8
    with geyser.Publisher(make_manager(writer), "spawned", DESCRIPTOR, pacing="lockstep") as publisher:
        child = context.Process(target=read_stream, args=(reader, "spawned", frames, answers))
        child.start()
        publisher.wait_for_subscribers(1, timeout=30.0)
        for number in range(1, frames + 1):
            with publisher.begin_frame(timeout=20.0) as frame:
                frame.upload(picture(number))
                assert frame.publish(geyser.FrameMetadata(user_data=b"%d" % number)) == number
        seen = [answers.get(timeout=30) for _ in range(frames)]
        child.join(30)
    assert child.exitcode == 0
    expected = "zero_copy" if writer == reader else "host_bridge"
    if reader == "vulkan" and writer == "host":
        expected = seen[0][2]  # either is right: it depends on whether the driver imports host memory
    assert seen == [(n, True, expected, b"%d" % n) for n in range(1, frames + 1)]
    child.close()
    answers.close()
    answers.join_thread()
    del child, answers, context
    gc.collect()
    # multiprocessing keeps its resource tracker's pipe.
    assert open_descriptors() <= before + 1


@pytest.fixture(autouse=True)
def resource_tracker() -> None:
    """multiprocessing's own helper is started before descriptors are counted."""
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()


def test_frames_publish_when_their_block_ends(manager: geyser.TextureShareManager) -> None:
    with geyser.Publisher(manager, "blocks", DESCRIPTOR) as publisher, geyser.Subscriber(manager, "blocks") as subscriber:
        with publisher.begin_frame() as frame:
            frame.upload(picture(1))
        assert not frame.open
        with subscriber.acquire() as got:
            assert got.number == 1 and (got.numpy() == picture(1)).all()
        with pytest.raises(RuntimeError, match="no picture"), publisher.begin_frame() as frame:
            raise RuntimeError("no picture")
        with publisher.begin_frame() as frame:
            frame.discard()
        with pytest.raises(geyser.TimedOut):
            subscriber.acquire(timeout=0.05)
        assert publisher.publish(picture(2)) == 2
        with pytest.raises(geyser.InvalidState, match="over"):
            frame.upload(picture(3))
        with pytest.raises(geyser.InvalidState, match="over"):
            frame.publish()
        with subscriber.acquire() as got:
            assert (got.numpy() == picture(2)).all()
        assert (subscriber.acquire_newest().numpy() == picture(2)).all()
    for closed in (publisher, subscriber):
        assert closed.closed
    with pytest.raises(geyser.InvalidState, match="closed"):
        publisher.begin_frame()
    with pytest.raises(geyser.InvalidState, match="closed"):
        subscriber.acquire()


def test_the_type_of_a_streams_memory(host: geyser.TextureShareManager) -> None:
    with geyser.Publisher(host, "typed", DESCRIPTOR, handle_type="shared_memory") as publisher:
        publisher.publish(picture(1))
    with pytest.raises(geyser.UnsupportedHandle, match="dma_buf"):
        geyser.Publisher(host, "typed", DESCRIPTOR, handle_type="dma_buf")


def test_a_frame_outlives_everybody(manager: geyser.TextureShareManager) -> None:
    publisher = geyser.Publisher(manager, "gone", DESCRIPTOR)
    subscriber = geyser.Subscriber(manager, "gone")
    publisher.publish(picture(1))
    frame = subscriber.acquire()
    publisher.close()
    subscriber.close()
    assert (frame.numpy() == picture(1)).all()
    frame.release()
    frame.release()
    with pytest.raises(geyser.InvalidState, match="over"):
        frame.numpy()


def test_iterating(host: geyser.TextureShareManager) -> None:
    with geyser.Publisher(host, "loop", DESCRIPTOR, pacing="lockstep") as publisher:
        with geyser.Subscriber(host, "loop", reconnect=False) as subscriber:

            def publish() -> None:
                for number in range(1, 6):
                    with publisher.begin_frame(timeout=10.0) as frame:
                        frame.upload(picture(number))
                publisher.begin_frame(timeout=10.0).discard()  # everybody has released the last one
                publisher.close()

            thread = threading.Thread(target=publish)
            thread.start()
            # Lockstep would stand still if the loop kept a frame while it waits for the next one.
            seen = [(frame.number, bool((frame.numpy() == picture(frame.number)).all())) for frame in subscriber]
            thread.join()
            assert seen == [(n, True) for n in range(1, 6)]
            assert subscriber.state is geyser.SubscriberState.ended
            with pytest.raises(StopIteration):
                next(iter(subscriber))
    with geyser.Publisher(host, "slow", DESCRIPTOR), geyser.Subscriber(host, "slow") as subscriber:
        with pytest.raises(geyser.TimedOut):
            next(subscriber.frames(timeout=0.06))


def test_metadata(host: geyser.TextureShareManager) -> None:
    hdr = geyser.HdrMetadata()
    hdr.max_luminance = 1000
    hdr.primaries = [[0.5, 0.25], [0.125, 0.75], [0.0625, 0.5]]
    color = geyser.ColorInfo("bt2020", "pq", alpha="ignored")
    metadata = geyser.FrameMetadata(
        timestamp=geyser.Timestamp(123456789, "media"), damage=geyser.Rect(1, 2, 3, 4), color=color, hdr=hdr, user_data=b"\0own\xff"
    )
    with geyser.Publisher(host, "meta", DESCRIPTOR) as publisher, geyser.Subscriber(host, "meta") as subscriber:
        with publisher.begin_frame() as frame:
            frame.upload(picture(1))
            frame.publish(metadata)
        with subscriber.acquire() as got:
            info = got.info
        assert info.timestamp == geyser.Timestamp(123456789, "media") and info.published.clock is geyser.ClockType.monotonic
        assert abs(info.published.nanoseconds - time.monotonic_ns()) < 10**10
        assert info.color == color and info.hdr == hdr and info.user_data == b"\0own\xff"
        assert (info.number, info.generation, info.skipped) == (1, 1, 0)
        assert info.damage in (geyser.Rect(1, 2, 3, 4), None)
        with pytest.raises(geyser.InvalidArgument, match="1024"):
            with publisher.begin_frame() as frame:
                frame.publish(geyser.FrameMetadata(user_data=bytes(1025)))


def test_resize(manager: geyser.TextureShareManager) -> None:
    larger = geyser.TextureDescriptor(64, 40, "rgba16_float")
    with geyser.Publisher(manager, "grows", DESCRIPTOR) as publisher, geyser.Subscriber(manager, "grows") as subscriber:
        publisher.publish(picture(1))
        first = subscriber.acquire()
        publisher.reconfigure(larger)
        assert publisher.descriptor == larger
        publisher.publish(picture(2, larger))
        with subscriber.acquire() as second:
            assert second.descriptor == larger and (second.numpy() == picture(2, larger)).all()
            assert second.info.generation == first.info.generation + 1
        assert (first.numpy() == picture(1)).all()
        first.release()


def test_directory_and_status(manager: geyser.TextureShareManager) -> None:
    directory = geyser.Directory()
    assert directory.list() == [] and geyser.list() == []
    started: list[geyser.Publisher] = []
    timer = threading.Timer(0.15, lambda: started.append(geyser.Publisher(manager, "näme", DESCRIPTOR, application="a test")))
    timer.start()
    (info,) = directory.wait_for_change(timeout=10.0)
    timer.join()
    assert [one.uuid for one in directory.wait_for_change(timeout=0.06)] == [info.uuid]
    with started.pop() as publisher:
        assert (info.name, info.application, info.process_id, info.backend) == ("näme", "a test", os.getpid(), manager.backend)
        assert info.texture == DESCRIPTOR and info.uuid == publisher.uuid and info.ring == 3
        assert not publisher.has_subscribers
        device = geyser.device_of_stream("näme")
        assert (device.device_uuid, device.driver_uuid) == (manager.identity.device_uuid, manager.identity.driver_uuid)
        with geyser.Subscriber(manager, "näme", application="a reader") as subscriber:
            publisher.wait_for_subscribers()
            publisher.publish(picture(1))
            subscriber.acquire().release()
            status = directory.status("näme")
            (reader,) = status.readers
            assert (reader.application, reader.transport, reader.frames) == ("a reader", geyser.Transport.zero_copy, 1)
            assert status.frames == publisher.status().frames == 1 and reader.latency_p50 >= 0
            assert subscriber.statistics.frames == 1 and subscriber.stream.name == "näme" and subscriber.why_not_zero_copy == ""
    with pytest.raises(geyser.NotFound, match="There is no stream"):
        directory.find("näme")
    with pytest.raises(geyser.NotFound, match="There is no stream"):
        geyser.device_of_stream("näme")


@pytest.mark.parametrize("name", ["two\nlines", "", "x" * 129, "nul\0"])
def test_bad_names(manager: geyser.TextureShareManager, name: str) -> None:
    with pytest.raises(geyser.InvalidArgument):
        geyser.Publisher(manager, name, DESCRIPTOR)
    with pytest.raises(geyser.InvalidArgument):
        geyser.Subscriber(manager, name, timeout=0.0)


def test_bad_options(host: geyser.TextureShareManager) -> None:
    with pytest.raises(geyser.InvalidArgument, match="ring"):
        geyser.Publisher(host, "bad", DESCRIPTOR, ring=1)
    with pytest.raises(geyser.InvalidArgument, match="latest, queue, lockstep"):
        geyser.Publisher(host, "bad", DESCRIPTOR, pacing="often")
    with pytest.raises(geyser.InvalidArgument):
        geyser.Publisher(host, "bad", geyser.TextureDescriptor(0, 1, "r8_unorm"))
    with pytest.raises(TypeError):
        geyser.Publisher(host, "bad", "no descriptor")  # type: ignore[arg-type]
    with geyser.Publisher(host, "taken", DESCRIPTOR):
        with pytest.raises(geyser.InvalidState, match=str(os.getpid())):
            geyser.Publisher(host, "taken", DESCRIPTOR)
        with pytest.raises(geyser.InvalidArgument, match="max_held"):
            geyser.Subscriber(host, "taken", max_held=99)
    with geyser.Publisher(host, "held", DESCRIPTOR) as publisher, geyser.Subscriber(host, "held", max_held=1) as subscriber:
        publisher.publish(picture(1))
        kept = subscriber.acquire()
        publisher.publish(picture(2))
        with pytest.raises(geyser.LimitExceeded):
            subscriber.acquire(timeout=0.1)
        del kept
        assert subscriber.acquire(timeout=1.0).number == 2


def test_time_outs_name_the_whole_time(host: geyser.TextureShareManager) -> None:
    with geyser.Publisher(host, "quiet", DESCRIPTOR), geyser.Subscriber(host, "quiet") as subscriber:
        start = time.monotonic()
        with pytest.raises(geyser.TimedOut, match="within 230 ms"):
            subscriber.acquire(timeout=0.23)
        assert 0.22 < time.monotonic() - start < 5


def test_a_stream_may_appear_later(host: geyser.TextureShareManager) -> None:
    made: list[geyser.Publisher] = []
    threading.Timer(0.25, lambda: made.append(geyser.Publisher(host, "later", DESCRIPTOR))).start()
    with geyser.Subscriber(host, "later", timeout=10.0) as subscriber:
        assert subscriber.stream.name == "later"
    made[0].close()


def test_waits_release_the_gil(host: geyser.TextureShareManager) -> None:
    counted = 0
    stop = threading.Event()

    def count() -> None:
        nonlocal counted
        while not stop.is_set():
            counted += 1

    thread = threading.Thread(target=count)
    with geyser.Publisher(host, "gil", DESCRIPTOR), geyser.Subscriber(host, "gil") as subscriber:
        thread.start()
        with pytest.raises(geyser.TimedOut):
            subscriber.acquire(timeout=0.4)
        stop.set()
        thread.join()
    assert counted > 1000  # a wait that kept the GIL leaves next to none


def test_threads_share_a_subscriber(host: geyser.TextureShareManager) -> None:
    with geyser.Publisher(host, "shared", DESCRIPTOR) as publisher, geyser.Subscriber(host, "shared", max_held=4) as subscriber:
        failures: list[BaseException] = []

        def read() -> None:
            try:
                for _ in range(20):
                    try:
                        with subscriber.acquire(timeout=0.5) as frame:
                            assert (frame.numpy() == picture(frame.number % 7)).all()
                    except geyser.TimedOut:
                        return
            except BaseException as error:  # shown by the main thread
                failures.append(error)

        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(1, 40):
            publisher.publish(picture(number % 7))
            time.sleep(0.002)
        for thread in threads:
            thread.join()
        assert not failures


def test_close_ends_another_threads_wait(host: geyser.TextureShareManager) -> None:
    with geyser.Publisher(host, "closing", DESCRIPTOR):
        subscriber = geyser.Subscriber(host, "closing")
        threading.Timer(0.15, subscriber.close).start()
        start = time.monotonic()
        with pytest.raises(geyser.InvalidState, match="closed"):
            subscriber.acquire(timeout=30.0)
        assert time.monotonic() - start < 10


@pytest.mark.parametrize("what", ["acquire", "begin_frame", "connect", "semaphore", "iterate"])
def test_control_c_ends_waits(host: geyser.TextureShareManager, what: str) -> None:
    with geyser.Publisher(host, "interrupted", DESCRIPTOR, pacing="queue", ring=2) as publisher:
        subscriber = geyser.Subscriber(host, "interrupted")
        semaphore = host.create_semaphore(kind="host_timeline")
        waits = {
            "acquire": lambda: subscriber.acquire(timeout=60.0),
            "begin_frame": lambda: [publisher.publish(picture(1), timeout=None) for _ in range(9)],
            "connect": lambda: geyser.Subscriber(host, "never", timeout=60.0),
            "semaphore": lambda: semaphore.wait(1, timeout=60.0),
            "iterate": lambda: list(subscriber),
        }
        timer = threading.Timer(0.3, _thread.interrupt_main)
        timer.start()
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            waits[what]()
        assert time.monotonic() - start < 20
        timer.join()
        subscriber.close()


def hold_frames(name: str, ready: Any) -> None:
    subscriber = geyser.Subscriber(geyser.host_manager(), name, timeout=20.0)
    frame = subscriber.acquire(timeout=20.0)
    ready.put(frame.number)
    time.sleep(120)


def test_a_reader_that_is_killed(host: geyser.TextureShareManager, runtime_folder: Any) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Queue()
    with geyser.Publisher(host, "killed", DESCRIPTOR, pacing="lockstep") as publisher:
        child = context.Process(target=hold_frames, args=("killed", ready))
        child.start()
        publisher.wait_for_subscribers(1, timeout=30.0)
        publisher.publish(picture(1), timeout=10.0)
        assert ready.get(timeout=30) == 1
        with pytest.raises(geyser.TimedOut, match=str(child.pid)):
            publisher.begin_frame(timeout=0.2)
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join(30)
        publisher.publish(picture(2), timeout=20.0)
    child.close()
    ready.close()
    ready.join_thread()


def publish_once(name: str, ready: Any) -> None:
    publisher = geyser.Publisher(geyser.host_manager(), name, DESCRIPTOR)
    publisher.publish(picture(1))
    ready.put(True)
    time.sleep(120)


def test_a_publisher_that_is_killed(host: geyser.TextureShareManager, runtime_folder: Any) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Queue()
    child = context.Process(target=publish_once, args=("dies", ready))
    child.start()
    assert ready.get(timeout=30)
    with geyser.Subscriber(host, "dies") as subscriber:
        frame = subscriber.acquire(timeout=10.0)
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join(30)
        with pytest.raises(geyser.PeerGone) as caught:
            subscriber.acquire(timeout=1.0)
        assert isinstance(caught.value, ConnectionError)
        assert subscriber.state is geyser.SubscriberState.waiting
        assert (frame.numpy() == picture(1)).all()
        frame.release()
    child.close()
    ready.close()
    ready.join_thread()
