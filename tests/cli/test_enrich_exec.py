"""Enrich by a program: what goes out, what comes back, and every way in which a program can misbehave."""

from __future__ import annotations

import json
import shlex
import sys
from time import monotonic
from typing import Any

import pytest

LEADS = "Name,Email,Industry\nKari,kari@fjord.no,\nOla,ola@fjord.no,Fishing\n[/] O'Brien :smile:,ob@sol.example,\n"
ECHO = """\
import json, sys
for line in sys.stdin:
    lead = json.loads(line)
    print(json.dumps({"id": lead["id"], "industry": f"Industry {lead['id']}", "employees": 12.5}))
"""


@pytest.fixture
def ask(workspace: Any) -> Any:
    """Runs `enrich --exec` with a Python program as its text; three leads are there."""
    workspace.bring(LEADS)

    def run(program: str, *args: str, json_too: bool = True) -> Any:
        workspace.write("ask.py", program)
        extra = ("--json",) if json_too else ()
        return workspace.call("enrich", "--exec", f"{shlex.quote(sys.executable)} ask.py", *args, *extra)

    return run


def industries(workspace: Any) -> list[Any]:
    return [row[0] for row in workspace.query("SELECT industry FROM lead ORDER BY id")]


def test_answers_fill_what_is_empty(workspace: Any, ask: Any) -> None:
    tried = ask(ECHO, "--dry-run")
    assert tried.code == 0 and tried.json["updated"] == 3 and industries(workspace) == [None, "Fishing", None]
    done = ask(ECHO)
    assert done.code == 0 and "3 leads asked about, 3 answers" in done.err
    assert (done.json["operation"], done.json["read"], done.json["updated"]) == (2, 3, 3)
    assert industries(workspace) == ["Industry 1", "Fishing", "Industry 3"]
    assert workspace.query("SELECT kind, leads FROM operation WHERE id = 2") == [("enrich", 3)]
    again = ask(ECHO)
    assert again.code == 0 and (again.json["updated"], again.json["unchanged"], again.json["operation"]) == (0, 3, None)
    assert workspace.call("undo").code == 0
    assert industries(workspace) == [None, "Fishing", None]


def test_what_goes_out(workspace: Any, ask: Any) -> None:
    keep = "import sys; open('seen.jsonl', 'wb').write(sys.stdin.buffer.read())"
    assert ask(keep).code == 0
    whole = [json.loads(line) for line in workspace.read("seen.jsonl").splitlines()]
    assert whole == workspace.call("list", "--json", "--sort", "id").json
    assert ask(keep, "--fields", "name,email", "--where", "industry: {present: no}").code == 0
    seen = [json.loads(line) for line in workspace.read("seen.jsonl").splitlines()]
    assert seen == [
        {"id": 1, "name": "Kari", "email": "kari@fjord.no"},
        {"id": 3, "name": "[/] O'Brien :smile:", "email": "ob@sol.example"},
    ]
    wrong = ask("raise SystemExit(9)", "--fields", "nmae")
    assert wrong.code == 2 and "did you mean 'name'?" in wrong.err
    none = ask("raise SystemExit(9)", "--where", "country: XX")  # nobody to ask about: nothing is started
    assert none.code == 0 and none.json["read"] == 0


def test_what_was_told_may_come_back(workspace: Any, ask: Any) -> None:
    done = ask("import sys; sys.stdout.write(sys.stdin.read())")
    assert done.code == 0 and done.json["unchanged"] == 3 and done.json["rejected"] == 0


def test_each_bad_answer_is_refused_alone(workspace: Any, ask: Any) -> None:
    answers = [
        "hello",
        '{"id": 99, "industry": "x"}',
        '{"industry": "x"}',
        '{"id": true}',
        "[1]",
        '{"id": 2, "indutry": "x"}',
        '{"id": 3, "employees": "many", "industry": "x"}',
        "",
        '{"id": "1", "industry": "Energy", "city": null, "employees": 1e400}',
        '{"id": 1}',
        '{"id": 1, "stage": "won"',
    ]
    done = ask(f"import sys; sys.stdin.read(); sys.stdout.write({chr(10).join(answers)!r})")
    assert done.code == 1
    assert [(bad["line"], bad["reason"].split(";")[0][:44]) for bad in done.json["rejects"]] == [
        (1, "is no JSON: expecting value"),
        (2, "lead 99 was not asked about"),
        (3, "does not say which lead it is about: it has "),
        (4, "true is no id of a lead"),
        (5, 'is no object such as {"id": 1, "industry": "'),
        (6, "leads have no field called 'indutry' that ca"),
        (7, "'many' is not a number"),
        (9, "'1e400' is not a number"),
        (10, "lead 1 was answered on line 9 already"),
        (11, "is no JSON: expecting ',' delimiter"),
    ]
    assert (done.json["read"], done.json["blank"], done.json["rejected"]) == (11, 1, 10)
    assert industries(workspace) == [None, "Fishing", None]
    assert len(workspace.read("rejects/answers-2.csv").splitlines()) == 11


def test_hostile_values(workspace: Any, ask: Any) -> None:
    done = ask(
        "import sys, json; sys.stdin.read()\n"
        "print(json.dumps({'id': 1, 'industry': chr(0xd83d) + chr(27) + '[31m' + chr(0)}))\n"
        "print(json.dumps({'id': 3, 'industry': 'x' * 5_000_000}))\n"
        "sys.stdout.flush(); sys.stdout.buffer.write(bytes([255, 10]) + b'[' * 100_000 + bytes([10]))"
    )
    assert done.code == 1 and done.json["rejected"] == 2 and "Traceback" not in done.err
    assert industries(workspace)[0] == "\ufffd\x1b[31m" and len(industries(workspace)[2]) == 5_000_000
    assert "\x1b" not in workspace.call("list").out


