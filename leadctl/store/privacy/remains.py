"""Remains: a search of the bytes of files for texts, whatever the files are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from leadctl.store.privacy.own_texts import Text, forms_of, numbers_in

_CHUNK = 1 << 24
# A long text lies in pieces over many pages: then pieces of it are looked for, at most so many, each so long.
_LONG = 400
_PIECES = 24
_PIECE = 48


class Remain(NamedTuple):
    """A text that stands in a file."""

    file: Path
    text: Text


def patterns(text: Text) -> set[bytes]:
    """The bytes to look for, in lower case: in UTF-8, as JSON writes it, and in UTF-16 of either order."""
    found: set[bytes] = set()
    for piece in _pieces(text.text):
        for form in forms_of(text._replace(text=piece)):
            found.add(form.encode("utf-8", "surrogatepass"))
            if text.sure:  # the one order holds the other one, but for a byte at an end, wherever all letters are Latin
                found.add(form.encode("utf-16-le", "surrogatepass").lower().removesuffix(b"\0"))
                if any(ord(sign) > 0xFF for sign in form):
                    found.add(form.encode("utf-16-be", "surrogatepass").lower())
    return found


def _pieces(text: str) -> Iterator[str]:
    if len(text) <= _LONG:
        yield text
        return
    step = (len(text) - _PIECE) / (_PIECES - 1)
    for number in range(_PIECES):
        at = int(number * step)
        yield text[at : at + _PIECE]


def search(files: Iterable[Path], texts: Sequence[Text], *, whole: bool = False) -> list[Remain]:
    """Which of the texts stand in which of the files. `whole`: not as a part of a longer word or address, as text is read;
    in a database values stand side by side with nothing between them. Raises OSError for a file that cannot be read."""
    wanted = [(text, patterns(text)) for text in texts]
    longest = max((len(each) for _, found in wanted for each in found), default=0)
    remains: list[Remain] = []
    for file in files if wanted else ():
        missing = dict(enumerate(wanted))
        for chunk in _chunks(file, longest):
            here = [number for number, (text, found) in missing.items() if _stands(chunk, text, found, whole)]
            remains += (Remain(file, missing.pop(number)[0]) for number in here)
    return remains


def _stands(chunk: bytes, text: Text, found: Iterable[bytes], whole: bool) -> bool:
    before = rb"[a-z0-9.+_-]" if text.what == "email" else rb"[a-z0-9]"
    if whole and text.what == "phone" and re.search(numbers_in(text.text).encode(), chunk):
        return True
    return any(
        each in chunk
        and (not whole or re.search(rb"(?<!%s)%s(?![a-z0-9])" % (before, re.escape(each)), chunk) is not None)
        for each in found
    )


def _chunks(file: Path, longest: int) -> Iterator[bytes]:
    """The content in lower case, piece by piece, each with the end of the one before."""
    rest = b""
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            held = rest + chunk.lower()
            yield held
            rest = held[-(longest - 1) :] if longest > 1 else b""
