"""examples/python run as people run them."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

import geyser

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "examples" / "python"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the examples are not beside the tests")


@pytest.mark.parametrize("device", ["host", "vulkan"])
def test_publish_and_subscribe(device: str, vulkan: geyser.TextureShareManager, tmp_path: pathlib.Path) -> None:
    name = "host" if device == "host" else vulkan.identity.name
    publish = [sys.executable, FOLDER / "publish_numpy.py", "example", "--device", name, "--size", "64x48", "--fps", "30"]
    publisher = subprocess.Popen(publish, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        read = [sys.executable, FOLDER / "subscribe_numpy.py", "example", "--device", name, "--frames", "5"]
        run = subprocess.run(read, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    finally:
        publisher.send_signal(2)
        said, _ = publisher.communicate(timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("(48, 64, 4) uint8") == 5 and "by zero_copy" in run.stdout and "read 5 frames" in run.stdout
    assert publisher.returncode == 0 and "published" in said and "Traceback" not in said


def test_torch_says_what_it_needs(tmp_path: pathlib.Path) -> None:
    run = subprocess.run([sys.executable, FOLDER / "subscribe_torch.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    try:
        import torch
    except ImportError:
        assert run.returncode == 1 and "needs PyTorch" in run.stderr
        return
    if torch.cuda.is_available():
        pytest.skip("there is a GPU: test_cuda.py does this with a stream")
    assert run.returncode == 1 and "needs an NVIDIA GPU" in run.stderr
