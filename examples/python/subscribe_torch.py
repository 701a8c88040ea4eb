#!/usr/bin/env python3
"""Reads a stream into PyTorch tensors on the GPU. Runs on a machine with an NVIDIA GPU, its driver and PyTorch only.

A linear stream (publish_numpy.py --linear --device cuda, or --device NVIDIA) becomes a tensor without a copy; a tiled one with one copy on the GPU.
"""

from __future__ import annotations

import argparse
import sys

import geyser

try:
    import torch
except ImportError:
    sys.exit("subscribe_torch.py needs PyTorch with CUDA; it is not installed here.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="numpy")
    parser.add_argument("--frames", type=int, default=0, help="0: until Ctrl-C")
    given = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("subscribe_torch.py needs an NVIDIA GPU; PyTorch sees none here.")

    torch.cuda.init()
    manager = geyser.cuda_manager(uuid=str(torch.cuda.get_device_properties(torch.cuda.current_device()).uuid))
    buffer = None
    read = 0
    with geyser.Subscriber(manager, given.name, timeout=10.0) as subscriber:
        try:
            for frame in subscriber:
                try:
                    tensor = torch.from_dlpack(frame)  # torch's stream waits for the frame; the release follows torch's stream
                    how = "zero-copy"
                except BufferError:  # tiled
                    shape = frame.descriptor.shape()
                    if buffer is None or tuple(buffer.shape) != shape:
                        buffer = torch.empty(shape, dtype=torch.uint8, device="cuda")
                    tensor = frame.to_linear(buffer, stream=torch.cuda.current_stream().cuda_stream)
                    how = "one copy"
                mean = tensor.float().mean(dim=(0, 1))  # on the GPU
                read += 1
                print(f"frame {frame.number}: {tuple(tensor.shape)} {tensor.dtype}, mean {[round(m, 1) for m in mean.tolist()]}, {how}", flush=True)
                if read == given.frames:
                    break
        except KeyboardInterrupt:
            pass
    print(f"read {read} frames", flush=True)


if __name__ == "__main__":
    main()
