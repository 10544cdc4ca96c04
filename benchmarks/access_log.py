"""Measures the import of an access log beside reading it line by line with one regular expression, in the same run.

    python benchmarks/access_log.py [--lines 1000000] [--repeat 5]

Of two logs of `make_access_log.py`: a usual one, and one of nothing but page views. Both ways in turn, each a process of its
own; then the same log once more, which changes nothing.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from contest import HERE, PYTHON, Contest
from measure import Run, keep_compiled, machine, median, ratio, run

_LOOP = r"""
import re, sys
PATTERN = re.compile(
    r'(?P<host>\S+) (?P<ident>\S+) (?P<user>\S+) \[(?P<time>[^\]]+)\] "(?P<request>[^"]*)" (?P<status>\d{3}) (?P<size>\S+)'
    r' "(?P<referrer>[^"]*)" "(?P<agent>[^"]*)"'
)
count = 0
for line in open(sys.argv[1]):
    if PATTERN.match(line):
        count += 1
print(count)
"""


class AccessLogs(Contest):
    """Needs no leads: nearly all visitors of a site are nobody yet."""

    def measure(self, kind: str, lines: int) -> None:
        log = self.folder / f"{kind}.log"
        made = (PYTHON, HERE / "make_access_log.py", log, "--lines", str(lines), "--kind", kind)
        run(made, self.folder)
        print(f"{kind}: {lines:,} lines, {log.stat().st_size / 1e6:.0f} MB", flush=True)
        names = f"leadctl import, {kind}", f"one expression a line, {kind}"
        self.alternate({names[0]: lambda: self.brought(log, lines), names[1]: lambda: self.looped(log, lines)})
        self.note(f"the same log again, {kind}", self.again(log, lines))
        for what in ("wall", "cpu"):
            mine, other = (median(self.runs[name], what) for name in names)
            times = ratio(self.runs[names[0]], self.runs[names[1]], what)
            print(f"{kind}, {what}: {mine:.2f} s beside {other:.2f} s: {times:.2f} times", flush=True)
        log.unlink()

    def brought(self, log: Path, lines: int) -> Run:
        self.place = self.workspace("log")
        measured = self.leadctl(self.place, "import", log, "--as", "activities", "--json", "-q")
        self.expect(measured, read=lines, unchanged=0)
        return measured

    def again(self, log: Path, lines: int) -> Run:
        measured = self.leadctl(self.place, "import", log, "--as", "activities", "--json", "-q")
        self.expect(measured, read=lines, created=0)
        return measured

    def looped(self, log: Path, lines: int) -> Run:
        measured = run((PYTHON, "-c", _LOOP, log), self.folder)
        if int(measured.output) != lines:
            raise SystemExit(f"the loop read {measured.output} of {lines} lines")
        return measured

    def expect(self, measured: Run, **wanted: int) -> None:
        found = json.loads(measured.output)
        wrong = {name: found[name] for name, value in wanted.items() if found[name] != value}
        if wrong:
            raise SystemExit(f"leadctl import says {wrong}, not {wanted}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the import of access logs.")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="leadctl-bench-") as folder:
        keep_compiled(Path(folder) / "compiled")
        contest = AccessLogs(Path(folder), 0, given.repeat)
        for kind in ("usual", "pages"):
            contest.measure(kind, given.lines)


if __name__ == "__main__":
    main()
