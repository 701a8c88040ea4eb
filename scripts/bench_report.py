#!/usr/bin/env python3
"""Turns the JSON of geyser_bench and geyser_stream_bench into docs/benchmarks.md and plots, and says which budgets are missed.

    build/release/bin/geyser_bench --benchmark_repetitions=9 --benchmark_enable_random_interleaving=true \\
        --benchmark_out=lavapipe.json --benchmark_out_format=json
    build/release/bin/geyser_stream_bench --device lavapipe --out streams.json
    scripts/bench_report.py lavapipe.json streams.json nvidia.json [--check]

Files of one device become one section. With --check the exit status is 1 when a budget is missed and bench/causes.json gives no cause for it,
or when a case failed.
"""

import argparse
import json
import math
import pathlib
import re
import statistics
import sys

import bench_streams

ROOT = pathlib.Path(__file__).resolve().parent.parent

# The budgets of docs/architecture.md, section 7. `cases` is a regular expression over case names; kinds:
#   ratio      library time / floor time, at most
#   absolute   nanoseconds, at most; not judged where the floor alone takes longer
#   memory     bytes allocated / bytes required, exactly
#   speedup    cpu_copy / zero_copy, at least
BUDGETS = [
    {"what": "create, export, import, destroy: 1.03 x the raw calls", "kind": "ratio", "limit": 1.03,
     "cases": r"texture_(creation|export|import|destroy|formats|lifecycle)(/.*)?|export_import_roundtrip"
              r"|(timeline_)?semaphore_(creation|export_import)|fence_creation|semaphore_comparison/.*"},
    {"what": "a frame from one API to another: 1.03 x the raw calls", "kind": "ratio", "limit": 1.03, "cases": r"crossing/.*/shared"},
    {"what": "a frame from one GPU to another by CUDA: 1.10 x the raw peer copy", "kind": "ratio", "limit": 1.10,
     "cases": r"device_crossing/(one|stream)/.*/peer_copy"},
    {"what": "a frame from one device to another through pinned memory: 1.10 x the raw host bounce", "kind": "ratio", "limit": 1.10,
     "cases": r"device_crossing/(one|stream)/.*/pinned_copy"},
    {"what": "create from the pool: 5 us", "kind": "absolute", "limit": 5000.0, "cases": r"pool_reuse"},
    {"what": "memory: allocated / required = 1.00", "kind": "memory", "limit": 1.0, "cases": r"memory_overhead/.*"},
    {"what": "zero-copy against read back + shared memory + upload, 4K: 50 x", "kind": "speedup", "limit": 50.0, "cases": r"zero_copy_speedup/.*"},
] + bench_streams.BUDGETS

# In the order of the report.
SECTIONS = [
    ("Textures", r"texture_.*|export_import_roundtrip"),
    ("Memory", r"memory_overhead/.*"),
    ("Semaphores and fences", r".*semaphore.*|fence_.*|host_timeline_.*"),
    ("Per frame", r"pool_reuse|access_.*"),
    ("Between APIs", r"crossing/.*/shared"),
    ("Between devices", r"device_crossing/.*"),
    ("Copies and the copy that is saved", r"upload/.*|read_back/.*|zero_copy_.*"),
]


def budget_of(name):
    for budget in BUDGETS:
        if "cases" in budget and re.fullmatch(budget["cases"], name):
            return budget
    return None


