#!/usr/bin/env python3
"""Turns the JSON of geyser_conformance --matrix (one file a machine) into docs/support_matrix.md.

usage: support_matrix.py FILE.json... > docs/support_matrix.md
"""
import collections
import json
import sys

KINDS = ["d2", "d2_mips", "d2_array", "d2_array_mips", "cube", "cube_mips", "cube_array", "cube_array_mips", "d3", "d3_mips",
         "d2_attachment", "d2_storage", "d2_linear"]
SHORT = {"d2": "2D", "d2_mips": "2D mips", "d2_array": "array", "d2_array_mips": "array mips", "cube": "cube", "cube_mips": "cube mips",
         "cube_array": "cube array", "cube_array_mips": "cube array mips", "d3": "3D", "d3_mips": "3D mips", "d2_attachment": "attachment",
         "d2_storage": "storage", "d2_linear": "2D linear"}
APART = ("refusal", "forged")  # between devices that share nothing


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def yes(value):
    return "yes" if value else "no"


def machine(data, out):
    out.append(f"## {cell(data['machine'])}, {data['date']}\n")
    validation = data["validation"]
    out.append("Khronos validation with synchronization validation: " + ("on; one message fails the case (one false positive of the layer is silenced by its id: tests/support/devices.cpp).\n" if validation == "on" else f"**off** ({cell(validation)}).\n"))
    out.append("| pair | passed | failed | refused as it must be | skipped |\n|---|---:|---:|---:|---:|")
    for pair, counts in data["counts"].items():
        out.append(f"| {cell(pair)} | {counts.get('passed', 0)} | {counts.get('failed', 0)} | {counts.get('refused', 0)} | {counts.get('skipped', 0)} |")
    out.append("")
    for device in data["devices"]:
        if device["key"] in data["formats"]:
            one_device(data, device, out)
    across(data, out)
    refusals = [c for c in data["cases"] if c["suite"] in APART]
    if refusals:
        out.append("### Refusals between different devices\n")
        out.append("| exporter | importer | what | answer |\n|---|---|---|---|")
        for c in refusals:
            out.append(f"| {c['exporter']} | {c['importer']} | {'forged ' if c['suite'] == 'forged' else ''}{c['kind']} {c['handle']} | {cell(c.get('why', ''))} |")
        out.append("")


def one_device(data, device, out):
    version = f", Vulkan {device['api_version']}" if "api_version" in device else ""
    if "partner" in device:
        version += f"; its partner is {device['partner']}"
    out.append(f"### {device['key']}: {cell(device['name'])}\n\nDriver: {cell(device['driver'])}{version}.\n")
    out.append("| handle | export | import | why not |\n|---|---|---|---|")
    for m in device.get("memory", []):
        why = m["why_not"]
        if m["type"] == "dma_buf":
            why = (why + "; " if why else "") + "not run on hardware: covered by a fake driver"
        out.append(f"| texture as {m['type']} | {yes(m['export'])} | {yes(m['import'])} | {cell(why)} |")
    for s in device.get("semaphores", []):
        out.append(f"| {s['kind']} semaphore as {s['type']} | {yes(s['export'])} | {yes(s['import'])} | {cell(s['why_not'])} |")
    out.append("")
    own = [c for c in data["cases"] if c["exporter"] == device["key"] and c["importer"] == device["key"]]
    if own:
        case_table(own, out)
    format_table(data["formats"][device["key"]], out)


def format_table(formats, out):
    groups = collections.OrderedDict()
    reasons = collections.Counter()
    for name, entry in formats.items():
        shared = set()
        for kinds in entry.get("shared", {}).values():
            shared.update(kinds)
        known = shared.union(entry.get("failed", {}), entry.get("skipped", {}), entry.get("refused", {}))
        marks = tuple("x" if k in shared else "FAILED" if k in entry.get("failed", {}) else "" if k in known else "." for k in KINDS)
        groups.setdefault(marks, []).append(name)
        reasons.update(entry.get("skipped", {}).values())
        reasons.update(entry.get("refused", {}).values())
    linear = KINDS.index("d2_linear")
    sampled = any("." in marks[:linear] for marks in groups)
    out.append("Content written on one side and compared bit for bit on the other, both ways (x: shared; .: not run, " +
               ("this pair runs every format as 2D and some in every kind" if sampled else "linear textures run with some formats") + "):\n")
    out.append("| formats | " + " | ".join(SHORT[k] for k in KINDS) + " |\n|---|" + "---|" * len(KINDS))
    for marks, names in groups.items():
        out.append(f"| {', '.join(names)} | " + " | ".join(marks) + " |")
    out.append("")
    if reasons:
        out.append("Left out:\n")
        out.extend(f"- {n} x {cell(why)}" for why, n in reasons.most_common())
        out.append("")


def case_table(cases, out):
    out.append("| suite | case | over | outcome | why |\n|---|---|---|---|---|")
    for c in cases:
        out.append(f"| {c['suite']} | {cell(c['kind'])} | {cell(c['handle'])} | {c['outcome']} | {cell(c.get('why', ''))} |")
    out.append("")


def across(data, out):
    """Pairs of two APIs, or of two contexts."""
    for pair, formats in data.get("pairs", {}).items():
        out.append(f"### {cell(pair)}\n")
        exporter, importer = pair.split(" -> ")
        cases = [c for c in data["cases"] if c["exporter"] == exporter and c["importer"] == importer and c["suite"] not in APART]
        if cases:
            case_table(cases, out)
        format_table(formats, out)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    out = ["# Support matrix\n",
           "Generated by scripts/support_matrix.py from what `geyser_conformance --matrix` wrote on each machine; not edited by hand. "
           "A mark means that the case ran there and passed on that date, with that driver.\n"]
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as file:
            machine(json.load(file), out)
    print("\n".join(out).rstrip())


if __name__ == "__main__":
    main()
