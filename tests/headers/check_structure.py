#!/usr/bin/env python3
"""check_structure.py ROOT: the rules of the house that a program can check.

- arrows point one way: platform and core include no backend, no backend includes another, ipc includes neither stream nor backend,
  nothing but stream includes stream, and stream knows backends by their public doors only; the library includes no tool or test,
  public headers include nothing but public headers (and an API's own header behind its door);
- no operating-system #if outside src/platform, apart from export.hpp, which has to know how symbols are shown;
- no file of code is longer than 600 lines;
- every folder has a README.md of at most five lines.
"""
import pathlib
import re
import sys
import tempfile

CODE = (".cpp", ".hpp", ".h", ".c", ".rs")
ROOMS = ("include", "src", "tools", "tests", "bench", "examples", "scripts", "cmake", "bindings")
GENERATED_OR_DATA = {"corpus", "node_modules", "dist", "artifacts", "build", "target"}
GENERATED = {"bindings/rust/geyser-sys/src/bindings.rs"}  # of any length
MAX_LINES = 600
MAX_README = 5
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
OS_IF = re.compile(r"^\s*#\s*(?:if|ifdef|ifndef|elif)\b.*\b(_WIN32|_WIN64|__linux__|__APPLE__|__ANDROID__|__unix__|_MSC_VER)\b", re.M)
OS_HEADERS = {"windows.h", "unistd.h", "fcntl.h", "dlfcn.h", "poll.h", "sys/mman.h", "sys/stat.h", "sys/socket.h", "sys/syscall.h", "linux/futex.h"}
API_DOORS = {"vulkan": ("vulkan/",), "webgpu": ("webgpu/",)}


def files(root, room):
    base = root / room
    if not base.is_dir():
        return []
    found = sorted(p for p in base.rglob("*") if p.is_file() and p.suffix in CODE)
    return [p for p in found if "target" not in p.relative_to(root).parts and p.relative_to(root).as_posix() not in GENERATED]


def library_complaints(root, path, text):
    rel = path.relative_to(root).as_posix()
    found = []
    for bracket, name in INCLUDE.findall(text):
        if rel.startswith("src/platform/") and name.startswith(("core/", "backends/")):
            if name not in ("core/message.hpp",):  # the sentence builder, which needs nothing itself
                found.append(f"{rel}: platform includes {name}; arrows point from backends to core to platform")
        if rel.startswith("src/core/") and (name.startswith("backends/") or name.startswith("vulkan/") or name in ("geyser/vulkan.hpp", "geyser/host.hpp")):
            found.append(f"{rel}: core includes {name}; core knows no backend and no GPU header")
        if rel.startswith("src/core/") and name in OS_HEADERS:
            found.append(f"{rel}: core includes {name}; operating systems show only in src/platform")
        if rel.startswith(("src/ipc/", "src/stream/")) and name.startswith("backends/"):
            found.append(f"{rel}: includes a backend's inner {name}; its public door is geyser/<api>.hpp")
        if rel.startswith("src/ipc/") and name in ("geyser/vulkan.hpp", "geyser/host.hpp"):
            found.append(f"{rel}: ipc includes {name}; ipc knows no GPU and no backend")
        if rel.startswith("src/") and not rel.startswith("src/stream/") and name.startswith("stream/"):
            found.append(f"{rel}: includes {name}; arrows point from stream to ipc to core")
        if rel.startswith(("src/core/", "src/backends/", "src/platform/")) and name.startswith("ipc/"):
            found.append(f"{rel}: includes {name}; arrows point from ipc to core")
        if rel.startswith("src/backends/") and name.startswith("backends/") and name.split("/")[1] != rel.split("/")[2]:
            found.append(f"{rel}: a backend includes another one's {name}")
        if rel.startswith("src/") and name.startswith(("tools/", "tests/", "bench/", "examples/")):
            found.append(f"{rel}: the library includes {name}")
        if rel.startswith("include/") and bracket == '"' and not name.startswith("geyser/"):
            found.append(f"{rel}: a public header includes {name}, which is not installed")
        if rel.startswith("include/") and "/" in name and not name.startswith("geyser/"):
            if not name.startswith(API_DOORS.get(path.stem, ("\0",))):
                found.append(f"{rel}: includes {name}; only an API's own door may")
    if not rel.startswith("src/platform/") and rel != "include/geyser/export.hpp":
        for match in OS_IF.finditer(text):
            found.append(f"{rel}:{text.count(chr(10), 0, match.start()) + 1}: #if on {match.group(1)} outside src/platform")
    return found


