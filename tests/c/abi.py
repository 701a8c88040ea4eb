#!/usr/bin/env python3
"""The C interface, read from its headers, and what of it is frozen.

abi.py layout INCLUDE OUT.c    writes a C program that prints the size of every struct, the place of every field and the value of every name
abi.py nulls INCLUDE OUT.c     writes a C function that gives every function null for each pointer that it needs
abi.py check INCLUDE FROZEN LIBRARY LAYOUT_PROGRAM NM [--accept]
                               compares headers, library and layout with FROZEN/symbols.txt and FROZEN/layout.txt; --accept writes them
                               again, as long as what was there stays as it was
abi.py --self-test
"""
import pathlib
import re
import subprocess
import sys

FEATURES = {"vulkan.h": 1, "vulkan_fence.h": 1, "opengl.h": 2, "cuda.h": 4,
            "channel.h": 8, "directory.h": 8, "publisher.h": 8, "subscriber.h": 8}
FUNCTION = re.compile(r"GEYSER_C_API\s+([^;{#]*?)\b(geyser_\w+)\(([^;{#]*?)\)\s*GEYSER_NOEXCEPT;", re.S)
STRUCT = re.compile(r"typedef struct (geyser_\w+) \{(.*?)\} \1;", re.S)
ENUM = re.compile(r"\benum \{(.*?)\};", re.S)
POINTERS = {"geyser_function", "geyser_log_callback"}  # typedefs of pointers to functions


def read(include):
    """(file name, text without comments) of every header of the interface."""
    base = pathlib.Path(include) / "geyser"
    found = [base / "geyser.h", *sorted((base / "c").glob("*.h"))]
    return [(path.name, re.sub(r"//.*", "", path.read_text(encoding="utf-8"))) for path in found]


def functions(text):
    """(return type, name, [(type, parameter, optional)])"""
    for match in FUNCTION.finditer(text):
        parameters = []
        for part in (" ".join(match.group(3).split()).split(",") if match.group(3).strip() != "void" else []):
            kind, name = re.fullmatch(r"\s*(.*?)\s*\b(\w+)\s*", part).groups()
            parameters.append((kind.replace("GEYSER_OPTIONAL", "").strip(), name, "GEYSER_OPTIONAL" in part))
        yield " ".join(match.group(1).split()), match.group(2), parameters


def structs(text):
    for match in STRUCT.finditer(text):
        fields = []
        for statement in match.group(2).split(";"):
            if statement.strip():
                pointer = re.search(r"\(\*\s*(\w+)\)", statement)
                fields.append(pointer.group(1) if pointer else re.search(r"(\w+)\s*(\[\w+\])*\s*$", statement).group(1))
        yield match.group(1), fields


def values(text):
    for match in ENUM.finditer(text):
        yield from re.findall(r"\b(GEYSER_\w+) = ", match.group(1))
    yield from re.findall(r"#define (GEYSER_(?:ABI_VERSION|MAX_\w+)) ", text)


def signatures(headers):
    lines = []
    for _, text in headers:
        for result, name, parameters in functions(text):
            lines.append(f"{name}: {result} ({', '.join(kind for kind, _, _ in parameters) or 'void'})")
    return sorted(lines)


def write_layout(headers, out):
    lines = ['#include <stddef.h>', '#include <stdio.h>', '#include "geyser/geyser.h"', 'int main(void) {']
    for _, text in headers:
        for name, fields in structs(text):
            lines.append(f'  printf("struct {name} %zu\\n", sizeof({name}));')
            for field in fields:
                lines.append(f'  printf("field {name}.{field} %zu %zu\\n", offsetof({name}, {field}), sizeof((({name}*)0)->{field}));')
        for name in values(text):
            lines.append(f'  printf("value {name} %lld\\n", (long long){name});')
    out.write_text("\n".join([*lines, "  return 0;", "}", ""]))