def quantile(values, part):
    """Linear between neighbours, as numpy's default."""
    values = sorted(values)
    at = part * (len(values) - 1)
    low = math.floor(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


class Case:
    """One operation on one device, over all repetitions of it and of its floor."""

    def __init__(self, name):
        self.name = name
        self.library, self.floor, self.ratios = [], [], []
        self.figures = {}
        self.extra = {}  # streams: every figure, over the repetitions
        self.siblings = {}  # all cases of the device
        self.errors = set()
        self.place = math.inf  # in the program's own order; a random order of execution shuffles the file

    def add(self, run):
        self.place = min(self.place, run.get("family_index", math.inf))
        if run.get("error_occurred"):
            self.errors.add(run.get("error_message", "").strip())
            return
        for key, into in (("library_ns", self.library), ("floor_ns", self.floor), ("ratio", self.ratios)):
            if key in run:
                into.append(run[key])
        if bench_streams.is_stream(self.name):
            for key, number in run.items():
                if isinstance(number, (int, float)) and key not in ("library_ns", "floor_ns", "ratio"):
                    self.extra.setdefault(key, []).append(number)
        if not run["name"].endswith("/raw"):
            for key in ("allocated_bytes", "required_bytes", "allocated_over_required", "exported_bytes", "offset"):
                if key in run:
                    self.figures[key] = run[key]

    @property
    def failed(self):
        return sorted(e for e in self.errors if e.startswith("failed: "))

    @property
    def skipped(self):
        reasons = sorted(e.removeprefix("skipped: ") for e in self.errors if not e.startswith("failed: "))
        return reasons[0] if reasons and not self.library else None

    @property
    def ratio(self):
        return statistics.median(self.ratios) if self.ratios else None

    @property
    def repetitions(self):
        return max(len(self.library), len(self.ratios))

    def verdict(self):
        """(value as text, "met" | "missed" | "-")"""
        budget = budget_of(self.name)
        if budget is None:
            return "-"
        kind, limit = budget["kind"], budget["limit"]
        if kind == "flat":
            limit = bench_streams.flat_limit(self, self.siblings, limit)
            if limit is None or bench_streams.readers_of(self.name) == 1:
                return "-"
            return "met" if statistics.median(self.library) <= limit else "missed"
        if kind == "ratio":
            return "-" if self.ratio is None else ("met" if self.ratio <= limit else "missed")
        if kind == "absolute":
            # Two processes that spin on cores which others want too measure the scheduler, with the library and without.
            if self.floor and statistics.median(self.floor) > limit:
                return "-"
            return "met" if statistics.median(self.library) <= limit else "missed"
        if kind == "memory":
            if "allocated_over_required" not in self.figures:
                return "-"
            return "met" if self.figures["allocated_over_required"] == limit else "missed"
        return "met" if self.ratio >= limit else "missed"


def load(path):
    """The JSON, and whether it is whole: a run that was stopped leaves it without its end."""
    text = pathlib.Path(path).read_text()
    try:
        return json.loads(text), True
    except json.JSONDecodeError:
        end = text.rfind("\n    }")
        if end < 0:
            raise SystemExit(f"{path} holds no finished benchmark")
        return json.loads(text[:end] + "\n    }]}"), False


class Device:
    """The JSON files of one device: cases that would disturb each other are run by processes of their own."""

    def __init__(self, loaded):
        self.whole = all(whole and data["context"].get("complete", True) for data, whole in loaded)
        self.context = loaded[0][0]["context"]
        self.name = self.context["device"]
        self.revisions = {}  # of the library, with the cases' first words; one, where all ran together
        for data, _ in loaded:
            groups = self.revisions.setdefault(data["context"]["revision"], set())
            groups.update(run["name"].split("/")[0] for run in data["benchmarks"])
        self.cases = {}
        for part, run in ((part, run) for part, (data, _) in enumerate(loaded) for run in data["benchmarks"]):
            if run.get("run_type") != "iteration":
                continue
            run["family_index"] = run.get("family_index", 0) + 1000 * part  # one process's cases after the other's
            name = re.sub(r"/manual_time$", "", re.sub(r"/repeats:\d+|/iterations:\d+", "", run["name"]))
            run["name"] = name
            base = name.removesuffix("/raw")
            self.cases.setdefault(base, Case(base)).add(run)
        self.cases = dict(sorted(self.cases.items(), key=lambda item: item[1].place))
        self.add_speedup()
        for case in self.cases.values():
            case.siblings = self.cases

    def add_speedup(self):
        """How many times longer the copy takes than handing over: one frame at a time, and with several on their way."""
        copied = self.cases.get("zero_copy_vs_cpu_copy/4K/cpu_copy")
        for way, name in (("zero_copy", "zero_copy_speedup/4K"), ("zero_copy_pipelined", "zero_copy_speedup/4K_pipelined")):
            shared = self.cases.get("zero_copy_vs_cpu_copy/4K/" + way)
            if not shared or not copied or not shared.library or not copied.library:
                continue
            case = Case(name)
            case.library, case.floor = shared.library, copied.library
            case.ratios = [c / s for c, s in zip(copied.library, shared.library)]
            self.cases[case.name] = case

    def missed(self):
        return [c for c in self.cases.values() if c.library and c.verdict() == "missed"]


def time_text(nanoseconds):
    if nanoseconds < 1000:
        return f"{nanoseconds:.0f} ns" if nanoseconds >= 100 else f"{nanoseconds:.1f} ns"
    if nanoseconds < 1e6:
        return f"{nanoseconds / 1e3:.3g} us" if nanoseconds < 1e5 else f"{nanoseconds / 1e3:.0f} us"
    return f"{nanoseconds / 1e6:.3g} ms"


def budget_text(budget):
    if budget is None:
        return "-"
    return {"ratio": "<= {:.2f} x", "absolute": "<= {}", "memory": "= {:.2f} x", "speedup": ">= {:.0f} x",
            "flat": "<= {:.2f} x with one reader + 100 ns for each further one"}[budget["kind"]].format(
        time_text(budget["limit"]) if budget["kind"] == "absolute" else budget["limit"])


def row(case):
    budget = budget_of(case.name)
    library = time_text(statistics.median(case.library))
    floor = time_text(statistics.median(case.floor)) if case.floor else "-"
    ratio = "-"
    if case.ratio is not None:
        ratio = f"{case.ratio:.3f}" if case.ratio < 10 else f"{case.ratio:.1f}"
        if len(case.ratios) > 1:
            digits = 3 if case.ratio < 10 else 1
            ratio += f" ({quantile(case.ratios, 0.1):.{digits}f}-{quantile(case.ratios, 0.9):.{digits}f})"
    if "allocated_over_required" in case.figures:
        ratio = f"{case.figures['allocated_over_required']:.2f} ({case.figures['allocated_bytes']:.0f} of {case.figures['required_bytes']:.0f} bytes)"
    verdict = case.verdict()
    return f"| {case.name} | {library} | {floor} | {ratio} | {budget_text(budget)} | {'**missed**' if verdict == 'missed' else verdict} |"


def measure(case):
    """What was measured of a case with a budget, as its budget counts."""
    if budget_of(case.name)["kind"] in ("absolute", "flat"):
        return time_text(statistics.median(case.library))
    return f"{case.ratio:.3f}"


def cause_of(causes, case, device):
    for entry in causes:
        if re.fullmatch(entry["operation"], case.name) and re.search(entry["device"], device.name):
            return entry["cause"]
    return None


def device_section(device, causes):
    c = device.context
    lines = [f"## {device.name}", "",
             f"{c['date'][:10]}, driver {c['driver']}, Vulkan {c['vulkan']}; {c['cores']} cores of {c['processor']}; "
             f"{c['compiler']}, {c['build']}, revision {c['revision']}.", ""]
    others = [f"{', '.join(sorted(groups))}: revision {revision}" for revision, groups in device.revisions.items() if revision != c["revision"]]
    if others:
        lines += [f"Measured at another time: {'; '.join(others)}.", ""]
    if not device.whole:
        lines += ["**The run was stopped before its end; cases are missing.**", ""]
    repetitions = [case.repetitions for case in device.cases.values()
                   if case.library and not case.name.endswith("/libplacebo") and not bench_streams.is_stream(case.name)]
    if repetitions:
        lines += [f"{min(repetitions)} to {max(repetitions)} repetitions of each pair." if min(repetitions) != max(repetitions)
                  else f"{min(repetitions)} repetitions of each pair.", ""]
    for title, pattern in SECTIONS:
        cases = [x for n, x in device.cases.items() if re.fullmatch(pattern, n) and x.library and not n.endswith("/libplacebo")]
        if not cases:
            continue
        if title.startswith("Copies"):
            cases.sort(key=lambda x: x.name.startswith("zero_copy"))
        lines += [f"### {title}", "", "| operation | library | floor | ratio (p10-p90) | budget | verdict |",
                  "|---|---|---|---|---|---|"] + [row(x) for x in cases] + [""]
    lines += through_host_lines(device) + libplacebo_lines(device)
    lines += bench_streams.lines(device, time_text)
    groups = {}
    for case in device.missed():
        groups.setdefault(cause_of(causes, case, device) or "**not written down**", []).append(case)
    if groups:
        lines += ["### Missed budgets", "", "| operations (ratio) | cause |", "|---|---|"]
        lines += [f"| {', '.join(f'{x.name} ({measure(x)})' for x in cases)} | {cause} |" for cause, cases in groups.items()] + [""]
    skipped = [(n, x.skipped) for n, x in device.cases.items() if x.skipped]
    if skipped:
        lines += ["### Skipped", "", "| operation | why |", "|---|---|"] + [f"| {n} | {why} |" for n, why in skipped] + [""]
    failed = [(n, x.failed[0]) for n, x in device.cases.items() if x.failed]
    if failed:
        lines += ["### Failed", "", "| operation | message |", "|---|---|"] + [f"| {n} | {why} |" for n, why in failed] + [""]
    return lines


def through_host_lines(device):
    rows = []
    for name, case in device.cases.items():
        shared = device.cases.get(name.removesuffix("/through_host") + "/shared")
        if not name.endswith("/through_host") or not case.library or not shared or not shared.library:
            continue
        copied, ours = statistics.median(case.library), statistics.median(shared.library)
        rows.append(f"| {name.removesuffix('/through_host')} | {time_text(ours)} | {time_text(copied)} | {copied / ours:.1f} |")
    if not rows:
        return []
    return ["### Between APIs, beside the way through the CPU", "", "The same frame read into the CPU's memory by one API (vkCmdCopyImageToBuffer, glGetTextureImage, "
            "cuMemcpy2D) and written by the other.", "", "| crossing | shared | through the CPU | times longer |", "|---|---|---|---|"] + rows + [""]


def libplacebo_lines(device):
    rows = []
    for name, case in device.cases.items():
        ours = device.cases.get(name.removesuffix("/libplacebo"))
        if not name.endswith("/libplacebo") or not case.library or not ours or not ours.library:
            continue
        theirs, mine = statistics.median(case.library), statistics.median(ours.library)
        exported = case.figures.get("exported_bytes", 0)
        rows.append(f"| {ours.name} | {time_text(mine)} | {time_text(statistics.median(ours.floor))} | {time_text(theirs)} | "
                    f"{theirs / mine:.2f} | {exported:.0f} bytes at offset {case.figures.get('offset', 0):.0f} |")
    if not rows:
        return []
    return ["### Beside libplacebo", "", "Create, export and destroy the same rgba8 texture. Where libplacebo hands out a part of an allocation that it keeps, "
            "its figure holds no allocation at all.", "",
            "| operation | geyser | plain Vulkan | libplacebo | libplacebo / geyser | what libplacebo exports |", "|---|---|---|---|---|---|"] + rows + [""]


def draw(devices, image):
    """False when there is nothing to draw."""
    devices = [d for d in devices if any(c.ratios and not bench_streams.is_stream(n) for n, c in d.cases.items())]
    try:
        import matplotlib
    except ImportError:
        raise SystemExit("matplotlib is missing for this python3; the package python3-matplotlib has it (then: /usr/bin/python3 scripts/bench_report.py)")
    matplotlib.use("Agg")
    image.parent.mkdir(parents=True, exist_ok=True)
    matplotlib.rcParams["svg.hashsalt"] = "geyser"  # the same picture for the same figures
    if not devices:
        return False
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    places = {}
    for device in devices:
        for name, case in device.cases.items():
            # Bytes are what memory_overhead is about, and the speed-up is no ratio to a floor.
            if case.ratios and not name.startswith(("zero_copy_speedup", "memory_overhead", "stream/")):
                places[name] = min(case.place, places.get(name, math.inf))
    order = sorted(places, key=places.get)
    positions = {name: len(order) - 1 - i for i, name in enumerate(order)}
    figure, axes = plt.subplots(1, len(devices), figsize=(4.2 + 4.6 * len(devices), 1.6 + 0.24 * len(order)), sharey=True, squeeze=False)
    for axis, device in zip(axes[0], devices):
        for name in order:
            case = device.cases.get(name)
            if case is None or not case.ratios:
                axis.text(1.0, positions[name], "skipped", fontsize=7, color="0.55", va="center", ha="center",
                          bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8})
                continue
            low, high = quantile(case.ratios, 0.1), quantile(case.ratios, 0.9)
            colour = {"met": "#1a7f37", "missed": "#cf222e", "-": "#57606a"}[case.verdict()]
            axis.plot([low, high], [positions[name]] * 2, color=colour, linewidth=1.6, alpha=0.45, solid_capstyle="round")
            axis.plot(case.ratio, positions[name], "o", color=colour, markersize=5)
        axis.axvline(1.0, color="0.25", linewidth=0.9)
        axis.axvline(1.03, color="#bf8700", linewidth=0.9, linestyle="--")
        axis.set_xscale("log")
        low, high = axis.get_xlim()
        axis.set_xlim(min(low, 0.9), max(high, 1.2))
        low, high = axis.get_xlim()
        marks = [m for m in (0.02, 0.05, 0.1, 0.2, 0.5, 0.8, 1, 1.25, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500) if low <= m <= high]
        if len(marks) > 8:
            marks = [m for m in marks if m not in (0.8, 1.25, 1.5, 3)]
        axis.xaxis.set_major_locator(FixedLocator(marks))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        axis.grid(axis="x", color="0.9", linewidth=0.7)
        axis.set_axisbelow(True)
        axis.set_title(device.name, fontsize=9)
        axis.set_xlabel("time / time of the same calls in plain Vulkan", fontsize=8)
        axis.tick_params(labelsize=7.5)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    axes[0][0].set_yticks(list(positions.values()), list(positions.keys()))
    axes[0][0].set_ylim(-0.8, len(order) - 0.2)
    figure.suptitle("Library against its floor: dot = median, bar = p10 to p90; green meets its budget, red misses it, grey has none; dashed = 1.03",
                    fontsize=8.5)
    figure.tight_layout(rect=(0, 0, 1, 0.985))
    figure.savefig(image, **({"metadata": {"Date": None}} if image.suffix == ".svg" else {"dpi": 110}))
    plt.close(figure)
    return True