def check(root):
    found = []
    for room in ROOMS:
        for path in files(root, room):
            text = path.read_text(encoding="utf-8")
            lines = text.count("\n")
            if lines > MAX_LINES:
                found.append(f"{path.relative_to(root)}: {lines} lines; about {MAX_LINES} is where a file becomes two")
            if room in ("include", "src"):
                found += library_complaints(root, path, text)
        base = root / room
        if not base.is_dir():
            continue
        for folder in sorted([base, *(p for p in base.rglob("*") if p.is_dir())]):
            parts = set(folder.relative_to(root).parts)
            if parts & (GENERATED_OR_DATA | {"__pycache__"}):
                continue
            if room == "include" and folder == base:
                continue  # holds one folder and nothing else
            readme = folder / "README.md"
            if room == "include":
                readme = root / "include" / "README.md"  # not beside the headers, which are installed as they are
            if not readme.is_file():
                found.append(f"{folder.relative_to(root)}: no README.md that says what lives here")
            elif len(readme.read_text(encoding="utf-8").strip().split("\n")) > MAX_README:
                found.append(f"{readme.relative_to(root)}: more than {MAX_README} lines")
    return found


def self_test():
    defects = {
        "src/core/a.cpp": ('#include "backends/host/manager.hpp"\n', "core knows no backend"),
        "src/core/b.cpp": ("#include <sys/mman.h>\n", "operating systems show only"),
        "src/platform/a.cpp": ('#include "core/backend.hpp"\n', "platform includes"),
        "src/backends/host/a.cpp": ('#include "backends/vulkan/manager.hpp"\n', "another one's"),
        "src/ipc/a.cpp": ('#include "stream/lane.hpp"\n', "from stream to ipc"),
        "src/ipc/b.cpp": ('#include "geyser/host.hpp"\n', "knows no GPU"),
        "src/stream/a.cpp": ('#include "backends/host/manager.hpp"\n', "public door"),
        "src/backends/host/b.cpp": ('#include "ipc/codec.hpp"\n', "from ipc to core"),
        "src/backends/vulkan/a.cpp": ("#if defined(_WIN32)\n#endif\n", "#if on _WIN32"),
        "include/geyser/a.hpp": ('#include "core/backend.hpp"\n', "not installed"),
        "include/geyser/b.hpp": ("#include <vulkan/vulkan_core.h>\n", "only an API's own door"),
        "tools/long.cpp": ("\n" * (MAX_LINES + 1), "becomes two"),
        "examples/README.md": ("line\n" * (MAX_README + 1), "more than"),
        "bench/fine.cpp": ("int x;\n", "no README.md"),
    }
    status = 0
    for name, (text, wanted) in defects.items():
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / name).parent.mkdir(parents=True)
            (root / name).write_text(text)
            if not any(wanted in line for line in check(root)):
                print(f"the check does not notice: {name}: {text[:60]!r}", file=sys.stderr)
                status = 1
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "src/core").mkdir(parents=True)
        for place in ("src", "src/core"):
            (root / place / "README.md").write_text("Fine.\n")
        (root / "src/core/a.cpp").write_text('#include "core/message.hpp"\n#include "platform/wait.hpp"\n')
        for line in check(root):
            print(f"a clean tree is refused: {line}", file=sys.stderr)
            status = 1
    return status


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1])
    if not files(root, "src") or not files(root, "include"):
        print(f"{root} holds no src/ and include/", file=sys.stderr)
        return 1
    found = check(root)
    for line in found:
        print(line)
    print(f"structure: {sum(len(files(root, r)) for r in ROOMS)} files read, {len(found)} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
