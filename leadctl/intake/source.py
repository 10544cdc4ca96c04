"""Bytes → text: opening a file or a stream, knowing what it is not, and finding out its encoding."""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, TextIO

from leadctl.errors import BrokeOff, NotFound, Place, UsageError
from leadctl.intake.recognise import LINES_ENDINGS

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 1 << 17  # bytes read at a time; larger ones are slower, each being fresh memory
TEXT_CHUNK = 1 << 15

SAVE_AS_CSV = "open it in a spreadsheet program and save it as CSV (UTF-8)"
UNPACK = "unpack it first"

# What a file is, by its first bytes: the name's ending proves nothing.
BINARY_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a spreadsheet (.xlsx, .ods) or another zip archive", SAVE_AS_CSV + "; unzip an archive first"),
    (b"PK\x05\x06", "an empty zip archive", UNPACK),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)", SAVE_AS_CSV),
    (b"%PDF-", "a PDF", "ask for the data as CSV; a PDF holds pages, not rows"),
    (b"\x1f\x8b", "packed with gzip", "unpack it: gunzip -c FILE | leadctl import -"),
    (b"BZh", "packed with bzip2", "unpack it: bzip2 -dc FILE | leadctl import -"),
    (b"\xfd7zXZ\x00", "packed with xz", "unpack it: xz -dc FILE | leadctl import -"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", "unpack it: zstd -dc FILE | leadctl import -"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (b"SQLite format 3\x00", "a SQLite database", "write the table out as CSV: sqlite3 -header -csv FILE 'SELECT …'"),
    (b"\x89PNG\r\n", "a picture", "an import needs CSV or JSON"),
    (b"\xff\xd8\xff", "a picture", "an import needs CSV or JSON"),
    (b"{\\rtf", "a text document (RTF)", SAVE_AS_CSV),
)
MARKUP = re.compile(r"\s*<(!doctype|html|head|body|table|meta|\?xml|!--)", re.IGNORECASE)
_LOGGED = re.compile(r" \[\d\d/[A-Z][a-z]{2}/\d{4}:")

# The longer marks first: the one of UTF-32 LE begins with the one of UTF-16 LE.
BYTE_ORDER_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# These decode to half characters, or are no encodings of files at all.
NOT_FOR_FILES = {"unicode_escape", "raw_unicode_escape", "punycode", "idna", "undefined", "utf_7"}


def cut_short(name: str) -> BrokeOff:
    """The error for a file that loses its end while it is read."""
    return BrokeOff("became shorter while it was being read", place=Place(name), hint="import it again")


class _Window(io.RawIOBase):
    """The bytes of a file from `start` up to `end`, even if the file grows meanwhile. Raises BrokeOff where it has become
    shorter: what is missing would otherwise pass for the end."""

    def __init__(self, name: str, file: io.FileIO, start: int, end: int) -> None:
        super().__init__()
        self._name = name
        self._file = file
        self._left = max(end - start, 0)
        file.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self._left)
        count = self._file.readinto(view[:wanted]) or 0
        if wanted and not count:
            raise cut_short(self._name)
        self._left -= count
        return count


@dataclass(frozen=True)
class _Survey:
    """What reading all of the bytes with one encoding showed."""

    nuls: int = 0
    longest: int = 0  # characters without a line end, roughly (counted in whole chunks)
    wrong_at: int | None = None  # offset of the first byte that does not fit