def write_nulls(headers, out):
    lines = ['#include "geyser/geyser.h"', '#include "tests/c/check.h"', '', 'static _Alignas(64) unsigned char zeros[65536];', '',
             'unsigned refuse_nulls(void) {', '  unsigned calls = 0;']
    for file, text in headers:
        for result, name, parameters in functions(text):
            if result == "void":
                if len(parameters) != 1 or not parameters[0][2]:
                    raise SystemExit(f"{name} gives no status, so it must take one pointer that may be null")
                lines += [f"  {name}(NULL);", "  ++calls;"]
                continue
            if result != "geyser_status":
                if any("*" in kind for kind, _, _ in parameters) and name != "geyser_last_error_message":
                    raise SystemExit(f"{name} takes a pointer, so it must give a status")
                continue
            for _, tested, _ in [p for p in parameters if "*" in p[0] and not p[2]]:
                given = []
                for kind, parameter, optional in parameters:
                    if "*" in kind:
                        given.append("NULL" if parameter == tested or optional else "(void*)zeros")
                    else:
                        given.append("NULL" if kind in POINTERS else "0")
                lines.append(f'  refused({name}({", ".join(given)}), "{name}", "{tested}", {FEATURES.get(file, 0)}u);')
                lines.append("  ++calls;")
    out.write_text("\n".join([*lines, "  return calls;", "}", ""]))


def parse_layout(lines):
    table = {}
    for line in lines:
        kind, name, *numbers = line.split()
        table[(kind, name)] = [int(n) for n in numbers]
    return table


def meanings_of_reserved(old, new):
    """`reserved` of a sized struct is refused unless it is 0, so what takes its place has 0 from every program that was compiled before."""
    found = {}
    for (kind, name), numbers in old.items():
        owner, _, field = name.partition(".")
        if kind != "field" or field != "reserved" or (kind, name) in new or ("field", f"{owner}.struct_size") not in new:
            continue
        there = [key for key, now in new.items() if key[0] == "field" and key[1].startswith(owner + ".") and now == numbers]
        if there:
            found[kind, name] = there[0]
    return found


def breaks(old, new):
    """What a change does to programs that were compiled before it."""
    found = []
    renamed = meanings_of_reserved(old, new)
    for key, numbers in old.items():
        kind, name = key
        now = new.get(key)
        if now is None and key in renamed:
            continue
        if now is None:
            found.append(f"{kind} {name} is gone")
        elif kind == "struct" and now != numbers:
            if ("field", f"{name}.struct_size") not in new:
                found.append(f"struct {name} has no struct_size, so its size can never change ({numbers[0]} to {now[0]} bytes)")
            elif now[0] < numbers[0]:
                found.append(f"struct {name} shrank from {numbers[0]} to {now[0]} bytes")
        elif kind != "struct" and now != numbers:
            found.append(f"{kind} {name} changed from {numbers} to {now}")
    for (kind, name), numbers in new.items():
        if kind == "field" and (kind, name) not in old and (kind, name) not in renamed.values():
            owner = ("struct", name.split(".")[0])
            if owner in old and numbers[0] < old[owner][0]:
                found.append(f"field {name} is new but not at the end of {owner[1]}")
    return found


def gaps(table):
    """Bytes that no field covers: what is added there later would be read out of callers' rubbish."""
    found = []
    for (kind, name), (size, *_) in table.items():
        if kind != "struct":
            continue
        at = 0
        for (other, field), numbers in table.items():
            if other == "field" and field.split(".")[0] == name:
                if numbers[0] != at:
                    found.append(f"{numbers[0] - at} bytes of padding before {field}; give them a name")
                at = numbers[0] + numbers[1]
        if at != size:
            found.append(f"{size - at} bytes of padding at the end of {name}; give them a name")
    return found


def compare(what, frozen, found):
    return [f"{what}: {line} is frozen, but not there" for line in frozen if line not in found] + \
           [f"{what}: {line} is there, but not frozen" for line in found if line not in frozen]


