"""The part of bench_report.py that is about streams: the JSON of geyser_stream_bench as tables, plots and budgets.

Cases are called stream/PLACE/GROUP/..., where PLACE is "host" (host memory) or "vulkan" (the device of the section)."""

import re
import statistics

# The budgets of docs/architecture.md, section 7; kinds as in bench_report.py, and
#   flat   against the same case with one reader: 1.1 x and 100 ns a reader, at most
BUDGETS = [
    {"what": "begin_frame, publish, acquire, release: 1 us of CPU time each", "kind": "absolute", "limit": 1000.0, "cases": r"stream/[^/]+/call/.*"},
    {"what": "publish to sleeping subscriber awake: 1.2 x a bare futex wake", "kind": "ratio", "limit": 1.2, "cases": r"stream/[^/]+/wake/sleeping"},
    {"what": "publish to spinning subscriber: 1 us", "kind": "absolute", "limit": 1000.0, "cases": r"stream/[^/]+/wake/spinning"},
    {"what": "1, 4, 16, 64 subscribers: flat within 10% + 100 ns each", "kind": "flat", "limit": 1.1, "cases": r"stream/[^/]+/cost/(sleeping|looking)/\d+"},
    {"what": "one subscriber stopped: others unchanged within 5%", "kind": "ratio", "limit": 1.05, "cases": r"stream/[^/]+/stopped/250_fps"},
    {"what": "a subscriber on another GPU: others unchanged within 5%", "kind": "ratio", "limit": 1.05, "cases": r"stream/vulkan/beside/250_fps"},
    {"what": "attach to first frame 20 ms", "kind": "absolute", "limit": 20e6, "cases": r"stream/[^/]+/first_frame/attach"},
    {"what": "restart to first frame 50 ms", "kind": "absolute", "limit": 50e6, "cases": r"stream/[^/]+/first_frame/restart"},
    {"what": "stream against read back + shared memory + upload, 4K: 50 x", "kind": "speedup", "limit": 50.0, "cases": r"stream/[^/]+/copy/4K"},
]
PLACES = {"host": "host memory", "vulkan": "the device"}
EACH_READER_NS = 100.0


def is_stream(name):
    return name.startswith("stream/")


def readers_of(name):
    return int(name.rsplit("/", 1)[1])


def flat_limit(case, cases, factor):
    """What this many readers may cost, or None without the case of one reader."""
    base = cases.get(case.name.rsplit("/", 1)[0] + "/1")
    if base is None or not base.library:
        return None
    return factor * statistics.median(base.library) + EACH_READER_NS * (readers_of(case.name) - 1)


def group(device, place, word):
    """[(rest of the name, case)]"""
    start = f"stream/{place}/{word}"
    return [(n[len(start):].strip("/"), c) for n, c in device.cases.items() if n.startswith(start) and not c.failed and (c.library or c.extra)]


def value(case, key):
    return statistics.median(case.extra[key]) if case.extra.get(key) else None


def verdict_text(case):
    verdict = case.verdict()
    return "**missed**" if verdict == "missed" else verdict


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + ["| " + " | ".join(r) + " |" for r in rows] + [""] if rows else []


