#!/usr/bin/env python3
"""check_workflow.py ROOT: what nobody here can run is at least consistent with what is here.

Every action of .github/workflows is pinned by the 40 hexadecimal digits of a commit, and every preset, script and folder that a workflow
names is there. Whether the jobs pass, only that service can say.
"""
import json
import pathlib
import re
import sys
import tempfile

USES = re.compile(r"^\s*-?\s*uses:\s*(\S+)", re.M)
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")
PRESET = re.compile(r"\b(cmake|ctest|cpack)(\s+--build)?\s+--preset[ =](\S+)")
FOLDER = re.compile(r"(?<![\w/.])((?:packaging|tests|scripts|\.ci)/[\w./-]*[\w])")


def check(root):
    presets = json.loads((root / "CMakePresets.json").read_text(encoding="utf-8"))
    named = {kind: {p["name"] for p in presets.get(kind, []) if not p.get("hidden")}
             for kind in ("configurePresets", "buildPresets", "testPresets", "packagePresets")}
    found = []
    seen = 0
    for path in sorted((root / ".github/workflows").glob("*.yml")):
        text = path.read_text(encoding="utf-8")
        for action in USES.findall(text):
            seen += 1
            if not PINNED.match(action):
                found.append(f"{path.name}: {action} is not pinned by a commit")
        for tool, build, name in PRESET.findall(text):
            seen += 1
            kind = {"ctest": "testPresets", "cpack": "packagePresets"}.get(tool, "buildPresets" if build else "configurePresets")
            if name not in named[kind]:
                found.append(f"{path.name}: there is no preset {name} among the {kind}")
        for folder in FOLDER.findall(text):
            seen += 1
            if not (root / folder).exists():
                found.append(f"{path.name}: there is no {folder}")
    return found, seen


def self_test():
    good = "uses: actions/checkout@" + "0" * 40 + "\ncmake --preset dev\ncmake --build --preset dev\nctest --preset dev\n.ci/run\n"
    defects = {"uses: actions/checkout@v4": "not pinned", "cmake --preset nobody": "no preset", "ctest --preset gone": "no preset",
               "scripts/gone": "there is no"}
    status = 0
    for planted in [None, *defects]:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / ".github/workflows").mkdir(parents=True)
            (root / ".ci").mkdir()
            (root / ".ci/run").touch()
            one = [{"name": "dev"}]
            (root / "CMakePresets.json").write_text(json.dumps({"configurePresets": one, "buildPresets": one, "testPresets": one}))
            (root / ".github/workflows/ci.yml").write_text(good + (planted or "") + "\n")
            found, _ = check(root)
            if (planted is None and found) or (planted and not any(defects[planted] in line for line in found)):
                print(f"the check is wrong about {planted!r}: {found}", file=sys.stderr)
                status = 1
    return status


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    found, seen = check(pathlib.Path(sys.argv[1]))
    for line in found:
        print(line)
    print(f"workflows: {seen} names looked up, {len(found)} complaints")
    return 1 if found or seen < 15 else 0


if __name__ == "__main__":
    sys.exit(main())
