from __future__ import annotations

import io
import re
from html import unescape

from markdown_it import MarkdownIt  # comes with Rich

from leadctl.model.report import Column, Record, Report, Unit
from leadctl.render import markdown
from leadctl.render.safe import visible

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _written(result: Report | Record) -> str:
    stream = io.StringIO(newline="")
    markdown.write(result, stream, None)
    return stream.getvalue()


def _cells(text: str) -> list[str]:
    """The cells as a reader of the page sees them; any tag within one stays and is a difference."""
    return [unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", READER.render(text), re.DOTALL)]


def test_a_report() -> None:
    columns = (Column("won_by"), Column("leads", Unit.COUNT))
    report = Report("By *source*", columns, [["a|b `x` <i>\n", 1234], [None, None]], ("see [this](that)",), 5)
    assert _written(report) == (
        "## By \\*source\\*\n\n"
        "| won by | leads |\n| --- | ---: |\n"
        "| a\\|b \\`x\\` \\<i\\>␊ | 1,234 |\n| - | - |\n"
        "\n2 of 5 shown; --limit sets how many\n"
        "\nsee \\[this\\](that)\n"
    )


def test_nothing_found_is_the_bare_header_and_a_record_two_columns() -> None:
    assert _written(Report("", (Column("a"), Column("b")), [])) == "| a | b |\n| --- | --- |\n"
    record = Record("", {"next_follow_up": "2026-11-23", "value": 5000}, {"value": Unit.MONEY})
    assert _written(record) == "|  |  |\n| --- | --- |\n| next follow up | 2026-11-23 |\n| value | 5,000 |\n"


def test_hostile_text_is_shown_as_it_is(hostile: list[str]) -> None:
    cells = _cells(_written(Report("", (Column("n"), Column("text")), [[n, t] for n, t in enumerate(hostile)])))
    assert cells[0::2] == [str(number) for number in range(len(hostile))]
    # A table's cells lose their outer blanks.
    assert [cell.strip() for cell in cells[1::2]] == [visible(text).strip() for text in hostile]


def test_pictures_and_addresses_are_broken_up() -> None:
    assert markdown.escaped(":smile: https://x.de 09:30 a: b") == r"\:smile: https\://x.de 09:30 a: b"