def lines(device, time_text):
    """The section of one device; empty without figures about streams."""
    if not any(is_stream(n) for n in device.cases):
        return []

    def t(nanoseconds):
        return "-" if nanoseconds is None else time_text(nanoseconds)

    def middle(values):
        return statistics.median(values) if values else None

    def ratio(case):
        return "-" if case.ratio is None else f"{case.ratio:.2f}"

    made = ["### Streams", ""]
    rows = []
    for place, word in PLACES.items():
        for name, case in group(device, place, "wake/"):
            rows.append([f"{name}, {word}", *(t(x) for x in (middle(case.library), value(case, "p99_ns"), value(case, "p999_ns"))),
                         *(t(x) for x in (middle(case.floor), value(case, "floor_p99_ns"), value(case, "floor_p999_ns"))), ratio(case),
                         "<= 1.20 x" if name == "sleeping" else "<= 1 us", verdict_text(case)])
    if rows:
        made += ["From the call of publish() to the frame in another process's hands; floor: a bare futex wake, a bare flag that is spun on, between the "
                 "same two processes, turn by turn.", ""]
        made += table(["reader", "p50", "p99", "p99.9", "floor p50", "p99", "p99.9", "p50 / floor", "budget", "verdict"], rows)
    rows = []
    for place, word in PLACES.items():
        for name, case in group(device, place, "call/"):
            rows.append([f"{name}, {word}", t(middle(case.library)), t(value(case, "p99_ns")), t(middle(case.floor)), "<= 1 us", verdict_text(case)])
    if rows:
        made += ["What each call costs its caller, one reader, without what the caller itself submits; floor: two looks at the clock, which are part of the "
                 "figures.", ""]
        made += table(["call", "median", "p99", "floor", "budget", "verdict"], rows)
    rows = []
    for place, word in PLACES.items():
        for kind, how in (("sleeping", "asleep, woken by publish"), ("looking", "awake, looking by themselves")):
            for name, case in group(device, place, f"cost/{kind}/"):
                limit = flat_limit(case, device.cases, 1.1)
                rows.append([f"{name} {how}, {word}", t(value(case, "begin_ns")), t(value(case, "publish_ns")), t(middle(case.library)), t(middle(case.floor)),
                             "-" if limit is None or name == "1" else "<= " + t(limit), verdict_text(case)])
    if rows:
        made += ["What a frame costs its publisher in processor time, 500 frames a second, awake between them; floor: a bare futex wake of as many processes. Budget: flat, the cost with one reader "
                 "+ 10% + 100 ns for each further one.", ""]
        made += table(["readers", "begin_frame", "publish", "together", "floor", "budget", "verdict"], rows)
    rows = []
    for place, word in PLACES.items():
        for name, case in group(device, place, "rate/"):
            size, readers = name.split("/")
            rows.append([f"{size}, {readers} readers, {word}", f"{value(case, 'publisher_fps'):.0f}", f"{value(case, 'floor_fps'):.0f}", ratio(case),
                         "-" if readers == "0" else f"{value(case, 'reader_fps'):.0f}", "-" if readers == "0" else f"{value(case, 'reader_fps_least'):.0f}",
                         t(value(case, "begin_ns")), t(value(case, "publish_ns"))])
    if rows:
        made += ["Frames a second, as fast as it goes, pacing `latest`: the publisher clears each frame, each reader takes the newest it can get; floor: the same "
                 "clears into three textures that belong to no stream. With more processes than cores, readers and publisher share the processor.", ""]
        made += table(["frames", "published/s", "floor/s", "time / floor", "read/s (median)", "read/s (least)", "begin_frame", "publish"], rows)
    rows = []
    for place, word in PLACES.items():
        for name, case in group(device, place, "stopped/"):
            rows.append([f"{name.replace('_', ' ')}, {word}", f"{value(case, 'floor_reader_fps'):.0f}", f"{value(case, 'reader_fps'):.0f}", ratio(case),
                         t(value(case, "longest_begin_ns")), "<= 1.05 x" if name == "250_fps" else "-", verdict_text(case)])
    if rows:
        made += ["One of four readers stopped by SIGSTOP: frames a second of the others, and how much longer a frame takes them.", ""]
        made += table(["publisher", "none stopped", "one stopped", "time ratio", "longest begin_frame", "budget", "verdict"], rows)
    rows = []
    for name, case in group(device, "vulkan", "beside/"):
        rows.append([name.replace("_", " "), f"{value(case, 'floor_reader_fps'):.0f}", f"{value(case, 'reader_fps'):.0f}", ratio(case),
                     f"{value(case, 'floor_publisher_fps'):.0f}", f"{value(case, 'publisher_fps'):.0f}", f"{value(case, 'other_fps'):.0f}",
                     t(value(case, "longest_begin_ns")), "<= 1.05 x" if name == "250_fps" else "-", verdict_text(case)])
    if rows:
        made += ["A reader on another device beside one on the publisher's own: frames a second of the latter alone and with it, and how much longer a frame takes; "
                 "frames a second of the publisher likewise, and of the reader on the other device.", ""]
        made += table(["publisher", "alone", "beside", "time ratio", "published alone", "published", "read there", "longest begin_frame", "budget", "verdict"], rows)
    rows = []
    for place, word in PLACES.items():
        for name, case in group(device, place, "first_frame/"):
            limit = {"attach": "<= 20 ms", "restart": "<= 50 ms"}.get(name, "-")
            rows.append([f"{name}, {word}", t(middle(case.library)), t(value(case, "longest_ns")), t(middle(case.floor)), t(value(case, "from_kill_ns")), limit,
                         verdict_text(case)])
    if rows:
        made += ["Until the first 1080p frame (resize: 720p and 1080p in turn), without opening the device. attach: from connect(); floor: a bare socket that hands "
                 "over as many descriptors. restart: from Publisher::create() in a new process, after the old one was killed; resize: from reconfigure(); "
                 "floor of both: making the ring's three textures alone.", ""]
        made += table(["first frame", "median", "longest", "floor", "from the kill", "budget", "verdict"], rows)
    rows = []
    for place, word in PLACES.items():
        for name, case in group(device, place, "copy/"):
            rows.append([f"{name}, {word}", t(middle(case.library)), t(middle(case.floor)), f"{case.ratio:.0f} x", ">= 50 x" if name == "4K" else "-",
                         verdict_text(case)])
    if rows:
        made += ["A frame from one process to another, every one of them read (pacing `queue`, three textures); copy: read-back into shared memory, and upload from "
                 "it in the other process, two frames on their way.", ""]
        made += table(["frame", "stream", "copy", "copy / stream", "budget", "verdict"], rows)
    rows = []
    for place, word in PLACES.items():
        for name, case in group(device, place, "memory/"):
            each, handles = value(case, "resident_bytes_each"), value(case, "descriptors_each")
            rows.append([f"{name}, {word}", f"{value(case, 'resident_bytes') / 2**20:.1f} MiB", "-" if each is None else f"{each / 1024:.0f} KiB",
                         f"{value(case, 'descriptors'):.0f}", "-" if handles is None else f"{handles:.1f}",
                         f"{value(case, 'textures'):.0f}: {value(case, 'texture_bytes') / 2**20:.0f} MiB"])
    if rows:
        made += ["What readers of a 1080p stream cost the publisher's process: resident memory (host memory counts textures as they are touched), descriptors, textures "
                 "(more than three when readers hold the others).", ""]
        made += table(["readers", "resident", "each", "descriptors", "each", "textures"], rows)
    return made