class Source:
    """A readable, seekable file of known size and encoding.

    `name` is for messages; `notes` tell what was guessed; `nuls` counts the NUL characters in the text;
    `longest` is about the length of the longest stretch of characters without a line end.
    """

    def __init__(self, name: str, file: io.FileIO, size: int) -> None:
        self.name = name
        self.notes: list[str] = []
        self.encoding = "utf-8"
        self.nuls = 0
        self.longest = 0
        self._file = file
        self.size = size
        self._start = 0  # behind the byte-order mark

    def text(self, newline: str | None) -> TextIO:
        """The whole text from its beginning; `newline` as for `open`. One at a time: they share the file's position."""
        window = io.BufferedReader(_Window(self.name, self._file, self._start, self.size), TEXT_CHUNK)
        return io.TextIOWrapper(window, encoding=self.encoding, errors="strict", newline=newline)

    def close(self) -> None:
        self._file.close()

    def settle(self, wanted: str | None) -> None:
        """Find the encoding, or check the `wanted` one, over the whole file. Raises UsageError."""
        head = self._bytes(0, 1 << 14)
        mark, marked = next(((m, e) for m, e in BYTE_ORDER_MARKS if head.startswith(m)), (b"", None))
        # JSON Lines without a line is a list of nothing: so `leadctl export` writes it.
        if self.size <= len(mark) and not self.name.lower().endswith(LINES_ENDINGS):
            raise UsageError("is empty: it has no header", place=Place(self.name))
        self._refuse_binary(head)
        self._start = len(mark)
        if wanted is not None:
            self._settle_wanted(wanted)
        elif marked is not None:
            self._must_fit(marked, f"begins with the mark of {marked.upper()}", "save it again as UTF-8")
        else:
            self._guess(head)

    def _guess(self, head: bytes) -> None:
        wide = _wide_by_nuls(head)
        if wide is not None and self._fits(wide).wrong_at is None:
            self.notes.append(f"no byte-order mark: read as {wide.upper()}; give --encoding if that is wrong")
            return
        wrong_at = self._fits("utf-8").wrong_at
        if wrong_at is None:
            return
        byte, line = next(iter(self._bytes(wrong_at, 1)), 0), self._line_of(wrong_at)
        for encoding in ("cp1252", "latin-1"):
            if self._fits(encoding).wrong_at is None:
                why = f"not UTF-8 (byte 0x{byte:02X} on line {line})"
                self.notes.append(f"{why}: read as {encoding}; give --encoding if that is wrong")
                return

    def _settle_wanted(self, wanted: str) -> None:
        hint = "known are utf-8, cp1252, latin-1, utf-16, mac-roman, cp850, shift-jis and many more"
        try:
            encoding = codecs.lookup(wanted).name
            b"a".decode(encoding, "replace")  # also refuses codecs that make no text, such as hex
        except (LookupError, ValueError) as error:
            raise UsageError(f"there is no encoding {wanted!r}", hint=hint) from error
        if encoding.replace("-", "_") in NOT_FOR_FILES:
            raise UsageError(f"{wanted!r} is not an encoding of files", hint=hint)
        if encoding in ("utf-16", "utf-32"):
            self._start = 0  # these read the mark themselves
        self._must_fit(encoding, f"was to be read as {wanted}", "leave --encoding out, or give another one")

    def _must_fit(self, encoding: str, claim: str, hint: str) -> None:
        wrong_at = self._fits(encoding).wrong_at
        if wrong_at is not None:
            line = self._line_of(wrong_at)
            message = f"{claim}, but the byte at offset {wrong_at} (line {line}) does not fit"
            raise UsageError(message, place=Place(self.name, line), hint=hint)

    def _fits(self, encoding: str) -> _Survey:
        """Read everything with this encoding, and keep it if it fits."""
        survey = self._survey(encoding)
        if survey.wrong_at is None:
            self.encoding, self.nuls, self.longest = encoding, survey.nuls, survey.longest
        return survey

    def _survey(self, encoding: str) -> _Survey:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        nuls = longest = stretch = 0
        offset = self._start
        for chunk in self._chunks():
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeError as error:
                inside = error.start if isinstance(error, UnicodeDecodeError) else 0
                return _Survey(wrong_at=max(offset - pending + inside, 0))
            nuls += text.count("\0")
            stretch = 0 if "\n" in text or "\r" in text else stretch + len(text)
            longest = max(longest, stretch)
            offset += len(chunk)
        return _Survey(nuls, longest)

    def _chunks(self) -> Iterator[bytes]:
        """The file in chunks; the last one is empty."""
        window = io.BufferedReader(_Window(self.name, self._file, self._start, self.size), CHUNK)
        while chunk := window.read(CHUNK):
            yield chunk
        yield b""

    def _bytes(self, offset: int, count: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(min(count, self.size - offset))

    def _line_of(self, offset: int) -> int:
        """The line on which a byte stands. Only for messages, so line ends are looked for as single bytes."""
        feeds = returns = left = 0
        self._file.seek(0)
        left = offset
        while left > 0 and (chunk := self._file.read(min(CHUNK, left))):
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            left -= len(chunk)
        return (feeds or returns) + 1

    def _refuse_binary(self, head: bytes) -> None:
        for magic, what, hint in BINARY_KINDS:
            if head.startswith(magic):
                raise UsageError(f"is {what}, not CSV or JSON", place=Place(self.name), hint=hint)

    def refuse_markup(self, beginning: str) -> None:
        """Web pages and XML under the name of a spreadsheet are common: say so instead of reading their tags."""
        found = MARKUP.match(beginning)
        if found:
            what = "an XML file" if found[1].startswith("?") else "a web page (HTML)"
            raise UsageError(f"is {what}, not CSV or JSON", place=Place(self.name, 1), hint=SAVE_AS_CSV)

    def refuse_log(self, beginning: str) -> None:
        """A web server's log would be read as a table with strange headers."""
        if _LOGGED.search(beginning[:4000]):
            from leadctl.intake.logs.lines import looks_like_access_log

            if looks_like_access_log(beginning.encode("utf-8", "surrogatepass")):
                hint = "--as activities brings in the page views of visitors"
                raise UsageError("is the access log of a web server", place=Place(self.name, 1), hint=hint)


def open_source(path: str | Path, *, stdin: BinaryIO | None, encoding: str | None) -> Source:
    """Open `path` ("-": the stream `stdin`) and settle its encoding.

    What is no regular file is copied to a temporary file first, because finding out the encoding takes a pass of its
    own. Raises NotFound, UsageError, or BrokeOff when a stream breaks off.
    """
    name, file = _open(path, stdin)
    source: Source | None = None
    try:
        source = _keep(name, file)
        source.settle(encoding)
    except OSError as error:
        (source or file).close()
        raise BrokeOff(f"cannot be read: {error.strerror or error}", place=Place(name)) from error
    except BaseException:
        (source or file).close()
        raise
    return source


def _open(path: str | Path, stdin: BinaryIO | None) -> tuple[str, IO[bytes]]:
    name = str(path)
    if stdin is not None:
        return "standard input" if name == "-" else name, stdin
    if name == "-":
        raise UsageError("nothing to read on standard input", hint="name a file instead of -")
    place = Place(name)
    try:
        return name, Path(path).open("rb", buffering=0)
    except FileNotFoundError as error:
        raise NotFound("no such file", place=place) from error
    except IsADirectoryError as error:
        raise UsageError("is a folder, not a file", place=place, hint="name the files in it") from error
    except PermissionError as error:
        raise UsageError("may not be read by you", place=place, hint="check the permissions of the file") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot be opened: {getattr(error, 'strerror', None) or error}", place=place) from error


def _keep(name: str, file: IO[bytes]) -> Source:
    """The file itself if it is regular and says its size (those of /proc do not), else a copy of it."""
    if isinstance(file, io.FileIO):
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode) and status.st_size > 0:
            return Source(name, file, status.st_size)
    copy = tempfile.TemporaryFile(buffering=0, prefix="leadctl-")  # noqa: SIM115 - the source closes it
    try:
        while chunk := file.read(CHUNK):
            copy.write(chunk)
        size = copy.tell()
    except BaseException:
        copy.close()
        raise
    if name != "standard input":
        file.close()
    return Source(name, copy, size)


def _wide_by_nuls(head: bytes) -> str | None:
    """UTF-16 without a mark shows itself by a NUL in every other byte, as most characters of a header are ASCII; UTF-32
    by three of four."""
    pairs = len(head) // 2
    if pairs < 2:
        return None
    zeros = [head[at : pairs // 2 * 4 : 4].count(0) / (pairs // 2) for at in range(4)]
    if zeros[3] == 1 and zeros[2] > 0.9 and zeros[0] < 0.1:
        return "utf-32-le"
    if zeros[0] == 1 and zeros[1] > 0.9 and zeros[3] < 0.1:
        return "utf-32-be"
    even, odd = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if odd > 0.6 * pairs and even < 0.1 * pairs:
        return "utf-16-le"
    if even > 0.6 * pairs and odd < 0.1 * pairs:
        return "utf-16-be"
    return None
