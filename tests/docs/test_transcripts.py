"""Every command line of the README and of docs/ runs, and every shown output is what the program really says.

A ```console block is a transcript: `$ command`, then its output (standard output and error together), to the letter; a line
`…` stands for any lines. In a ```sh block every line that names leadctl is run and must end well. The blocks of a page are
one session in the workspace of `leadctl demo` before its first import. A ```yaml block followed by a ```sql block is
a rule file and what `leadctl rules sql` makes of it.

`make transcripts` writes the real output into the pages; read the difference before you commit it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from leadctl.services.demonstrating import demo_environment, make_demo

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANY_LINES = "…"


@dataclass
class Step:
    """A command of a page; `shown` is the output that the page gives, None where it gives none."""

    command: str
    shown: list[str] | None


def steps(kind: str, body: str) -> Iterator[Step]:
    lines = body.splitlines()
    if kind == "sh":
        yield from (Step(line.split("  #")[0].strip(), None) for line in lines if re.search(r"\bleadctl\b", line))
        return
    step: Step | None = None
    for line in lines:
        if line.startswith("$ "):
            if step is not None:
                yield step
            step = Step(line.removeprefix("$ "), [])
        elif step is not None and step.shown is not None:
            step.shown.append(line)
    if step is not None:
        yield step


def run(command: str, workspace: Path) -> tuple[int, list[str]]:
    """The exit code and the lines of output, with the workspace's own path taken out."""
    environment = demo_environment(os.environ, colour=True) | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUTF8": "1",
        "XDG_CONFIG_HOME": str(workspace / ".no-config"),
    }
    done = subprocess.run(
        command, shell=True, cwd=workspace, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    text = done.stdout.replace(f"{workspace.resolve()}/", "").replace(f"{workspace}/", "")
    return done.returncode, [line.rstrip() for line in text.rstrip().splitlines()]


def fits(shown: list[str], real: list[str]) -> bool:
    """Whether the shown lines are the real ones, `…` standing for any."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == ANY_LINES else re.escape(line.rstrip()) + r"\n" for line in shown
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in real)) is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_a_page(page: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "demo"
    make_demo(workspace)
    for kind, body in BLOCK.findall(page.read_text(encoding="utf-8")):
        for step in steps(kind, body) if kind in ("sh", "console") else ():
            code, real = run(step.command, workspace)
            said = "\n".join(real)
            assert "unexpected error" not in said and "Traceback" not in said, f"$ {step.command}\n{said}"
            if step.shown is None:
                assert code == 0, f"$ {step.command} ended with {code}\n{said}"
            else:
                shown = list(step.shown)
                while shown and not shown[-1].strip():
                    shown.pop()
                assert fits(shown, real), f"$ {step.command}\nshown:\n" + "\n".join(shown) + f"\nreal:\n{said}"


def rule_pairs(text: str) -> list[tuple[str, str]]:
    blocks = BLOCK.findall(text)
    return [(a[1], b[1]) for a, b in pairwise(blocks) if a[0] == "yaml" and b[0] == "sql"]


def real_sql(rule_file: str, workspace: Path) -> list[str]:
    make_demo(workspace)
    for name in ("scoring", "segments", "routing", "lifecycle"):
        (workspace / "rules" / f"{name}.yaml").unlink()
    shutil.rmtree(workspace / "rules" / "mappings")
    shutil.rmtree(workspace / "rules" / "tests")
    (workspace / "rules" / "scoring.yaml").write_text(rule_file, encoding="utf-8")
    code, real = run("leadctl rules sql", workspace)
    assert code == 0, "\n".join(real)
    return real


def test_the_rule_of_the_readme_becomes_the_sql_beside_it(tmp_path: Path) -> None:
    pairs = rule_pairs((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(pairs) == 1
    rule_file, sql = pairs[0]
    real = real_sql(rule_file, tmp_path / "demo")
    assert fits(sql.rstrip().splitlines(), real), "\n".join(real)


def test_rule_files_in_the_pages_are_right(tmp_path: Path) -> None:
    """Every ```yaml block that begins with the name of a file replaces that file, and the rules are still in order."""
    found = 0
    for page in PAGES:
        for number, (kind, body) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8"))):
            name = re.match(r"# (rules/[\w/]+\.yaml)\n", body)
            if kind != "yaml" or name is None:
                continue
            workspace = tmp_path / f"{page.stem}{number}"
            make_demo(workspace)
            (workspace / name[1]).write_text(body, encoding="utf-8")
            if name[1] == "rules/scoring.yaml":
                for other in ("segments", "routing", "lifecycle"):
                    (workspace / "rules" / f"{other}.yaml").unlink()
            if not name[1].startswith("rules/tests/"):
                shutil.rmtree(workspace / "rules" / "tests")
            code, said = run("leadctl rules check", workspace)
            assert code == 0, "\n".join(said)
            found += 1
    assert found >= 2


def rewrite(page: Path, workspace: Path) -> None:
    """Puts the real output under every command of a page's transcripts that is not shortened."""
    make_demo(workspace)

    def real(block: re.Match[str]) -> str:
        kind, body = block[1], block[2]
        if kind not in ("sh", "console"):
            return block[0]
        lines: list[str] = []
        for step in steps(kind, body):
            code, output = run(step.command, workspace)
            print(f"{page.name}: {code}: {step.command}")
            kept = step.shown if step.shown is not None and ANY_LINES in [each.strip() for each in step.shown] else None
            lines += [f"$ {step.command}", *(kept if kept is not None else [*output, ""])]
        while lines and not lines[-1]:
            lines.pop()
        return block[0] if kind == "sh" else "```console\n" + "\n".join(lines) + "\n```"

    page.write_text(BLOCK.sub(real, page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    import tempfile

    for each in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            rewrite(each, Path(folder) / "demo")