def summary_lines(devices):
    lines = ["| device | pairs measured | budgets met | budgets missed | skipped |", "|---|---|---|---|---|"]
    for device in devices:
        cases = [c for n, c in device.cases.items() if not n.endswith("/libplacebo")]
        verdicts = [c.verdict() for c in cases if c.library]
        lines.append(f"| {device.name} | {len(verdicts)} | {verdicts.count('met')} | {verdicts.count('missed')} | {sum(1 for c in cases if c.skipped)} |")
    return lines + [""]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("json", nargs="+", help="outputs of geyser_bench; those of one device become one section")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--image", type=pathlib.Path, default=None, help="default: images/benchmarks.svg beside the output")
    parser.add_argument("--causes", type=pathlib.Path, default=ROOT / "bench" / "causes.json")
    parser.add_argument("--check", action="store_true", help="exit with 1 for a missed budget without a cause, and for a failed case")
    arguments = parser.parse_args()

    loaded = {}
    for path in arguments.json:
        data, whole = load(path)
        loaded.setdefault(data["context"]["device"], []).append((data, whole))
    devices = [Device(files) for files in loaded.values()]
    causes = json.loads(arguments.causes.read_text())
    image = arguments.image or arguments.output.parent / "images" / "benchmarks.svg"
    floors_drawn = draw(devices, image)
    streams_image = image.with_name("benchmarks_streams" + image.suffix)
    streams_drawn = bench_streams.draw(devices, streams_image)

    lines = ["# Benchmarks", "",
             "Generated by `scripts/bench_report.py` from the JSON of `geyser_bench` and `geyser_stream_bench`; never edited by hand.", "",
             "Every operation of the library runs beside its *floor*: the same calls with the same parameters in plain Vulkan, on the same VkDevice, "
             "through functions from vkGetDeviceProcAddr. The two take turns inside one loop, and who goes first alternates, so that whatever else the machine does "
             "hits both alike. A repetition gives one median for each and one ratio; the tables hold the medians over all repetitions, "
             "and the 10th to 90th percentile of the ratio as its spread. `zero_copy` runs from the producer's begin_write until the host knows that the consumer's "
             "commands have acquired the frame; `zero_copy_pipelined` is the time of a frame when three textures go round and the host waits only for the 48th; `cpu_copy` is the leanest copy: the read-back lands in shared memory and the upload reads from there.", ""]
    lines += summary_lines(devices)
    if streams_drawn:
        lines += [f"![Streams]({streams_image.relative_to(arguments.output.parent) if streams_image.is_relative_to(arguments.output.parent) else streams_image})", ""]
    if floors_drawn:
        lines += [f"![Ratio to the floor]({image.relative_to(arguments.output.parent) if image.is_relative_to(arguments.output.parent) else image})", ""]
    for device in devices:
        lines += device_section(device, causes)
    unmeasured = [b["what"] for b in BUDGETS if not bench_streams.measured(b, devices)]
    if unmeasured:
        lines += ["## Budgets that nothing here measures", ""] + [f"- {what}" for what in unmeasured]
    arguments.output.write_text("\n".join(lines).rstrip() + "\n")

    problems = []
    for device in devices:
        if not device.whole:
            problems.append(f"{device.name}: the run was stopped before its end")
        for case in device.cases.values():
            problems += [f"{device.name}: {case.name}: {message}" for message in case.failed]
        for case in device.missed():
            if cause_of(causes, case, device) is None:
                problems.append(f"{device.name}: {case.name} misses its budget ({budget_text(budget_of(case.name))}, measured {measure(case)}) "
                                f"and {arguments.causes.name} gives no cause")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if arguments.check and problems else 0


if __name__ == "__main__":
    sys.exit(main())