def plots(devices):
    """[(title, unit of the y axis, {label: [(readers, value)]})] for draw()."""
    made = []
    for device in devices:
        for place, word in PLACES.items():
            series = {}
            for name, case in group(device, place, "rate/"):
                size, readers = name.split("/")
                if readers != "0":
                    series.setdefault(size, []).append((int(readers), value(case, "publisher_fps")))
            costs = {}
            for kind in ("sleeping", "looking"):
                for name, case in group(device, place, f"cost/{kind}/"):
                    costs.setdefault(f"readers {kind}", []).append((int(name), statistics.median(case.library) / 1000))
                    if case.floor and kind == "sleeping":
                        costs.setdefault("floor: bare futex wake", []).append((int(name), statistics.median(case.floor) / 1000))
            title = device.name if place == "vulkan" else f"host memory, beside {device.name}" if device.name != "host memory" else device.name
            if series:
                made.append((title, "frames published a second", series))
            if costs:
                made.append((title, "publisher's cost of a frame, us", costs))
    return made


def draw(devices, image):
    """False when there is nothing to draw."""
    panels = plots(devices)
    if not panels:
        return False
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FuncFormatter, LogLocator

    columns = min(len(panels), 4)
    rows = -(-len(panels) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(4.1 * columns, 3.3 * rows), squeeze=False)
    for axis, (title, unit, series) in zip(axes.flat, panels):
        for label, points in series.items():
            axis.plot(*zip(*sorted(points)), marker="o", markersize=4, linewidth=1.4, label=label, linestyle="--" if label.startswith("floor") else "-")
        axis.set_xscale("log", base=4)
        axis.set_yscale("log")
        for place, subs in ((axis.yaxis.set_major_locator, (1.0,)), (axis.yaxis.set_minor_locator, (2.0, 5.0))):
            place(LogLocator(subs=subs))
        for place in (axis.yaxis.set_major_formatter, axis.yaxis.set_minor_formatter):
            place(FuncFormatter(lambda v, _: f"{v:g}"))
        marks = sorted({x for points in series.values() for x, _ in points})
        axis.set_xticks(marks, [str(m) for m in marks])
        axis.set_title(title, fontsize=8.5)
        axis.set_xlabel("readers", fontsize=8)
        axis.set_ylabel(unit, fontsize=8)
        axis.tick_params(which="both", labelsize=7.5)
        axis.grid(color="0.9", linewidth=0.7)
        axis.set_axisbelow(True)
        axis.legend(fontsize=7, frameon=False)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    for axis in axes.flat[len(panels):]:
        axis.set_visible(False)
    figure.tight_layout()
    figure.savefig(image, **({"metadata": {"Date": None}} if image.suffix == ".svg" else {"dpi": 110}))
    plt.close(figure)
    return True


def measured(what, devices):
    """True when some device has a case of that budget."""
    return any(re.fullmatch(what["cases"], n) and c.library for d in devices for n, c in d.cases.items())
