#!/usr/bin/env python3
"""extract_example.py README OUTPUT [N]: writes the Nth (first) ```cpp block of README to OUTPUT, with #line so that errors name it."""
import sys


def main() -> int:
    readme, output = sys.argv[1:3]
    which = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    lines = open(readme, encoding="utf-8").read().split("\n")
    starts = [i for i, line in enumerate(lines) if line.strip() == "```cpp"]
    if len(starts) < which:
        print(f"{readme} has no ```cpp block number {which}", file=sys.stderr)
        return 1
    start = starts[which - 1] + 1
    end = lines.index("```", start)
    with open(output, "w", encoding="utf-8") as f:
        f.write(f'#line {start + 1} "{readme}"\n' + "\n".join(lines[start:end]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
