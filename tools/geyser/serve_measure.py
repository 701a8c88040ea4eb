"""Measures `geyser serve` on this machine: the time from publish to the socket, and the server's CPU time for each frame.

usage: serve_measure.py PATH_OF_GEYSER [SECONDS]
Needs the package python3-websockets. Publisher, server and client run at once: on few cores they wait for each other.
"""
import asyncio
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import websockets  # noqa: F401
except ImportError:
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

from serve_test_client import Client

FPS = 30


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(url, server, transport, codec, seconds):
    client = await Client.connect(url)
    try:
        await client.subscribe(1, "s", transport, **({"codecs": [codec]} if codec else {}))
        for _ in range(FPS):  # until everything is warm
            await client.frame(1)
        began, cpu = time.monotonic(), cpu_seconds(server.pid)
        latencies, total = [], 0
        while time.monotonic() - began < seconds:
            frame = await client.frame(1)
            latencies.append((frame.sent - frame.published) / 1000)
            total += len(frame.payload)
        spent = time.monotonic() - began
        cpu = cpu_seconds(server.pid) - cpu
    finally:
        await client.close()
    latencies.sort()
    return {"frames a second": len(latencies) / spent, "publish to sent, median ms": statistics.median(latencies),
            "99 % ms": latencies[int(len(latencies) * 0.99)], "CPU ms a frame": cpu * 1000 / len(latencies), "KiB a frame": total / 1024 / len(latencies)}


async def main(program, seconds):
    folder = tempfile.mkdtemp(prefix="geyser-measure-")
    environment = {**os.environ, "XDG_RUNTIME_DIR": folder}
    try:
        for device in ("host", None):
            for size in ("1280x720", "1920x1080"):
                publish = [program, "publish", "s", "--json", "--pattern", "counter", "--size", size, "--fps", str(FPS)] + (["--device", device] if device else [])
                children = [subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE) for arguments in (publish, [program, "serve", "--json"])]
                try:
                    started = [json.loads(child.stdout.readline()) for child in children]
                    for codec in (None, *started[1]["encoders"]):
                        names = {"h264": "avc1.42E01F", "vp9": "vp09.00.10.08", "vp8": "vp8"}
                        row = await measure(started[1]["url"], children[1], "video" if codec else "raw", names.get(codec), seconds)
                        print(f"{started[0]['device']['name']}, {size}, {codec or 'raw'}: " + ", ".join(f"{name} {value:.1f}" for name, value in row.items()), flush=True)
                finally:
                    for child in children:
                        child.terminate()
                        with contextlib.suppress(subprocess.TimeoutExpired):
                            child.wait(10)
                        child.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 10))
