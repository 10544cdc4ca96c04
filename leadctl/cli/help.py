"""Help: a command's own begins with examples, so a list of commands shows the last paragraph, what each is for."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup


class Group(TyperGroup):
    """A group of commands, listed under headings with what each does."""

    def sections(self, ctx: Any) -> dict[str, list[str]]:
        return {"Commands": self.list_commands(ctx)}

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for section, names in self.sections(ctx).items():
            with formatter.section(section):
                formatter.write_dl([(name, _purpose(self.get_command(ctx, name))) for name in names])


def _purpose(command: Any) -> str:
    return " ".join((command.help or "").strip().split("\n\n")[-1].split())
