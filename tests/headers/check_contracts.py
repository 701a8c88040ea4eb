#!/usr/bin/env python3
"""check_contracts.py ROOT: every public declaration says what a caller must know.

A heuristic, and no more: each declaration that carries GEYSER_API or GEYSER_C_API outside a class body must be preceded (or, for one-liners, followed)
by a /// comment that speaks of threads or of errors; declarations without a blank line between them share a comment, and so do the
members of a class that carries GEYSER_API, whose own comment must speak of threads. Whether the words are true, no script can tell.
"""
import pathlib
import re
import sys
import tempfile

WORDS = re.compile(r"\bthread(s|ing)?\b|\berrors?\b|\bvalid usage\b|\bsee [a-z_]+\(", re.I)
THREADS = re.compile(r"\bthread(s|ing)?\b", re.I)


def declarations(text):
    """Yields (line number, declaration, comment) for every GEYSER_API at namespace level."""
    depth = 0          # of braces that are no namespace's
    comment = []
    namespaces = 0
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped.startswith("///"):
            if depth == 0:
                comment.append(stripped)
            continue
        if not stripped and depth == 0:
            comment = []
        code = re.sub(r'"(\\.|[^"\\])*"', '""', stripped.split("//")[0])
        if depth == 0 and re.search(r"\bGEYSER_(C_)?API\b", code) and not code.startswith("#"):
            trailing = stripped[stripped.find("///"):] if "///" in stripped else ""
            yield number, code, " ".join([*comment, trailing])
        if re.match(r'((inline )?namespace\b.*|extern "") \{$', code):
            namespaces += 1
            continue
        if code == "}" and depth == 0:
            namespaces -= 1
            continue
        depth += code.count("{") - code.count("}")
        depth = max(depth, 0)


def check(root):
    found = []
    count = 0
    for path in sorted([*(root / "include/geyser").glob("*.hpp*"), *(root / "include/geyser").glob("**/*.h")]):
        if path.name == "export.hpp":
            continue
        for number, code, comment in declarations(path.read_text(encoding="utf-8")):
            count += 1
            place = f"{path.relative_to(root)}:{number}"
            if re.match(r"(class|struct)\b", code):
                if not THREADS.search(comment):
                    found.append(f"{place}: the comment of this class says nothing about threads: {code}")
            elif not WORDS.search(comment):
                found.append(f"{place}: the comment says nothing about threads or errors: {code}")
    return found, count


def self_test():
    cases = [
        ("/// Does it. Threading: any thread.\nGEYSER_API void f();\n", 0),
        ("/// Does it. Threading: any thread.\nGEYSER_API void f();\nGEYSER_API void g();\n", 0),
        ("/// Does it. Threading: any thread.\nGEYSER_API void f();\n\nGEYSER_API void g();\n", 1),
        ("/// Does it.\n[[nodiscard]] GEYSER_API int f();\n", 1),
        ("GEYSER_API int f();  ///< Any thread.\n", 0),
        ('extern "C" {\n/// Threads: any.\nGEYSER_C_API int f(void);\n/// Does it.\nGEYSER_C_API int g(void);\n}\n', 0),
        ('extern "C" {\n/// Does it.\nGEYSER_C_API int f(void);\n}\n', 1),
        ("/// Errors: none.\nclass GEYSER_API A {\n  int x;\n};\n", 1),
        ("/// Threading: one thread.\nclass GEYSER_API A {\n  GEYSER_API void member();\n};\n", 0),
        ("/// Threading: one thread.\nclass GEYSER_API A {\n};\n\nnamespace x {\nGEYSER_API void g();\n}\n", 1),
    ]
    status = 0
    for text, wanted in cases:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "include/geyser").mkdir(parents=True)
            (root / "include/geyser/a.hpp").write_text("namespace geyser {\n" + text + "}\n")
            found, _ = check(root)
            if len(found) != wanted:
                print(f"expected {wanted} complaints, got {found} for:\n{text}", file=sys.stderr)
                status = 1
    return status


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    found, count = check(pathlib.Path(sys.argv[1]))
    for line in found:
        print(line)
    print(f"contracts: {count} public declarations read, {len(found)} complaints")
    return 1 if found or count < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
