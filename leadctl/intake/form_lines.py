"""Bodies of web forms, as services post them (`type=subscribe&data[email]=ana%40example.org`): a line each → rows."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl

from leadctl.intake.json.items import SHOWN, VALUE_LIMIT, Item
from leadctl.intake.json.objects import COLUMN_LIMIT, Objects
from leadctl.intake.recognise import FORM_BODY


class Forms(Objects):
    """A file of such bodies. A name that stands there several times has all of its values in one cell."""

    KIND = "form"

    def _found(self) -> Iterator[Item]:
        self._is_list = False
        for number, line in enumerate(self._source.text(newline=None), start=1):
            if number > self._skip and line.strip():
                yield self._item(number, line.strip().replace("\0", ""))

    def _item(self, number: int, line: str) -> Item:
        reason = None if FORM_BODY.match(line) else "is no body of a form: NAME=VALUE&NAME=VALUE"
        if len(line) > VALUE_LIMIT:
            reason = "is longer than 8 million characters"
        elif line.count("&") > COLUMN_LIMIT:
            reason = f"has more than {COLUMN_LIMIT} names"
        if reason is not None:
            return Item(number, (number, 1), reason=reason, text=line[:SHOWN])
        values: dict[str, str] = {}
        for name, value in parse_qsl(line, keep_blank_values=True):
            values[name] = f"{values[name]}, {value}" if name in values else value
        return Item(number, (number, 1), values, flat=True)