FIRST = 'import sys, time, os, signal, subprocess\nsys.stdin.readline(); print(\'{"id": 1, "industry": "Energy"}\', flush=True)\n'


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("sys.exit(3)", "ended with exit code 3"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "was ended by signal 9"),
        ("time.sleep(60)", "was silent for 1 seconds and was stopped"),
        ("os.close(1); time.sleep(60)", "closed its output, did not end within 1 seconds"),
        ("print('{\"id\": 2', end='', flush=True); time.sleep(60)", "was silent"),
        ("\nwhile True: print('{}')", "wrote more than 1,003 lines about 3 leads and was stopped"),
        ("\nwhile True: sys.stdout.write('x' * 100_000)", "wrote a line of more than 10 million bytes"),
    ],
)
def test_what_came_before_the_trouble_is_kept(workspace: Any, ask: Any, end: str, said: str) -> None:
    began = monotonic()
    done = ask(FIRST + end, "--timeout", "1", "--json", json_too=False)
    assert monotonic() - began < 15
    assert done.code == 1 and said in done.err and "were kept; leadctl undo takes them back" in done.err
    assert "Traceback" not in done.err
    assert industries(workspace) == ["Energy", "Fishing", None]


def test_a_program_that_does_not_read(workspace: Any, ask: Any) -> None:
    workspace.bring("Name,Email\n" + "".join(f"Kari {n},k{n}@elv.no\n" for n in range(600)), "more.csv")
    for program in (
        "pass",
        'import os, time; os.close(0); time.sleep(0.3); print(\'{"id": 1, "industry": "Energy"}\')',
    ):
        done = ask(program)
        assert done.code == 1 and "ended before it had read all leads" in done.err
    assert industries(workspace)[0] == "Energy"


def test_reading_and_writing_at_once(workspace: Any, ask: Any) -> None:
    """Answers larger than any pipe, before the leads are read, and a program that reads slowly."""
    workspace.bring("Name,Email\n" + "".join(f"Kari {n},k{n}@elv.no\n" for n in range(997)), "more.csv")
    chatty = (
        "import json, sys\nfor lead in range(1, 1001): print(json.dumps({'id': lead, 'industry': 'x' * 1000}))\n"
        "sys.stdout.flush(); sys.stdin.read()"
    )
    done = ask(chatty)
    assert done.code == 0 and (done.json["read"], done.json["updated"], done.json["unchanged"]) == (1000, 999, 1)


def test_what_a_program_leaves_behind_does_not_hold_us(workspace: Any, ask: Any) -> None:
    began = monotonic()
    done = ask(FIRST + "sys.stdin.read(); subprocess.Popen(['sleep', '60'])")
    assert done.code == 0 and monotonic() - began < 10
    assert industries(workspace)[0] == "Energy"


@pytest.mark.parametrize(
    ("program", "code", "said"),
    [
        ("no-such-program --flag", 1, "no-such-program cannot be started: No such file"),
        ("./leads.csv", 1, "cannot be started: Permission denied"),
        ("", 2, "--exec names no program"),
        ("'open", 2, "--exec cannot be read: No closing quotation"),
        ("echo hello; touch injected", 1, "ended before it had read all leads"),
    ],
)
def test_a_program_that_cannot_be_run(workspace: Any, ask: Any, program: str, code: int, said: str) -> None:
    done = workspace.call("enrich", "--exec", program)
    assert done.code == code and said in done.err
    assert industries(workspace) == [None, "Fishing", None]
    assert not (workspace.path / "injected").exists()  # no shell


def test_the_database_is_free_while_the_program_runs(workspace: Any, ask: Any) -> None:
    """The program itself changes a lead through leadctl; what it sets is not overwritten by its answer."""
    program = (
        "import subprocess, sys\nsys.stdin.read()\n"
        "subprocess.run([sys.executable, '-m', 'leadctl', 'edit', '1', 'industry=By hand'], check=True)\n"
        'print(\'{"id": 1, "industry": "Energy", "city": "Oslo"}\')'
    )
    workspace.write("ask.py", program)
    done = workspace.run("enrich", "--exec", f"{shlex.quote(sys.executable)} ask.py", "--wait", "0")
    assert done.code == 0, done.err
    assert workspace.query("SELECT industry, city FROM lead WHERE id = 1") == [("By hand", "Oslo")]


def test_standard_error_of_the_program_passes_through(workspace: Any) -> None:
    workspace.bring(LEADS)
    workspace.write("ask.py", "import sys; sys.stdin.read(); print('a word to you', file=sys.stderr)")
    done = workspace.run("enrich", "--exec", f"{shlex.quote(sys.executable)} ask.py")
    assert done.code == 0 and "a word to you" in done.err


@pytest.mark.parametrize("args", [("--overwrite",), ("--by", "email"), ("--encoding", "utf-8")])
def test_flags_that_are_for_files(workspace: Any, ask: Any, args: tuple[str, ...]) -> None:
    done = ask(ECHO, *args)
    assert done.code == 2 and "for a file of facts" in done.err


def test_a_program_that_says_too_much_is_stopped(workspace: Any, ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole lines, each of a length that may be: all of them together are bounded too."""
    monkeypatch.setattr("leadctl.services.enriching.conversing._MOST_BYTES", 1_000_000)
    done = ask(
        "import json, sys\n"
        "sys.stdin.read()\n"
        "for lead in range(1, 900):\n"
        "    print(json.dumps({'id': lead, 'industry': 'x' * 400_000}), flush=True)\n"
    )
    assert done.code == 1 and "wrote more than 1 million bytes about 3 leads and was stopped" in done.err
    assert done.json["read"] < 10
