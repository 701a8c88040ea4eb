#!/usr/bin/env python3
"""Turns the JSON of the Rust crates' benches into docs/rust_benchmarks.md.

    cargo bench -p geyser-wgpu --bench frames -- --device NAME --out wgpu.json           (in bindings/rust)
    cargo bench -p bevy_geyser --bench publish -- --out bevy.json
    scripts/rust_report.py wgpu.json bevy.json... > docs/rust_benchmarks.md

One section for each file. A file of a debug build, or without figures, is refused.
"""

import argparse
import json
import pathlib
import sys

HEAD = """# Figures of the Rust crates

Made by `scripts/rust_report.py` from runs of `benches/frames` (geyser-wgpu) and `benches/publish` (bevy_geyser), optimised. Medians, and the
99th percentile in brackets, in microseconds, each until the GPU is done; all columns of a row come from one run, in turns. Nothing overlaps
here: a program that does not wait for the GPU after each frame hides most of it.
"""
WGPU = """
*Library*: `begin_frame` and `publish` of a frame that nothing is drawn into, or `acquire` and `release`. *By hand*: the same barriers and
semaphores by ash on wgpu's encoders, on an image that no other program uses. *Through the CPU*: the same frame read back and uploaded.
"""
BEVY = """
*Publishing*: an app without a window, 200 sprites, whose camera publishes. *The app alone*: the same camera into an image. *Readback*: the same
camera into an image that Bevy's `Readback` brings to the CPU each frame.
"""


def time(median, p99):
    return f"{median / 1e3:.1f} ({p99 / 1e3:.1f})"


def wgpu_rows(cases):
    yield "| frame | submits | library | by hand | ratio | through the CPU | library is faster by |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for case in cases:
        _, way, size, submits = case["name"].split("/")
        yield (f"| {way.replace('_', ' ')}, {size} | {submits.split('_')[0]} | {time(case['library_ns'], case['library_p99_ns'])} "
               f"| {time(case['floor_ns'], case['floor_p99_ns'])} | {case['ratio']:.2f} | {time(case['cpu_copy_ns'], case['cpu_copy_p99_ns'])} "
               f"| {case['speedup']:.1f} x |")


def bevy_rows(cases):
    yield "| size | publishing | the app alone | publishing adds | readback | readback adds |"
    yield "|---|---:|---:|---:|---:|---:|"
    for case in cases:
        alone = case["floor_ns"]
        yield (f"| {case['name'].split('/')[-1]} | {time(case['library_ns'], case['library_p99_ns'])} | {time(alone, case['floor_p99_ns'])} "
               f"| {(case['library_ns'] - alone) / 1e3:+.1f} | {time(case['cpu_copy_ns'], case['cpu_copy_p99_ns'])} "
               f"| {(case['cpu_copy_ns'] - alone) / 1e3:+.1f} |")


def section(path):
    run = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    context, cases = run["context"], run["benchmarks"]
    if not cases:
        raise SystemExit(f"{path} has no figures.")
    if context.get("build") == "debug":
        raise SystemExit(f"{path} is of a debug build, whose figures mean nothing; run the bench by cargo bench.")
    bevy = cases[0]["name"].startswith("bevy/")
    where = f"{context['device']}, {context['driver']}"
    queue = f" The library's own submits: {context['queue']}." if "queue" in context else ""
    yield f"\n## {'Bevy' if bevy else 'wgpu'} on {where}\n"
    yield f"{cases[0]['iterations']} frames of each.{queue}"
    yield (BEVY if bevy else WGPU)
    yield from bevy_rows(cases) if bevy else wgpu_rows(cases)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="FILE.json")
    options = parser.parse_args()
    print(HEAD, end="")
    for path in options.runs:
        for line in section(path):
            print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
