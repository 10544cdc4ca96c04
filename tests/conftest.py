"""What tests of the whole program share: `workspace`, a temporary folder with settings and rules in which leadctl runs."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from leadctl import config
from leadctl.compiler.rulebook import load_rules
from leadctl.compiler.tree import Rules
from leadctl.services.importing.files import ImportOptions, Incoming, import_file
from leadctl.store.database import Database, open_database

if TYPE_CHECKING:
    from leadctl.services.importing.ledger import Ledger

settings.register_profile(
    "leadctl",
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("leadctl")

SOURCE = Path(__file__).resolve().parent.parent
NOW = "2026-11-22T12:00:00+00:00"
SETTINGS = "timezone: Europe/Vienna\ncurrency: EUR\n"
RULES = {
    "rules/fields.yaml": (
        "fields:\n"
        "  decision_maker: {type: yes_no}\n"
        "  pain: {type: text}\n"
        "  target_date: {type: date}\n"
        "  seats: {type: number}\n"
    ),
    "rules/scoring.yaml": """\
lists:
  core_countries: [DE, AT, CH, NO]
segments:
  icp: {when: {employees: {at_least: 50, at_most: 2000}}}
score:
  fit:
    range: [0, 100]
    groups:
      seniority:
        pick: first
        rules:
          - {id: junk_title, points: -40, when: {title: {has: [student, intern]}}}
          - {id: c_level, points: 30, when: {title: {has: [CEO, CTO, founder]}}}
          - {id: vp, points: 25, when: {title: {has: [VP, director]}}}
      company:
        max: 50
        rules:
          - {id: icp, points: 30, when: {segment: icp}}
          - {id: core_country, points: 15, when: {country: {in_list: core_countries}}}
          - {id: business_mail, points: 10, when: {email_kind: business}}
grade:
  letter: {of: fit, A: 70, B: 45, C: 20, D: 0}
temperature: {hot: [A], warm: [B], cold: otherwise}
""",
    "rules/pipeline.yaml": """\
pipeline:
  - {stage: new, kind: open, probability: 5, stuck_after: 14d}
  - {stage: contacted, kind: open, probability: 10, stuck_after: 7d}
  - {stage: proposal, kind: open, probability: 50}
  - {stage: on hold, kind: on_hold, probability: 5}
  - {stage: won, kind: won}
  - {stage: lost, kind: lost, reasons: [price, timing, rival, no answer]}
""",
    "rules/routing.yaml": """\
owners:
  ana: {}
  ben: {}
  cyd: {}
route:
  keep_company_together: yes
  rules:
    - {id: dach, when: {country: [DE, AT, CH]}, to: [ana, ben, cyd], tell: "Call within a day."}
    - {id: rest, otherwise: yes, queue: later}