def check(include, frozen, library, program, nm, accept):
    headers = read(include)
    declared = signatures(headers)
    layout = subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()
    exported = subprocess.run([nm, "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout.splitlines()
    # "0000 T name@@VERSION"; the version itself is an absolute symbol.
    exported = sorted(line.split()[2].split("@")[0] for line in exported if line.split()[1] != "A")
    complaints = gaps(parse_layout(layout))
    names = [line.split(":")[0] for line in declared]
    complaints += compare("the library's symbols against the headers", names, exported)
    symbols, places = pathlib.Path(frozen) / "symbols.txt", pathlib.Path(frozen) / "layout.txt"
    old_symbols = symbols.read_text().splitlines() if symbols.is_file() else []
    old_layout = places.read_text().splitlines() if places.is_file() else []
    if accept:
        complaints += [f"{line} is gone or changed" for line in old_symbols if line not in declared]
        complaints += breaks(parse_layout(old_layout), parse_layout(layout))
        if not complaints:
            symbols.write_text("\n".join(declared) + "\n")
            places.write_text("\n".join(layout) + "\n")
    else:
        complaints += compare("symbols.txt", old_symbols, declared) + compare("layout.txt", old_layout, layout)
    for line in complaints:
        print(line)
    print(f"c_abi: {len(declared)} functions, {len(layout)} sizes, places and values, {len(complaints)} complaints")
    if complaints:
        print("src/c/README.md and docs/c_interface.md say what may change and how.")
    return 1 if complaints or len(declared) < 200 else 0


def self_test():
    old = {("struct", "a"): [16], ("field", "a.struct_size"): [0, 4], ("field", "a.reserved"): [4, 4], ("field", "a.x"): [8, 8], ("struct", "b"): [4], ("field", "b.y"): [0, 4],
           ("value", "V"): [1]}
    without_reserved = {k: v for k, v in old.items() if k != ("field", "a.reserved")}
    cases = [
        ({**without_reserved, ("field", "a.z"): [4, 4]}, 0, "a meaning for what was reserved"),
        ({**without_reserved, ("field", "a.z"): [4, 2]}, 2, "a smaller field where something was reserved"),
        (without_reserved, 1, "nothing where something was reserved"),
        ({**old, ("struct", "a"): [24], ("field", "a.z"): [16, 8]}, 0, "a field at the end of a sized struct"),
        ({**old, ("value", "W"): [2]}, 0, "another value"),
        ({**old, ("value", "V"): [2]}, 1, "a value that changed"),
        ({**old, ("field", "a.x"): [12, 4], ("field", "a.z"): [8, 4]}, 2, "a field in between"),
        ({**old, ("struct", "b"): [8], ("field", "b.z"): [4, 4]}, 1, "a struct without size that grew"),
        ({k: v for k, v in old.items() if k != ("field", "b.y")}, 1, "a field that is gone"),
    ]
    status = 0
    for new, wanted, what in cases:
        if len(breaks(old, new)) != wanted:
            print(f"{what}: expected {wanted} complaints, got {breaks(old, new)}", file=sys.stderr)
            status = 1
    if len(gaps(without_reserved)) != 1 or gaps(old):
        print(f"padding is not noticed: {gaps(without_reserved)}, {gaps(old)}", file=sys.stderr)
        status = 1
    text = "GEYSER_C_API geyser_status geyser_f(const geyser_a* GEYSER_OPTIONAL a,\n  uint32_t n, geyser_b** out) GEYSER_NOEXCEPT;"
    wanted = ["geyser_f: geyser_status (const geyser_a*, uint32_t, geyser_b**)"]
    if signatures([("x.h", text)]) != wanted:
        print(f"a declaration is read wrongly: {signatures([('x.h', text)])}", file=sys.stderr)
        status = 1
    if len(compare("x", ["f", "g"], ["g", "h"])) != 2:
        print("a symbol that is missing or new is not noticed", file=sys.stderr)
        status = 1
    return status


def main():
    arguments = sys.argv[1:]
    if arguments == ["--self-test"]:
        return self_test()
    if arguments[:1] == ["layout"]:
        return write_layout(read(arguments[1]), pathlib.Path(arguments[2]))
    if arguments[:1] == ["nulls"]:
        return write_nulls(read(arguments[1]), pathlib.Path(arguments[2]))
    if arguments[:1] == ["check"] and len(arguments) in (6, 7):
        return check(*arguments[1:6], accept=arguments[6:] == ["--accept"])
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