""",
}


@dataclass(frozen=True)
class Result:
    """What a run of the program gave."""

    code: int
    out: str
    err: str
    raw: bytes = b""

    @property
    def json(self) -> Any:
        """Standard output read as JSON."""
        return json.loads(self.out)

    @property
    def jsonl(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines() if line]


class Workspace:
    """A folder with leadctl.yaml and rules/. `run` starts the real program in it; `call` runs it within this process,
    which is quicker; `rules`, `settings` and `database()` are for tests of the services."""

    def __init__(self, path: Path, home: Path) -> None:
        self.path = path
        self.home = home
        self.now = NOW

    # files

    def write(self, name: str, content: str | bytes) -> Path:
        """A file of the workspace, its folders made; text as UTF-8, line ends as they are."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    def read(self, name: str) -> str:
        return (self.path / name).read_bytes().decode("utf-8")

    # the program

    def environment(self, extra: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """A clean environment: nobody's settings, a clock that stands still. A value of None takes a variable out."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT", "TMPDIR") if name in os.environ}
        kept |= {
            "HOME": str(self.home),
            "LEADCTL_NOW": self.now,
            "PYTHONPATH": str(SOURCE),
            "PYTHONUTF8": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TERM": "dumb",
        }
        for name, value in (extra or {}).items():
            if value is None:
                kept.pop(name, None)
            else:
                kept[name] = value
        return kept

    def run(
        self,
        *args: str | Path,
        stdin: str | bytes | None = None,
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
        timeout: float = 60,
    ) -> Result:
        """`python -m leadctl ARGS` in a process of its own, started in the workspace (or `cwd`)."""
        done = subprocess.run(
            [sys.executable, "-m", "leadctl", *map(str, args)],
            input=stdin.encode("utf-8") if isinstance(stdin, str) else (stdin or b""),
            capture_output=True,
            cwd=cwd or self.path,
            env=self.environment(env),
            timeout=timeout,
            check=False,
        )
        decoded = [stream.decode("utf-8", "backslashreplace") for stream in (done.stdout, done.stderr)]
        return Result(done.returncode, decoded[0], decoded[1], done.stdout)

    def ok(self, *args: str | Path, stdin: str | bytes | None = None) -> Result:
        """Like `run`; the test fails where the program does."""
        done = self.run(*args, stdin=stdin)
        assert done.code == 0, f"leadctl {' '.join(map(str, args))} ended with {done.code}:\n{done.out}{done.err}"
        return done

    def call(self, *args: str | Path, stdin: str | bytes | None = None) -> Result:
        """Like `run`, within this process."""
        from leadctl.cli import app

        given = stdin.encode("utf-8") if isinstance(stdin, str) else (stdin or b"")
        before = sys.argv, sys.stdin, sys.stdout, sys.stderr, Path.cwd(), dict(os.environ)
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="", write_through=True) for _ in range(2))
        code = 0
        try:
            sys.argv = ["leadctl", *map(str, args)]
            sys.stdin, sys.stdout, sys.stderr = io.TextIOWrapper(io.BytesIO(given), "utf-8"), out, err
            os.environ.clear()
            os.environ.update(self.environment())
            os.chdir(self.path)
            app.run_command_line()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            sys.argv, sys.stdin, sys.stdout, sys.stderr = before[:4]
            os.chdir(before[4])
            os.environ.clear()
            os.environ.update(before[5])
        raw = [stream.buffer.getvalue() for stream in (out, err)]  # type: ignore[attr-defined]
        return Result(code, *(each.decode("utf-8", "backslashreplace") for each in raw), raw[0])

    # the services

    @property
    def settings(self) -> config.Settings:
        return config.gather(workspace=self.path, environment={}, folder=self.path)

    @property
    def rules(self) -> Rules:
        return load_rules(self.path / "rules")

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.now)

    @contextmanager
    def database(self) -> Iterator[Database]:
        with closing(open_database(self.path / "leads.db", create=True)) as found:
            yield found

    def bring(self, content: str | bytes | None = None, name: str = "leads.csv", **options: Any) -> Ledger:
        """Imports a file by the service; with `content` the file is written first."""
        if content is not None:
            self.write(name, content)
        with self.database() as database:
            incoming = Incoming(
                database,
                self.settings,
                self.rules,
                name,
                ImportOptions(**options),
                self.moment,
                f"leadctl import {name}",
                self.path,
            )
            return import_file(incoming, "leads")

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the database, by a connection of its own that knows nothing of leadctl."""
        with closing(sqlite3.connect(self.path / "leads.db")) as connection:
            rows = connection.execute(sql, values).fetchall()
            connection.commit()
            return rows


@pytest.fixture
def make_workspace(tmp_path: Path) -> Callable[..., Workspace]:
    """Makes workspaces: `make_workspace(name, settings=…, rules={path: text})`."""

    def make(
        name: str = "sales", *, settings: str = SETTINGS, rules: Mapping[str, str] = RULES, path: Path | None = None
    ) -> Workspace:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        found = Workspace((path or tmp_path) / name, home)
        found.path.mkdir(parents=True)
        found.write("leadctl.yaml", settings)
        (found.path / "rules").mkdir()
        for file, text in rules.items():
            found.write(file, text)
        return found

    return make


@pytest.fixture
def workspace(make_workspace: Callable[..., Workspace]) -> Workspace:
    """A workspace with settings (Europe/Vienna, EUR) and rules, and no database yet."""
    return make_workspace()
